using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Estafette.Protocols.Spam;

/// <summary>Asks a SpamAssassin daemon for its opinion (SPAMC/1.5 over TCP): one connection for each question.</summary>
/// <remarks>Whatever goes wrong with spamd is an answer in words, not an exception. An answer of more than 1 MB is refused. Safe for several threads.</remarks>
/// <param name="host">Name or address.</param>
/// <param name="port">Port; 783 unless configured otherwise.</param>
/// <param name="limit">Longest wait for the whole question, from the connection to the end of the answer.</param>
/// <param name="clock">For the limit.</param>
public sealed class SpamdClient(string host, int port, TimeSpan limit, TimeProvider clock)
{
    /// <summary>Longest answer that is read.</summary>
    public const int MaxAnswerBytes = 1024 * 1024;

    /// <summary>Asks for score, threshold and rules of a message.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The caller ended the wait.</exception>
    public async Task<SpamReport> CheckAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        var length = message.Length.ToString(CultureInfo.InvariantCulture);
        var (answer, problem) = await AskAsync($"REPORT SPAMC/1.5\r\nContent-length: {length}\r\n\r\n", message, cancellation);
        return answer is null ? SpamReport.Failed(problem!) : answer.ToReport();
    }

    /// <summary>Whether spamd is there.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Null when it is, else why not, in words.</returns>
    /// <exception cref="OperationCanceledException">The caller ended the wait.</exception>
    public async Task<string?> PingAsync(CancellationToken cancellation)
    {
        var (answer, problem) = await AskAsync("PING SPAMC/1.5\r\n\r\n", default, cancellation);
        return answer is null ? problem
            : answer is { Code: 0, Words: "PONG" } ? null
            : "spamd answered PING with something else than PONG";
    }

    private async Task<(SpamdAnswer? Answer, string? Problem)> AskAsync(
        string head,
        ReadOnlyMemory<byte> message,
        CancellationToken cancellation
    )
    {
        using var timer = new CancellationTokenSource(limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(host, port, both.Token);
            await SendAsync(socket, Encoding.ASCII.GetBytes(head), message, both.Token);
            if (await ReadAsync(socket, both.Token) is not { } bytes)
                return (null, $"the answer of spamd at {host}:{port} is longer than {MaxAnswerBytes} bytes");
            var answer = SpamdAnswer.Parse(bytes.Span, out var problem);
            return (answer, problem);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"spamd at {host}:{port} did not answer within {limit.TotalSeconds:0.###} s");
        }
        catch (SocketException e)
        {
            return (null, $"spamd at {host}:{port} could not be asked: {e.Message}");
        }
    }

    private static async Task SendAsync(Socket socket, byte[] head, ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        try
        {
            await SendAllAsync(socket, head, cancellation);
            await SendAllAsync(socket, message, cancellation);
            // Half-closed: spamd takes the end of the stream for the end of the question.
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It may have refused before the end of the message: what it said is read next, or the reading fails in turn.
        }
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, cancellation)..];
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(Socket socket, CancellationToken cancellation)
    {
        var bytes = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            if (length == bytes.Length)
                Array.Resize(ref bytes, bytes.Length * 2);
            var count = await socket.ReceiveAsync(bytes.AsMemory(length), cancellation);
            if (count == 0)
                return bytes.AsMemory(0, length);
            length += count;
            if (length > MaxAnswerBytes)
                return null;
        }
    }
}
