using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafette.Protocols.Tests.Smtp;

/// <summary>Plays the server's part of a transcript file and insists on the client's part, octet for octet.</summary>
/// <remarks>
/// <c>S:</c> a line of the server, <c>C:</c> a line of the client; <c>C: [message, N octets]</c> stands for that many octets of text.
/// <c>U:</c> is a line of the server that the client has no business to read; <c>shown:</c> says how our own transcript shows the client's line before it. After the last line the client must be silent.
/// </remarks>
internal sealed class TranscriptServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IReadOnlyList<(bool FromServer, string Text)> _lines;
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(20));
    private readonly List<byte> _received = [];

    public TranscriptServer(IReadOnlyList<(bool FromServer, string Text)> lines)
    {
        _lines = lines;
        _listener.Start();
        Played = Task.Run(PlayAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends with null when the client kept to its part, else says where it did not.</summary>
    public Task<string?> Played { get; }

    public async ValueTask DisposeAsync()
    {
        await _limit.CancelAsync();
        _listener.Stop();
        await Played;
        _limit.Dispose();
    }

    private async Task<string?> PlayAsync()
    {
        try
        {
            using var socket = await _listener.AcceptSocketAsync(_limit.Token);
            for (var i = 0; i < _lines.Count; i++)
            {
                var (fromServer, text) = _lines[i];
                if (fromServer)
                {
                    var block = new StringBuilder();
                    for (; i < _lines.Count && _lines[i].FromServer; i++)
                    {
                        block.Append(_lines[i].Text).Append("\r\n");
                    }

                    i--;
                    if (_received.Count > 0)
                    {
                        return $"The client did not wait for: {block}";
                    }

                    await socket.SendAsync(Encoding.ASCII.GetBytes(block.ToString()), _limit.Token);
                }
                else if (await ExpectAsync(socket, text) is { } fault)
                {
                    return fault;
                }
            }

            return await ReadAsync(socket) && _received.Count > 0
                ? "The client went on: " + Encoding.ASCII.GetString([.. _received])
                : null;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return e.Message;
        }
    }

    private async Task<string?> ExpectAsync(Socket socket, string text)
    {
        var isMessage = text.StartsWith("[message, ", StringComparison.Ordinal);
        var size = isMessage ? int.Parse(text[10..text.IndexOf(' ', 10)]) : 0;
        int end;
        while ((end = isMessage ? (_received.Count >= size ? size : -1) : _received.IndexOf((byte)'\n') + 1) < (isMessage ? 0 : 1))
        {
            if (!await ReadAsync(socket))
            {
                return $"The client closed in the place of: {text}";
            }
        }

        var got = Encoding.ASCII.GetString([.. _received[..end]]);
        _received.RemoveRange(0, end);
        return isMessage || got == text + "\r\n" ? null : $"The client said {got.TrimEnd()} in the place of {text}";
    }

    private async Task<bool> ReadAsync(Socket socket)
    {
        var piece = new byte[4096];
        var count = await socket.ReceiveAsync(piece, _limit.Token);
        _received.AddRange(piece[..count]);
        return count > 0;
    }
}
