using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.SmtpServer;

/// <summary>Why no more input came.</summary>
internal enum WireEnd
{
    /// <summary>There is input.</summary>
    None,

    /// <summary>The client closed, or the line broke.</summary>
    Closed,

    /// <summary>The deadline of the step has passed.</summary>
    Timeout,

    /// <summary>The server stops and the client had nothing in hand.</summary>
    Stopping,

    /// <summary>A command line is longer than any may be.</summary>
    LineTooLong,

    /// <summary>A command line holds a CR or LF that is not its end.</summary>
    BareLineEnd,
}

/// <summary>Octets from and to one client: buffers, one deadline at a time, lines.</summary>
/// <remarks>
/// A deadline first ends the pending read or write, so that the session can still say 421; a short while later the socket is closed whatever it
/// does. One timer serves all steps: it is set only when a deadline falls before the moment at which it will fire anyway.
/// </remarks>
internal sealed class ServerWire : IDisposable
{
    /// <summary>Longest command line of all, that of AUTH (RFC 4954 §4).</summary>
    public const int MaxLineBytes = 12288;

    private const int SmallBuffer = 4096;
    private const int LargeBuffer = 32 * 1024;
    private const int MaxQueued = 16 * 1024;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private long _deadline = long.MaxValue;
    private long _timerDue = long.MaxValue;
    private WireEnd _end;
    private bool _isIdle;
    private bool _isStopRequested;
    private bool _isDisposed;
    private SslStream? _tls;
    private byte[] _in = new byte[SmallBuffer];
    private int _start;
    private int _stop;
    private byte[] _out = new byte[512];
    private int _queued;

