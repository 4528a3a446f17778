using System.Runtime.CompilerServices;

namespace Estafette.Protocols.Smtp;

/// <summary>One session with an SMTP server, ready for messages one after the other (RFC 5321).</summary>
/// <remarks>
/// <para>
/// Path of a message when the server pipelines (RFC 2920): MAIL, RCPT and DATA leave in one write; their three replies are read; text, final dot
/// and, when the caller announces it, the envelope of the next message leave in one write; the reply to the dot is read. With announcing, a
/// message costs one write and one round trip.
/// </para>
/// <para>
/// Invariants. Replies are read strictly in the order of the commands, and DATA must be answered 354, so a server that skips or adds a reply is
/// found out before a text is sent under a wrong recipient. A lone dot is never sent: if DATA gets 354 although MAIL or RCPT was refused,
/// RFC 2920 §3.1 suggests one, but with a server already out of step it could deliver an empty message, so the connection is closed. After a
/// refusal inside a transaction RSET precedes the next MAIL, in the same write. After any break, deadline, cancellation or 421 the connection is
/// not used again.
/// </para>
/// <para>One operation at a time; not thread-safe.</para>
/// </remarks>
public sealed class SmtpConnection : IAsyncDisposable
{
    private readonly SmtpWire _wire;
    private readonly SmtpSession _session;
    private readonly SmtpOpening _opening;
    private readonly SmtpHandover _handover;
    private int _busy;

    private SmtpConnection(SmtpSession session)
    {
        _wire = session.Wire;
        _session = session;
        _opening = new SmtpOpening(session);
        _handover = new SmtpHandover(session);
    }

    /// <summary>What the server offered, after TLS when there is TLS.</summary>
    public SmtpCapabilities Capabilities => _session.Capabilities;

    /// <summary>TLS protects the connection.</summary>
    public bool IsEncrypted => _wire.IsEncrypted;

    /// <summary>Another message may be sent here, as far as this end knows.</summary>
    public bool IsUsable => _session.IsUsable;

    /// <summary>An announced envelope waits for its message; any other operation but closing throws.</summary>
    public SmtpEnvelope? Announced => _session.Announced;

    /// <summary>Looks up, connects, greets, starts TLS and signs in.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="transcript">Gets every line of the dialogue, credentials masked; null for none.</param>
    /// <param name="ct">Ends the attempt with <see cref="SmtpFailureKind.Cancelled"/>.</param>
    public static async ValueTask<SmtpConnectResult> ConnectAsync(
        SmtpClientOptions options,
        Action<SmtpTranscriptLine>? transcript = null,
        CancellationToken ct = default
    )
    {
        var (socket, failure) = await SmtpDial.ConnectAsync(options, ct);
        if (failure is not null)
        {
            return new SmtpConnectResult(failure);
        }

        var wire = new SmtpWire(socket!, options.TimeProvider);
        var handshake = new SmtpHandshake(options, wire, transcript);
        try
        {
            await using var registration = ct.UnsafeRegister(static w => ((SmtpWire)w!).Abort(SmtpFailureKind.Cancelled), wire);
            failure = await handshake.RunAsync();
        }
        catch
        {
            wire.Dispose();
            throw;
        }

        wire.EndPhase();
        if (failure is null && !wire.IsAborted)
        {
            return new SmtpConnectResult(new SmtpConnection(new SmtpSession(options, wire, handshake.Capabilities, transcript)));
        }

        wire.Dispose();
        return new SmtpConnectResult(
            failure ?? new SmtpFailure(SmtpPhase.Connect, wire.BrokenBecause(), $"Connecting to {options.Host}:{options.Port}: cancelled")
        );
    }

