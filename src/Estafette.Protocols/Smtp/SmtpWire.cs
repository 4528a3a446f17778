using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Text;

namespace Estafette.Protocols.Smtp;

/// <summary>One reply in the receive buffer, or why there is none; the bytes are valid until the next read.</summary>
internal readonly record struct SmtpFrame(SmtpFailureKind Failure, int Code, int Start, int Length)
{
    public bool IsPositive => Failure == SmtpFailureKind.None && Code is >= 200 and < 300;
}

/// <summary>Octets to and from the server: buffers, the deadline of the phase, replies one by one.</summary>
/// <remarks>
/// Plain connections read and write the socket itself, which allocates nothing when the data is there; only TLS goes through a stream. The
/// deadline and the caller's token both act by closing the socket, so whatever is pending ends at once and the connection is never used again.
/// One timer serves all phases: it is set only when a deadline falls before the moment it will fire anyway.
/// </remarks>
internal sealed class SmtpWire : IDisposable
{
    private const int SmallBuffer = 4096;

    private readonly Socket _socket;
    private readonly TimeProvider _time;
    private readonly Lock _deadlineLock = new();
    private readonly ITimer _timer;
    private long _deadline = long.MaxValue;
    private long _timerDue = long.MaxValue;
    private int _aborted;
    private SslStream? _tls;
    private byte[] _in = new byte[SmallBuffer];
    private int _inStart;
    private int _inEnd;
    private byte[] _out = new byte[SmallBuffer];
    private int _outLength;

    public SmtpWire(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _time = time;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static wire => ((SmtpWire)wire!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public Socket Socket => _socket;

    public bool IsEncrypted => _tls is not null;

    /// <summary>Set once the socket was closed by a deadline or a token.</summary>
    public bool IsAborted => Volatile.Read(ref _aborted) != 0;

    /// <summary>Why the last failing write failed; None when none did.</summary>
    public SmtpFailureKind Failed { get; private set; }

    /// <summary>Octets received that no reply has used yet.</summary>
    public int Buffered => _inEnd - _inStart;

    /// <summary>Octets waiting for <see cref="FlushAsync"/>.</summary>
    public int Queued => _outLength;

    public void StartPhase(TimeSpan limit)
    {
        if (limit == Timeout.InfiniteTimeSpan)
        {
            EndPhase();
            return;
        }

        var ticks = (long)(limit.TotalSeconds * _time.TimestampFrequency);
        lock (_deadlineLock)
        {
            _deadline = _time.GetTimestamp() + ticks;
            if (_deadline < _timerDue)
            {
                _timerDue = _deadline;
                _timer.Change(limit, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void EndPhase()
    {
        lock (_deadlineLock)
        {
            _deadline = long.MaxValue;
        }
    }

    private void OnTimer()
    {
        lock (_deadlineLock)
        {
            var left = _deadline == long.MaxValue ? long.MaxValue : _deadline - _time.GetTimestamp();
            if (left > 0)
            {
                _timerDue = _deadline;
                if (left != long.MaxValue)
                {
                    // A millisecond more, since timers round down.
                    var wait = TimeSpan.FromSeconds((double)left / _time.TimestampFrequency) + TimeSpan.FromMilliseconds(1);
                    _timer.Change(wait, Timeout.InfiniteTimeSpan);
                }

                return;
            }
        }

        Abort(SmtpFailureKind.Timeout);
    }

    /// <summary>Closes the socket so that whatever is pending ends now; the first reason stays.</summary>
    public void Abort(SmtpFailureKind why)
    {
        if (Interlocked.CompareExchange(ref _aborted, (int)why, (int)SmtpFailureKind.None) == (int)SmtpFailureKind.None)
        {
            _socket.Dispose();
        }
    }

    public void Dispose()
    {
        Abort(SmtpFailureKind.Closed);
        _timer.Dispose();
        _tls?.Dispose();
    }

    /// <summary>Puts TLS under everything that follows; null when the handshake succeeded.</summary>
    public async ValueTask<Exception?> StartTlsAsync(SslClientAuthenticationOptions options)
    {
        SslStream? stream = null;
        try
        {
            stream = new SslStream(new NetworkStream(_socket, ownsSocket: false));
            await stream.AuthenticateAsClientAsync(options, CancellationToken.None);
            _tls = stream;
            return null;
        }
        catch (Exception e) when (e is AuthenticationException or ArgumentException || IsBroken(e))
        {
            stream?.Dispose();
            return e;
        }
    }

    public void Queue(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _outLength += bytes.Length;
    }

    public void Queue(string text) => _outLength += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));

    public void Queue(long number)
    {
        number.TryFormat(Room(20), out var written, default, System.Globalization.CultureInfo.InvariantCulture);
        _outLength += written;
    }

    private Span<byte> Room(int bytes)
    {
        if (_out.Length - _outLength < bytes)
        {
            Array.Resize(ref _out, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(_outLength + bytes)));
        }

        return _out.AsSpan(_outLength);
    }

    /// <summary>Sends all queued octets in one write.</summary>
    public ValueTask<SmtpFailureKind> FlushAsync()
    {
        var queued = _out.AsMemory(0, _outLength);
        _outLength = 0;
        return WriteAsync(queued);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpFailureKind> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (_tls is not null)
            {
                await _tls.WriteAsync(bytes);
                return SmtpFailureKind.None;
            }

            while (!bytes.IsEmpty)
            {
                bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None)..];
            }

            return SmtpFailureKind.None;
        }
        catch (Exception e) when (IsBroken(e))
        {
            return Failed = BrokenBecause();
        }
    }