    public ServerWire(Socket socket, TimeProvider clock)
    {
        _socket = socket;
        _clock = clock;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = clock.CreateTimer(
                static wire => ((ServerWire)wire!).OnTimer(),
                this,
                Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan
            );
        }
    }

    /// <summary>Octets received and not used yet.</summary>
    public ReadOnlyMemory<byte> Buffered => _in.AsMemory(_start, _stop - _start);

    /// <summary>Why the line is over; None while it is not.</summary>
    public WireEnd End
    {
        get
        {
            lock (_lock)
            {
                return _end;
            }
        }
    }

    public void StartStep(TimeSpan limit)
    {
        lock (_lock)
        {
            if (_isDisposed || _end != WireEnd.None)
            {
                return;
            }

            _deadline = limit == Timeout.InfiniteTimeSpan ? long.MaxValue : _clock.GetTimestamp() + Ticks(limit);
            if (_deadline < _timerDue)
            {
                _timerDue = _deadline;
                _timer.Change(limit > TimeSpan.Zero ? limit : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>From now on a wait for a command ends at once, if the client has nothing in hand.</summary>
    public void RequestStop()
    {
        lock (_lock)
        {
            _isStopRequested = true;
            if (!_isIdle || _end != WireEnd.None)
            {
                return;
            }

            _end = WireEnd.Stopping;
        }

        EndPending();
    }

    /// <summary>Closes without a word.</summary>
    public void Abort()
    {
        Finish(WireEnd.Closed);
        _socket.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        _timer.Dispose();
        _tls?.Dispose();
        _socket.Dispose();
        _over.Dispose();
    }

    /// <summary>Drops what the client sent before it could know our answer (RFC 3207 §4).</summary>
    public void DropBuffered() => _start = _stop = 0;

    public void Skip(int bytes) => _start += bytes;

    public async ValueTask<SslStream?> StartTlsAsync(ServerOptionsSelectionCallback choose)
    {
        var stream = new SslStream(new NetworkStream(_socket, ownsSocket: false));
        try
        {
            await stream.AuthenticateAsServerAsync(choose, null, _over.Token);
            return _tls = stream;
        }
        catch (Exception e) when (e is AuthenticationException or InvalidOperationException or NotSupportedException || IsBroken(e))
        {
            await stream.DisposeAsync();
            Finish(WireEnd.Closed);
            return null;
        }
    }

    /// <summary>Queues a reply; its text may come from elsewhere, so only printable ASCII of bounded length goes out.</summary>
    public void Queue(SmtpReply reply)
    {
        var rest = reply.Text.AsSpan();
        do
        {
            var end = rest.IndexOf('\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            // RFC 5321 §4.5.3.1.5: 512 octets with code and line end.
            QueueLine(reply.Code, end >= 0, line.Length > 506 ? line[..506] : line);
        } while (!rest.IsEmpty);
    }

    private void QueueLine(int code, bool hasMore, ReadOnlySpan<char> text)
    {
        var needed = text.Length + 6;
        if (_out.Length - _queued < needed)
        {
            Array.Resize(ref _out, Math.Max(_out.Length * 2, _queued + needed));
        }

        var to = _out.AsSpan(_queued, needed);
        to[0] = (byte)('0' + (code / 100));
        to[1] = (byte)('0' + (code / 10 % 10));
        to[2] = (byte)('0' + (code % 10));
        to[3] = hasMore ? (byte)'-' : (byte)' ';
        for (var i = 0; i < text.Length; i++)
        {
            to[i + 4] = text[i] is >= ' ' and <= '~' ? (byte)text[i] : (byte)'?';
        }

        "\r\n"u8.CopyTo(to[^2..]);
        _queued += needed;
    }

    /// <summary>True when the queue should leave before more is answered: a client that never reads must not fill memory.</summary>
    public bool IsQueueFull => _queued >= MaxQueued;

    public async ValueTask FlushAsync(TimeSpan limit)
    {
        if (_queued == 0)
        {
            return;
        }

        var all = _out.AsMemory(0, _queued);
        _queued = 0;
        StartStep(limit);
        // After a deadline the line gets its farewell, which the timer bounds.
        var token = End == WireEnd.None ? _over.Token : CancellationToken.None;
        try
        {
            if (_tls is not null)
            {
                await _tls.WriteAsync(all, token);
                return;
            }

            while (!all.IsEmpty)
            {
                all = all[await _socket.SendAsync(all, SocketFlags.None, token)..];
            }
        }
        catch (Exception e) when (IsBroken(e))
        {
            Finish(WireEnd.Closed);
        }
    }

    /// <summary>Sends the end of our side and waits a little for the other: a reply is lost when a socket with unread input is closed.</summary>
    public async ValueTask CloseGentlyAsync()
    {
        StartFarewell();
        try
        {
            if (_tls is not null)
            {
                await _tls.ShutdownAsync();
            }

            _socket.Shutdown(SocketShutdown.Send);
            var left = 64;
            while (left-- > 0 && await _socket.ReceiveAsync(_in.AsMemory(), SocketFlags.None) > 0) { }
        }
        catch (Exception e) when (IsBroken(e) || e is InvalidOperationException)
        {
            // The client was faster.
        }
    }

    /// <summary>The next octets, when there are none in the buffer.</summary>
    public async ValueTask<WireEnd> FillAsync()
    {
        if (_start == _stop)
        {
            _start = _stop = 0;
        }
        else if (_start > 0)
        {
            Buffered.CopyTo(_in);
            _stop -= _start;
            _start = 0;
        }

        if (_stop == _in.Length)
        {
            Array.Resize(ref _in, Math.Min(_in.Length * 2, LargeBuffer));
        }

        if (End is var over && over != WireEnd.None)
        {
            return over;
        }

        try
        {
            var room = _in.AsMemory(_stop);
            var count = _tls is null
                ? await _socket.ReceiveAsync(room, SocketFlags.None, _over.Token)
                : await _tls.ReadAsync(room, _over.Token);
            _stop += count;
            return count > 0 ? WireEnd.None : Finish(WireEnd.Closed);
        }
        catch (Exception e) when (IsBroken(e) || e is InvalidOperationException)
        {
            return Finish(WireEnd.Closed);
        }
    }

    /// <summary>Room for a text: fewer, larger reads.</summary>
    public void ExpectText()
    {
        if (_in.Length < LargeBuffer)
        {
            Array.Resize(ref _in, LargeBuffer);
        }
    }

    /// <summary>The next line without its CRLF; it is valid until the next read. Queued replies leave before a wait.</summary>
    /// <param name="isIdle">The client has nothing in hand, so a stop may end the wait.</param>
    public async ValueTask<(WireEnd End, ReadOnlyMemory<byte> Line)> ReadLineAsync(bool isIdle, SmtpServerTimeouts timeouts)
    {
        if (!SetIdle(isIdle))
        {
            return (WireEnd.Stopping, default);
        }

        var waits = false;
        var searched = 0;
        while (true)
        {
            var end = Buffered.Span[searched..].IndexOf((byte)'\n');
            if (end >= 0)
            {
                SetIdle(false);
                var line = Buffered[..(searched + end + 1)];
                _start += line.Length;
                return Judge(line);
            }

            searched = _stop - _start;
            if (searched > MaxLineBytes)
            {
                return (WireEnd.LineTooLong, default);
            }

            if (!waits)
            {
                waits = true;
                await FlushAsync(timeouts.Reply);
                StartStep(timeouts.Command);
            }

            if (await FillAsync() is var over && over != WireEnd.None)
            {
                return (over, default);
            }
        }
    }

    private static (WireEnd End, ReadOnlyMemory<byte> Line) Judge(ReadOnlyMemory<byte> line)
    {
        if (line.Length > MaxLineBytes)
        {
            return (WireEnd.LineTooLong, default);
        }

        // RFC 5321 §2.3.8: CR and LF come only as CRLF.
        return line.Length < 2 || line.Span.IndexOf((byte)'\r') != line.Length - 2
            ? (WireEnd.BareLineEnd, default)
            : (WireEnd.None, line[..^2]);
    }

    /// <summary>Notes whether a stop may end the wait; false when one was asked for already.</summary>
    private bool SetIdle(bool isIdle)
    {
        lock (_lock)
        {
            _isIdle = isIdle;
            return !(isIdle && _isStopRequested);
        }
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            var left = _deadline == long.MaxValue ? long.MaxValue : _deadline - _clock.GetTimestamp();
            if (left > 0)
            {
                _timerDue = _deadline;
                if (left != long.MaxValue)
                {
                    // A millisecond more, since timers round down.
                    _timer.Change(
                        TimeSpan.FromSeconds((double)left / _clock.TimestampFrequency) + TimeSpan.FromMilliseconds(1),
                        Timeout.InfiniteTimeSpan
                    );
                }

                return;
            }
        }

        if (End != WireEnd.None)
        {
            _socket.Dispose();
            return;
        }

        Finish(WireEnd.Timeout);
    }

    /// <summary>Ends pending work; the first reason stays and the farewell begins.</summary>
    private WireEnd Finish(WireEnd why)
    {
        lock (_lock)
        {
            if (_end != WireEnd.None || _isDisposed)
            {
                return _end == WireEnd.None ? WireEnd.Closed : _end;
            }

            _end = why;
        }

        EndPending();
        return why;
    }

    private void EndPending()
    {
        StartFarewell();
        try
        {
            _over.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The session ended at the same moment.
        }
    }

    private void StartFarewell()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _deadline = _clock.GetTimestamp() + Ticks(Farewell);
            _timerDue = _deadline;
            _timer.Change(Farewell, Timeout.InfiniteTimeSpan);
            _end = _end == WireEnd.None ? WireEnd.Closed : _end;
        }
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _clock.TimestampFrequency);

    private static bool IsBroken(Exception e) =>
        e is SocketException or IOException or ObjectDisposedException or OperationCanceledException;
}
