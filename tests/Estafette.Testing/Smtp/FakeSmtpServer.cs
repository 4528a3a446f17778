using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Estafette.Testing.Smtp;

/// <summary>A message that a fake server took.</summary>
/// <param name="MailFrom">Return path.</param>
/// <param name="RcptTo">Recipients accepted in the transaction.</param>
/// <param name="Bytes">The text without stuffing and final dot.</param>
/// <param name="At">When the final dot was read.</param>
/// <param name="Connection">1 for the first connection of the server.</param>
/// <param name="Encrypted">TLS protected the connection.</param>
/// <param name="User">Name signed in with, null without AUTH.</param>
public sealed record ReceivedMessage(
    string MailFrom,
    IReadOnlyList<string> RcptTo,
    byte[] Bytes,
    DateTimeOffset At,
    int Connection,
    bool Encrypted,
    string? User
);

/// <summary>An SMTP server on loopback that speaks the real protocol, keeps what it gets, and has bad days on demand.</summary>
/// <remarks>
/// Fast enough to be the sink of benchmarks. Replies of pipelined commands leave in one write, after the record file has theirs: what a
/// client was told is in the file, even when this process is killed right after.
/// </remarks>
public sealed class FakeSmtpServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<ReceivedMessage> _messages = new();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly ConcurrentDictionary<int, FakeSmtpSession> _sessions = new();
    private readonly ConcurrentDictionary<int, MemoryStream> _raw = new();
    private readonly FakeSmtpRecord? _record;
    private readonly Task _accepting;
    private int _connections;
    private long _accepted;
    private bool _disposed;

    private FakeSmtpServer(FakeSmtpBehaviour behaviour)
    {
        Behaviour = behaviour;
        _record = behaviour.RecordFile is { } path ? new FakeSmtpRecord(path) : null;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, behaviour.Port));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Starts a server; it listens when this returns.</summary>
    public static FakeSmtpServer Start(FakeSmtpBehaviour? behaviour = null) => new(behaviour ?? new FakeSmtpBehaviour());

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>How it acts.</summary>
    public FakeSmtpBehaviour Behaviour { get; }

    /// <summary>Connections made so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Messages taken so far.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Messages taken so far, in order, when <see cref="FakeSmtpBehaviour.KeepsMessages"/>.</summary>
    public IReadOnlyList<ReceivedMessage> Messages => [.. _messages];

    /// <summary>Command lines of all connections in order, when <see cref="FakeSmtpBehaviour.KeepsMessages"/>.</summary>
    public IReadOnlyList<string> Commands => [.. _commands];

    /// <summary>Every octet a connection sent after any TLS was taken off, when <see cref="FakeSmtpBehaviour.KeepsRawInput"/>.</summary>
    public byte[] RawInput(int connection)
    {
        var raw = _raw[connection];
        lock (raw)
        {
            return raw.ToArray();
        }
    }

    /// <summary>Waits until this many messages were taken.</summary>
    /// <exception cref="TimeoutException">They did not come in time.</exception>
    public async Task WaitForAsync(long messages, TimeSpan? limit = null)
    {
        var clock = TimeProvider.System;
        var began = clock.GetTimestamp();
        while (Accepted < messages)
        {
            if (clock.GetElapsedTime(began) > (limit ?? TimeSpan.FromSeconds(30)))
            {
                throw new TimeoutException($"The fake SMTP server took {Accepted} messages, not {messages}.");
            }

            await Task.Delay(2);
        }
    }

    /// <summary>Cuts every open connection without a word and goes on listening.</summary>
    public void CutConnections()
    {
        foreach (var session in _sessions.Values)
        {
            session.Cut();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        CutConnections();
        foreach (var session in _sessions.Values)
        {
            await session.Ended;
        }

        _record?.Dispose();
        _stop.Dispose();
    }

    internal CancellationToken Stopping => _stop.Token;

    internal FakeSmtpRecord? Record => _record;

    internal void Keep(ReceivedMessage message) => _messages.Enqueue(message);

    internal void KeepCommand(string line) => _commands.Enqueue(line);

    internal void Count() => Interlocked.Increment(ref _accepted);

    internal void KeepRaw(int connection, ReadOnlySpan<byte> bytes)
    {
        var raw = _raw.GetOrAdd(connection, static _ => new MemoryStream());
        lock (raw)
        {
            raw.Write(bytes);
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                var number = Interlocked.Increment(ref _connections);
                var session = new FakeSmtpSession(this, socket, number);
                _sessions[number] = session;
                session.Ended = Task.Run(async () =>
                {
                    await session.RunAsync();
                    _sessions.TryRemove(number, out _);
                });
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }
}
