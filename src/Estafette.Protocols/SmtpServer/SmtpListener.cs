using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.SmtpServer;

/// <summary>A door for mail: listens, runs a session for each client, stops in order (RFC 5321, RFC 6409).</summary>
/// <remarks>
/// Memory is bounded by <see cref="SmtpServerLimits.Connections"/> times <see cref="SmtpServerLimits.MemoryBytes"/> and some buffers. A client
/// beyond a limit hears 421 and is closed without a session. The receiver decides what is taken; nothing is relayed by itself.
/// </remarks>
public sealed class SmtpListener : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(5);

    private readonly SmtpServerContext _server;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<long, (SmtpServerSession Session, ServerWire Wire, Task Ended)> _sessions = new();
    private readonly ConnectionCounts _counts;
    private readonly HashSet<IPAddress> _proxies;
    private readonly Task _accepting;
    private long _lastSession;
    private int _open;
    private Task? _stopped;

    private SmtpListener(SmtpServerContext server)
    {
        _server = server;
        _counts = new ConnectionCounts(server.Options.Limits.ConnectionsPerAddress);
        _proxies = [.. server.Options.Proxies.Select(Unmapped)];
        _listener = new TcpListener(server.Options.EndPoint);
        _listener.Start(backlog: 512);
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="ArgumentException">The options do not go together; the message says which.</exception>
    /// <exception cref="SocketException">The address cannot be listened on, such as a port in use.</exception>
    public static SmtpListener Start(SmtpServerOptions options, ISmtpReceiver receiver, TimeProvider clock)
    {
        var fault = options.FindFault();
        return fault is null
            ? new SmtpListener(new SmtpServerContext(options, receiver, clock))
            : throw new ArgumentException($"Starting the mail server on {options.EndPoint}: {fault}", nameof(options));
    }

    /// <summary>Where it listens, with the port it got.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Sessions open now.</summary>
    public int Connections => Volatile.Read(ref _open);

    /// <summary>Stops with the time of <see cref="SmtpServerTimeouts.Stop"/>.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(_server.Options.Timeouts.Stop);

    /// <summary>
    /// Listens no more, says 421 to clients that wait, lets messages in hand come to their reply within the limit, and cuts what is left.
    /// </summary>
    /// <remarks>Later calls wait for the first.</remarks>
    public Task StopAsync(TimeSpan limit)
    {
        lock (_stop)
        {
            return _stopped ??= StopOnceAsync(limit);
        }
    }

    private async Task StopOnceAsync(TimeSpan limit)
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        var open = _sessions.Values.ToArray();
        foreach (var (_, wire, _) in open)
        {
            wire.RequestStop();
        }

        if (!await EndAsync(open, limit))
        {
            foreach (var (session, _, _) in open)
            {
                session.Abort();
            }

            await EndAsync(open, AbortLimit);
        }
    }

    private async Task<bool> EndAsync((SmtpServerSession Session, ServerWire Wire, Task Ended)[] sessions, TimeSpan limit)
    {
        try
        {
            await Task.WhenAll(sessions.Select(s => s.Ended)).WaitAsync(limit, _server.Clock);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Admit(await _listener.AcceptSocketAsync(_stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) when (!_stop.IsCancellationRequested)
            {
                // Out of file handles, or a client gone between its call and our answer.
                await Task.Delay(AcceptPause, _server.Clock, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private void Admit(Socket socket)
    {
        IPEndPoint remote;
        IPEndPoint local;
        try
        {
            socket.NoDelay = true;
            remote = Unmapped((IPEndPoint)socket.RemoteEndPoint!);
            local = Unmapped((IPEndPoint)socket.LocalEndPoint!);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            socket.Dispose();
            return;
        }

        var isProxy = _proxies.Contains(remote.Address);
        var refusal =
            Connections >= _server.Options.Limits.Connections ? ServerReplies.TooManyConnections
            : !isProxy && !_counts.TryEnter(remote.Address) ? ServerReplies.TooManyFromAddress
            : null;
        if (refusal is not null)
        {
            TurnAway(socket, refusal);
            return;
        }

        Interlocked.Increment(ref _open);
        var number = ++_lastSession;
        var wire = new ServerWire(socket, _server.Clock);
        var peer = new SmtpPeer(number, remote, local, _server.Clock.GetUtcNow());
        var session = new SmtpServerSession(_server, wire, peer);
        // Registered before it runs, so that its end finds it.
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions[number] = (session, wire, RunAsync(begin.Task, session, wire, peer, isProxy));
        begin.SetResult();
    }

    private async Task RunAsync(Task begin, SmtpServerSession session, ServerWire wire, SmtpPeer peer, bool isProxy)
    {
        await begin;
        var counted = !isProxy;
        try
        {
            if (isProxy)
            {
                var isKnown = await ReadProxyAsync(wire, peer);
                counted = isKnown && _counts.TryEnter(peer.Remote.Address);
                if (!counted)
                {
                    return;
                }
            }

            await session.RunAsync();
        }
        catch (Exception e)
        {
            _server.Receiver.Faulted(peer, e);
        }
        finally
        {
            await session.DisposeAsync();
            wire.Dispose();
            if (counted)
            {
                _counts.Leave(peer.Remote.Address);
            }

            _sessions.TryRemove(peer.Session, out _);
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>The real ends of a connection that a proxy passes on; false when it does not say them properly.</summary>
    private async ValueTask<bool> ReadProxyAsync(ServerWire wire, SmtpPeer peer)
    {
        wire.StartStep(_server.Options.Timeouts.Handshake);
        while (true)
        {
            var (outcome, used, source, destination) = ProxyHeader.Read(wire.Buffered.Span);
            if (outcome == ProxyHeader.Outcome.Complete)
            {
                wire.Skip(used);
                peer.Remote = Unmapped(source ?? peer.Remote);
                peer.Local = Unmapped(destination ?? peer.Local);
                return true;
            }

            if (outcome == ProxyHeader.Outcome.Malformed || await wire.FillAsync() != WireEnd.None)
            {
                return false;
            }
        }
    }

    /// <summary>One short write that fits in an empty buffer; a client that speaks TLS cannot be told.</summary>
    private void TurnAway(Socket socket, SmtpReply reply)
    {
        try
        {
            socket.Blocking = false;
            if (!_server.Options.ImplicitTls)
            {
                socket.Send(Encoding.ASCII.GetBytes($"{reply}\r\n"));
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It is gone already.
        }
        finally
        {
            socket.Dispose();
        }
    }

    private static IPEndPoint Unmapped(IPEndPoint end) => new(Unmapped(end.Address), end.Port);

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