    /// <summary>The next reply, from the buffer when it is already there.</summary>
    public ValueTask<SmtpFrame> ReadReplyAsync()
    {
        var scanner = new SmtpReplyScanner();
        if (_inStart < _inEnd && Scan(ref scanner, out var frame))
        {
            return new ValueTask<SmtpFrame>(frame);
        }

        return ReceiveReplyAsync(scanner);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpFrame> ReceiveReplyAsync(SmtpReplyScanner scanner)
    {
        while (true)
        {
            MakeRoom();
            try
            {
                var room = _in.AsMemory(_inEnd);
                var count = _tls is null ? await _socket.ReceiveAsync(room, SocketFlags.None) : await _tls.ReadAsync(room);
                if (count == 0)
                {
                    return new SmtpFrame(BrokenBecause(), 0, 0, 0);
                }

                _inEnd += count;
            }
            catch (Exception e) when (IsBroken(e))
            {
                return new SmtpFrame(BrokenBecause(), 0, 0, 0);
            }

            if (Scan(ref scanner, out var frame))
            {
                return frame;
            }
        }
    }

    private bool Scan(ref SmtpReplyScanner scanner, out SmtpFrame frame)
    {
        switch (scanner.Scan(_in.AsSpan(_inStart, _inEnd - _inStart)))
        {
            case SmtpScan.Complete:
                frame = new SmtpFrame(SmtpFailureKind.None, scanner.Code, _inStart, scanner.Length);
                _inStart += scanner.Length;
                return true;
            case SmtpScan.Malformed:
                frame = new SmtpFrame(SmtpFailureKind.Protocol, 0, 0, 0);
                return true;
            default:
                frame = default;
                return false;
        }
    }

    private void MakeRoom()
    {
        if (_inStart > 0)
        {
            _in.AsSpan(_inStart, _inEnd - _inStart).CopyTo(_in);
            _inEnd -= _inStart;
            _inStart = 0;
        }

        if (_inEnd == _in.Length)
        {
            // The scanner refuses replies beyond its limit, so this ends at twice that.
            Array.Resize(ref _in, _in.Length * 2);
        }
    }

    public ReadOnlySpan<byte> QueuedFrom(int start) => _out.AsSpan(start, _outLength - start);

    /// <summary>Queues as much stuffed text as fits in about <paramref name="limit"/> octets; returns how much of it was taken.</summary>
    public int QueueStuffed(ReadOnlySpan<byte> text, int limit, ref bool atLineStart)
    {
        var rest = text;
        var room = Room(limit);
        _outLength += SmtpMessageText.CopyStuffed(ref rest, room, ref atLineStart);
        return text.Length - rest.Length;
    }

    public ReadOnlySpan<byte> Bytes(in SmtpFrame frame) => _in.AsSpan(frame.Start, frame.Length);

    public SmtpReply Reply(in SmtpFrame frame) => SmtpReply.FromWire(frame.Code, Bytes(frame));

    public SmtpFailureKind BrokenBecause() => IsAborted ? (SmtpFailureKind)Volatile.Read(ref _aborted) : SmtpFailureKind.Closed;

    private static bool IsBroken(Exception e) =>
        e is SocketException or IOException or ObjectDisposedException or OperationCanceledException;
}
