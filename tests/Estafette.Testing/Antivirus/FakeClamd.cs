using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafette.Testing.Antivirus;

/// <summary>How a <see cref="FakeClamd"/> treats a connection.</summary>
public enum FakeClamdManner
{
    /// <summary>Reads the stream to its end, answers, closes.</summary>
    Polite,

    /// <summary>Answers in pieces of one byte.</summary>
    ByteByByte,

    /// <summary>Answers after the first piece and closes, as clamd does with a stream that is too long.</summary>
    Rude,

    /// <summary>Reads and never answers.</summary>
    Silent,

    /// <summary>Answers and keeps the connection open.</summary>
    Endless,

    /// <summary>Resets the connection without an answer.</summary>
    Resetting,
}

/// <summary>A clamd on loopback that finds what it is told to find, well or badly.</summary>
public sealed class FakeClamd : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(1));
    private readonly Func<byte[], string> _answer;
    private readonly FakeClamdManner _manner;
    private readonly Task _serving;

    public FakeClamd(string answer, FakeClamdManner manner = FakeClamdManner.Polite)
        : this(_ => answer, manner) { }

    /// <param name="answer">The answer to a stream, without its NUL.</param>
    /// <param name="manner">How it treats the connection.</param>
    public FakeClamd(Func<byte[], string> answer, FakeClamdManner manner = FakeClamdManner.Polite)
    {
        (_answer, _manner) = (answer, manner);
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    /// <summary>Finds the text anywhere in a stream.</summary>
    public static FakeClamd Finding(string text, string signature) =>
        new(stream => stream.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0 ? $"stream: {signature} FOUND" : "stream: OK");

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The last command, without its NUL.</summary>
    public string Command { get; private set; } = "";

    /// <summary>The last stream, put together.</summary>
    public byte[] Stream { get; private set; } = [];

    /// <summary>How many streams were asked about.</summary>
    public int Count { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var socket = await _listener.AcceptSocketAsync(_stop.Token);
                await ServeAsync(socket);
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket);
        Command = await CommandAsync(stream);
        Stream = Command == "zINSTREAM" ? await StreamAsync(stream) : [];
        Count++;
        var answer = Encoding.UTF8.GetBytes((Command == "zPING" ? "PONG" : _answer(Stream)) + "\0");
        switch (_manner)
        {
            case FakeClamdManner.Silent:
                await Task.Delay(Timeout.Infinite, _stop.Token);
                break;
            case FakeClamdManner.Resetting:
                socket.LingerState = new LingerOption(true, 0);
                break;
            case FakeClamdManner.ByteByByte:
                socket.NoDelay = true;
                foreach (var one in answer)
                    await socket.SendAsync(new[] { one }, _stop.Token);
                break;
            default:
                await socket.SendAsync(answer, _stop.Token);
                if (_manner == FakeClamdManner.Endless)
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                break;
        }
    }

    private async Task<string> CommandAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) > 0 && one[0] != 0)
            text.Append((char)one[0]);
        return text.ToString();
    }

    private async Task<byte[]> StreamAsync(NetworkStream stream)
    {
        var whole = new MemoryStream();
        var head = new byte[4];
        while (true)
        {
            await stream.ReadExactlyAsync(head, _stop.Token);
            var length = BinaryPrimitives.ReadInt32BigEndian(head);
            if (length == 0)
                return whole.ToArray();
            var piece = new byte[length];
            await stream.ReadExactlyAsync(piece, _stop.Token);
            whole.Write(piece);
            if (_manner == FakeClamdManner.Rude)
                return whole.ToArray();
        }
    }
}