    /// <summary>Sends one message and waits for the server's word on it.</summary>
    /// <param name="envelope">Sender and recipient; the announced one, if the call before announced any.</param>
    /// <param name="message">A whole RFC 5322 message with CRLF line ends, neither dot-stuffed nor ended by a dot.</param>
    /// <param name="next">
    /// The message that follows for certain, or null: its commands then share the write of this final dot (RFC 2920 §3.1). It is passed over when
    /// the server does not pipeline or would have to be refused here.
    /// </param>
    /// <param name="finalDot">Called just before the final dot is written.</param>
    /// <param name="ct">Closes the connection; the result then is Failed with Cancelled, and in doubt when the dot may have left.</param>
    /// <exception cref="InvalidOperationException">Another operation runs, or another envelope was announced.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpSendResult> SendAsync(
        SmtpEnvelope envelope,
        ReadOnlyMemory<byte> message,
        SmtpEnvelope? next = null,
        ISmtpFinalDot? finalDot = null,
        CancellationToken ct = default
    )
    {
        Enter(envelope);
        var registration = Register(ct);
        var orderly = false;
        try
        {
            var result = SmtpRefusals.Find(message.Span, out var hasLeadingDot);
            result = result.Or(SmtpRefusals.Find(envelope, message.Length, Capabilities));
            if (result.Outcome != SmtpOutcome.None)
            {
                // Its commands are with the server already and DATA cannot be taken back.
                orderly = _session.Announced is null;
                return result;
            }

            result = await _opening.RunAsync(envelope);
            if (result.Outcome == SmtpOutcome.None)
            {
                result = await _handover.WriteAsync(envelope, message, hasLeadingDot, next, finalDot);
            }

            if (result.Outcome == SmtpOutcome.None)
            {
                result = await _handover.ReadReplyAsync();
            }

            orderly = true;
            return result;
        }
        finally
        {
            registration.Dispose();
            Leave(orderly);
        }
    }

    /// <summary>Asks for a sign of life (RFC 5321 §4.1.1.9); null when it came.</summary>
    public ValueTask<SmtpFailure?> NoopAsync(CancellationToken ct = default) => AskAsync("NOOP", ct);

    /// <summary>Drops any open transaction (RFC 5321 §4.1.1.5); null when done. <see cref="SendAsync"/> does it by itself when needed.</summary>
    public ValueTask<SmtpFailure?> ResetAsync(CancellationToken ct = default) => AskAsync("RSET", ct);

    /// <summary>Says goodbye within its deadline and closes (RFC 5321 §4.1.1.10).</summary>
    /// <exception cref="InvalidOperationException">Another operation runs.</exception>
    public async ValueTask QuitAsync(CancellationToken ct = default)
    {
        if (IsUsable && _session.Announced is null)
        {
            await AskAsync("QUIT", ct);
        }

        await DisposeAsync();
    }

    /// <summary>Closes the socket at once; a text without its final dot is dropped by the server (RFC 5321 §4.1.1.4).</summary>
    public ValueTask DisposeAsync()
    {
        _session.IsBroken = true;
        _wire.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<SmtpFailure?> AskAsync(string command, CancellationToken ct)
    {
        Enter(null);
        var registration = Register(ct);
        var orderly = false;
        try
        {
            if (!IsUsable)
            {
                return _session.CommandFailed(command, _wire.BrokenBecause());
            }

            _wire.StartPhase(_session.Timeouts.Quit);
            _session.Dialogue.Queue(command);
            await _wire.FlushAsync();
            var frame = await _session.Dialogue.ReadAsync();
            orderly = frame.IsPositive;
            _session.NeedsReset &= !(orderly && command == "RSET");
            return frame.Failure != SmtpFailureKind.None ? _session.CommandFailed(command, frame.Failure)
                : frame.IsPositive ? null
                : _session.CommandRefused(command, frame);
        }
        finally
        {
            registration.Dispose();
            Leave(orderly);
        }
    }

    private CancellationTokenRegistration Register(CancellationToken ct) =>
        ct.CanBeCanceled ? ct.UnsafeRegister(static wire => ((SmtpWire)wire!).Abort(SmtpFailureKind.Cancelled), _wire) : default;

    private void Enter(SmtpEnvelope? envelope)
    {
        if (_session.Announced is not null && !ReferenceEquals(_session.Announced, envelope))
        {
            throw new InvalidOperationException(
                "Another envelope was announced to the server; send that message or dispose the connection."
            );
        }

        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            throw new InvalidOperationException("This SMTP connection is in use; one operation at a time.");
        }
    }

    private void Leave(bool orderly)
    {
        _session.EndOperation(orderly);
        Volatile.Write(ref _busy, 0);
    }
}
