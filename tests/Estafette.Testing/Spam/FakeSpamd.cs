using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafette.Testing.Spam;

/// <summary>How a <see cref="FakeSpamd"/> treats a connection.</summary>
public enum FakeSpamdManner
{
    /// <summary>Reads the question to its end, answers, closes.</summary>
    Polite,

    /// <summary>Answers in pieces of one byte.</summary>
    ByteByByte,

    /// <summary>Answers after the first bytes of the question and resets the connection.</summary>
    Rude,

    /// <summary>Reads and never answers.</summary>
    Silent,

    /// <summary>Answers and keeps the connection open.</summary>
    Endless,

    /// <summary>Resets the connection without an answer.</summary>
    Resetting,
}

/// <summary>A spamd on loopback that answers what it is told to, well or badly.</summary>
public sealed class FakeSpamd : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(1));
    private readonly byte[] _answer;
    private readonly FakeSpamdManner _manner;
    private readonly Task _serving;

    public FakeSpamd(string answer, FakeSpamdManner manner = FakeSpamdManner.Polite)
        : this(Encoding.UTF8.GetBytes(answer), manner) { }

    public FakeSpamd(byte[] answer, FakeSpamdManner manner = FakeSpamdManner.Polite)
    {
        _answer = answer;
        _manner = manner;
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The last question, all of it that was read.</summary>
    public string Question { get; private set; } = "";

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
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var question = new List<byte>();
        var piece = new byte[16 * 1024];
        int count;
        while ((count = await socket.ReceiveAsync(piece, _stop.Token)) > 0)
        {
            question.AddRange(piece.AsSpan(0, count));
            if (_manner is FakeSpamdManner.Rude or FakeSpamdManner.Resetting)
                break;
        }
        Question = Encoding.UTF8.GetString([.. question]);
        switch (_manner)
        {
            case FakeSpamdManner.Silent:
                await Task.Delay(Timeout.Infinite, _stop.Token);
                break;
            case FakeSpamdManner.Resetting:
                socket.LingerState = new LingerOption(true, 0);
                break;
            case FakeSpamdManner.ByteByByte:
                socket.NoDelay = true;
                foreach (var one in _answer)
                    await socket.SendAsync(new[] { one }, _stop.Token);
                break;
            default:
                await socket.SendAsync(_answer, _stop.Token);
                if (_manner == FakeSpamdManner.Endless)
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                break;
        }
    }
}
