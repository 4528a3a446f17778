using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Estafette.Protocols.Antivirus;

/// <summary>What clamd says of some bytes: clean, the name of what it found, or why it could not look.</summary>
/// <param name="Signature">Name of the signature that matched; null when none did.</param>
/// <param name="Error">Why nothing is known, in words; null when clamd looked.</param>
public sealed record ClamdVerdict(string? Signature, string? Error)
{
    /// <summary>Whether clamd looked and found nothing.</summary>
    public bool IsClean => Signature is null && Error is null;
}

/// <summary>Asks a ClamAV daemon about bytes (clamd(8), command INSTREAM over TCP): one connection for each question.</summary>
/// <remarks>
/// A question is <c>zINSTREAM\0</c>, then pieces of a 4-byte length in network order and as many bytes, then a length of 0. The answer ends with
/// a NUL: <c>stream: OK</c>, <c>stream: NAME FOUND</c>, or words that end with <c>ERROR</c>, such as those of a stream longer than clamd's StreamMaxLength.
/// Whatever goes wrong is an answer in words, not an exception; what cannot be read as "OK" never counts as clean. Safe for several threads.
/// </remarks>
/// <param name="host">Name or address.</param>
/// <param name="port">Port; 3310 unless configured otherwise.</param>
/// <param name="limit">Longest wait for the whole question, from the connection to the end of the answer.</param>
/// <param name="clock">For the limit.</param>
public sealed class ClamdClient(string host, int port, TimeSpan limit, TimeProvider clock)
{
    /// <summary>Longest answer that is read, in bytes.</summary>
    public const int MaxAnswerBytes = 4 * 1024;

    private const int PieceBytes = 64 * 1024;
    private const string Subject = "stream: ";
    private const string Found = " FOUND";

    /// <summary>Asks whether the bytes hold what clamd knows.</summary>
    /// <param name="bytes">A whole file.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The caller ended the wait.</exception>
    public async Task<ClamdVerdict> ScanAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var (answer, problem) = await AskAsync("zINSTREAM\0"u8.ToArray(), bytes, isStream: true, cancellation);
        return answer is null ? new ClamdVerdict(null, problem) : Read(answer);
    }

    /// <summary>Whether clamd is there.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Null when it is, else why not, in words.</returns>
    /// <exception cref="OperationCanceledException">The caller ended the wait.</exception>
    public async Task<string?> PingAsync(CancellationToken cancellation)
    {
        var (answer, problem) = await AskAsync("zPING\0"u8.ToArray(), default, isStream: false, cancellation);
        return answer is null ? problem
            : answer == "PONG" ? null
            : "clamd answered PING with something else than PONG";
    }

    private static ClamdVerdict Read(string answer)
    {
        if (answer == Subject + "OK")
            return new ClamdVerdict(null, null);
        if (answer.StartsWith(Subject, StringComparison.Ordinal) && answer.EndsWith(Found, StringComparison.Ordinal))
            return answer.Length > Subject.Length + Found.Length
                ? new ClamdVerdict(answer[Subject.Length..^Found.Length], null)
                : new ClamdVerdict("?", null);
        return new ClamdVerdict(null, answer.Length == 0 ? "clamd closed the connection without an answer" : $"clamd answered: {answer}");
    }

    private async Task<(string? Answer, string? Problem)> AskAsync(
        byte[] command,
        ReadOnlyMemory<byte> bytes,
        bool isStream,
        CancellationToken cancellation
    )
    {
        using var timer = new CancellationTokenSource(limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(host, port, both.Token);
            await SendAsync(socket, command, bytes, isStream, both.Token);
            return await ReadAsync(socket, both.Token) is { } answer
                ? (answer, null)
                : (null, $"the answer of clamd at {host}:{port} is longer than {MaxAnswerBytes} bytes");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"clamd at {host}:{port} did not answer within {limit.TotalSeconds:0.###} s");
        }
        catch (SocketException e)
        {
            return (null, $"clamd at {host}:{port} could not be asked: {e.Message}");
        }
    }

    private static async Task SendAsync(
        Socket socket,
        byte[] command,
        ReadOnlyMemory<byte> bytes,
        bool isStream,
        CancellationToken cancellation
    )
    {
        try
        {
            await SendAllAsync(socket, command, cancellation);
            if (!isStream)
                return;
            var length = new byte[4];
            while (!bytes.IsEmpty)
            {
                var piece = bytes[..Math.Min(bytes.Length, PieceBytes)];
                BinaryPrimitives.WriteInt32BigEndian(length, piece.Length);
                await SendAllAsync(socket, length, cancellation);
                await SendAllAsync(socket, piece, cancellation);
                bytes = bytes[piece.Length..];
            }
            await SendAllAsync(socket, new byte[4], cancellation);
        }
        catch (SocketException)
        {
            // It may have refused before the end of the stream: what it said is read next, or the reading fails in turn.
        }
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, cancellation)..];
    }

    private static async Task<string?> ReadAsync(Socket socket, CancellationToken cancellation)
    {
        var bytes = new byte[MaxAnswerBytes];
        var length = 0;
        while (length < bytes.Length)
        {
            var count = await socket.ReceiveAsync(bytes.AsMemory(length), cancellation);
            // The NUL ends the answer; clamd closes then, but need not be waited for.
            var end = bytes.AsSpan(length, count).IndexOf((byte)0);
            length += count;
            if (count == 0 || end >= 0)
                return Text(bytes.AsSpan(0, end >= 0 ? length - count + end : length));
        }
        return null;
    }

    private static string Text(ReadOnlySpan<byte> bytes) =>
        string.Concat(Encoding.UTF8.GetString(bytes).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
}
