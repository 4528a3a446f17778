using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Estafette.Core.Platform;

namespace Estafette.Cli.Control;

/// <summary>Hands a command to the running server: streams its output, answers its questions, passes on Ctrl-C.</summary>
internal static class ControlClient
{
    private const int InputBytes = 64 * 1024;
    private static readonly TimeSpan CancelWithin = TimeSpan.FromSeconds(20);

    /// <summary>The exit code, or null when no server listens.</summary>
    public static async Task<int?> TryRunAsync(
        DataOptions held,
        IReadOnlyList<string> args,
        SettingFlags flags,
        CommandConsole console,
        CancellationToken ct
    )
    {
        using var socket = await ControlSocket.TryConnectAsync(ControlSocket.PathIn(held), ct);
        if (socket is null)
            return null;
        var ignored = flags.Values.Keys.Where(k => !k.StartsWith("Data:", StringComparison.OrdinalIgnoreCase)).ToList();
        if (ignored.Count > 0)
            console.Note($"estafette: the running server keeps its own settings; ignored: {string.Join(", ", ignored)}.");
        await using var stream = new NetworkStream(socket);
        try
        {
            return await RunAsync(stream, new Hello(Product.Build, args, console.Terminal), console, ct);
        }
        catch (Exception cut) when (cut is IOException or SocketException or InvalidDataException)
        {
            throw new CommandException("The server ended the connection before the command was done; see its log.");
        }
    }

    private static async Task<int> RunAsync(NetworkStream stream, Hello hello, CommandConsole console, CancellationToken ct)
    {
        using var sending = new SemaphoreSlim(1, 1);
        using var giveUp = new CancellationTokenSource();
        await SendAsync(stream, sending, new Frame(FrameKind.Hello, JsonSerializer.SerializeToUtf8Bytes(hello)));
        await using var interrupted = ct.Register(() =>
        {
            giveUp.CancelAfter(CancelWithin);
            _ = SendAsync(stream, sending, new Frame(FrameKind.Cancel, default));
        });
        await using var output = Console.OpenStandardOutput();
        await using var error = Console.OpenStandardError();
        Stream? input = null;
        try
        {
            while (await Frame.ReadAsync(stream, giveUp.Token) is { } frame)
                switch (frame.Kind)
                {
                    case FrameKind.Output:
                        await output.WriteAsync(frame.Payload, giveUp.Token);
                        break;
                    case FrameKind.Error:
                        await error.WriteAsync(frame.Payload, giveUp.Token);
                        break;
                    case FrameKind.NeedInput:
                        input ??= console.OpenInput();
                        await SendAsync(stream, sending, await ReadInputAsync(input, ct));
                        break;
                    case FrameKind.NeedSecret:
                        var question = JsonSerializer.Deserialize<SecretQuestion>(frame.Payload.Span)!;
                        await SendAsync(stream, sending, Answer(await console.AskSecretAsync(question, ct)));
                        break;
                    case FrameKind.Exit:
                        return BinaryPrimitives.ReadInt32LittleEndian(frame.Payload.Span);
                    default:
                        throw new InvalidDataException($"The server sent a frame of kind {frame.Kind}.");
                }
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        throw new InvalidDataException("The server is gone.");
    }

    private static async Task<Frame> ReadInputAsync(Stream input, CancellationToken ct)
    {
        var buffer = new byte[InputBytes];
        var read = await input.ReadAsync(buffer, ct);
        return new Frame(FrameKind.Input, buffer.AsMemory(0, read));
    }

    private static Frame Answer(string? secret) =>
        new(FrameKind.Secret, secret is null ? new byte[] { 0 } : [1, .. Encoding.UTF8.GetBytes(secret)]);

    private static async Task SendAsync(NetworkStream stream, SemaphoreSlim one, Frame frame)
    {
        await one.WaitAsync();
        try
        {
            await frame.WriteAsync(stream, CancellationToken.None);
        }
        finally
        {
            one.Release();
        }
    }
}
