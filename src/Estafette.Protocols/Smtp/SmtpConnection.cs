using System.Runtime.CompilerServices;
using System.Text;

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
    // Up to here text is copied behind its commands so that it leaves in one write; above, it is written from where it lies.
    private const int MaxCopiedText = 48 * 1024;

    private readonly SmtpClientOptions _options;
    private readonly SmtpWire _wire;
    private readonly Action<SmtpTranscriptLine>? _transcript;
    private SmtpEnvelope? _announced;
    private SmtpReply? _lastAccepted;
    private byte[] _lastAcceptedBytes = [];
    private bool _needsReset;
    private bool _used;
    private bool _broken;
    private int _busy;

    private SmtpConnection(SmtpClientOptions options, SmtpWire wire, SmtpCapabilities capabilities, Action<SmtpTranscriptLine>? transcript)
    {
        _options = options;
        _wire = wire;
        _transcript = transcript;
        Capabilities = capabilities;
    }

    /// <summary>What the server offered, after TLS when there is TLS.</summary>
    public SmtpCapabilities Capabilities { get; }

    /// <summary>TLS protects the connection.</summary>
    public bool IsEncrypted => _wire.IsEncrypted;

    /// <summary>Another message may be sent here, as far as this end knows.</summary>
    public bool IsUsable => !_broken && !_wire.IsAborted;

    /// <summary>An announced envelope waits for its message; any other operation but closing throws.</summary>
    public SmtpEnvelope? Announced => _announced;

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
            return new SmtpConnectResult(new SmtpConnection(options, wire, handshake.Capabilities, transcript));
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
            result = First(result, SmtpRefusals.Find(envelope, message.Length, Capabilities));
            if (result.Outcome != SmtpOutcome.None)
            {
                // Its commands are with the server already and DATA cannot be taken back.
                orderly = _announced is null;
                return result;
            }

            result = await OpenAsync(envelope);
            if (result.Outcome == SmtpOutcome.None)
            {
                result = await WriteTextAsync(envelope, message, hasLeadingDot, next, finalDot);
            }

            if (result.Outcome == SmtpOutcome.None)
            {
                result = await ReadDotReplyAsync();
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
        if (IsUsable && _announced is null)
        {
            await AskAsync("QUIT", ct);
        }

        await DisposeAsync();
    }

    /// <summary>Closes the socket at once; a text without its final dot is dropped by the server (RFC 5321 §4.1.1.4).</summary>
    public ValueTask DisposeAsync()
    {
        _broken = true;
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
                return SessionFailure(command, _wire.BrokenBecause());
            }

            _wire.StartPhase(_options.Timeouts.Quit);
            Queue(command);
            await _wire.FlushAsync();
            var frame = await ReadAsync();
            orderly = frame.IsPositive;
            _needsReset &= !(orderly && command == "RSET");
            return frame.Failure != SmtpFailureKind.None ? SessionFailure(command, frame.Failure)
                : frame.IsPositive ? null
                : SessionRefusal(command, _wire.Reply(frame));
        }
        finally
        {
            registration.Dispose();
            Leave(orderly);
        }
    }

    private SmtpFailure SessionFailure(string command, SmtpFailureKind kind) =>
        new(SmtpPhase.Quit, kind, SmtpTranscripts.Explain($"{command} to {_options.Host}:{_options.Port}", kind));

    private SmtpFailure SessionRefusal(string command, SmtpReply reply) =>
        new(SmtpPhase.Quit, SmtpFailureKind.Refused, $"{command} to {_options.Host}:{_options.Port}: refused with {reply}", reply);

    /// <summary>MAIL, RCPT and DATA up to 354.</summary>
    private ValueTask<SmtpSendResult> OpenAsync(SmtpEnvelope envelope)
    {
        if (_announced is not null)
        {
            _announced = null;
            return ReadOpeningAsync(resetting: false);
        }

        if (!IsUsable)
        {
            return new(Failed(SmtpPhase.Mail, _wire.BrokenBecause()) with { ConnectionFault = true });
        }

        if (_wire.Buffered > 0)
        {
            return ReadUnaskedAsync();
        }

        if (!Capabilities.Pipelining)
        {
            return OpenStepwiseAsync(envelope);
        }

        var resetting = _needsReset;
        if (resetting)
        {
            Queue("RSET");
        }

        QueueMail(envelope);
        QueueRcpt(envelope);
        Queue("DATA");
        return WriteOpeningAsync(resetting);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpSendResult> WriteOpeningAsync(bool resetting)
    {
        _wire.StartPhase(_options.Timeouts.Mail);
        // A write that fails is looked into by the read: the server may have said 421 before it closed.
        await _wire.FlushAsync();
        return await ReadOpeningAsync(resetting);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpSendResult> ReadOpeningAsync(bool resetting)
    {
        _wire.StartPhase(_options.Timeouts.Mail);
        if (resetting && await ReadResetAsync() is { Outcome: not SmtpOutcome.None } lost)
        {
            return lost;
        }

        var refusal = Judge(await ReadAsync(), SmtpPhase.Mail);
        if (_broken)
        {
            return refusal;
        }

        _needsReset = refusal.Outcome == SmtpOutcome.None;
        _wire.StartPhase(_options.Timeouts.Rcpt);
        refusal = First(refusal, Judge(await ReadAsync(), SmtpPhase.Rcpt));
        if (_broken)
        {
            return refusal;
        }

        _wire.StartPhase(_options.Timeouts.Data);
        return JudgeData(refusal, await ReadAsync());
    }

    private async ValueTask<SmtpSendResult> OpenStepwiseAsync(SmtpEnvelope envelope)
    {
        _wire.StartPhase(_options.Timeouts.Mail);
        if (_needsReset)
        {
            Queue("RSET");
            await _wire.FlushAsync();
            if (await ReadResetAsync() is { Outcome: not SmtpOutcome.None } lost)
            {
                return lost;
            }
        }

        QueueMail(envelope);
        await _wire.FlushAsync();
        var refusal = Judge(await ReadAsync(), SmtpPhase.Mail);
        if (refusal.Outcome != SmtpOutcome.None)
        {
            return refusal;
        }

        _needsReset = true;
        _wire.StartPhase(_options.Timeouts.Rcpt);
        QueueRcpt(envelope);
        await _wire.FlushAsync();
        refusal = Judge(await ReadAsync(), SmtpPhase.Rcpt);
        if (refusal.Outcome != SmtpOutcome.None)
        {
            return refusal;
        }

        _wire.StartPhase(_options.Timeouts.Data);
        Queue("DATA");
        await _wire.FlushAsync();
        return JudgeData(default, await ReadAsync());
    }

    private async ValueTask<SmtpSendResult> ReadResetAsync()
    {
        var frame = await ReadAsync();
        if (frame.IsPositive)
        {
            _needsReset = false;
            return default;
        }

        var result = Judge(frame, SmtpPhase.Mail);
        _broken = true;
        return result with { ConnectionFault = true };
    }

    /// <summary>Octets that nobody asked for came before our command: a farewell, or a server out of step.</summary>
    private async ValueTask<SmtpSendResult> ReadUnaskedAsync()
    {
        _wire.StartPhase(_options.Timeouts.Mail);
        var frame = await ReadAsync();
        _broken = true;
        return frame.Code == 421
            ? Refused(SmtpPhase.Mail, frame) with
            {
                ConnectionFault = true,
            }
            : Failed(SmtpPhase.Mail, frame.Failure == SmtpFailureKind.None ? SmtpFailureKind.Protocol : frame.Failure) with
            {
                ConnectionFault = true,
            };
    }

    /// <summary>Turns the reply to MAIL or RCPT into an outcome; None when it is positive.</summary>
    private SmtpSendResult Judge(in SmtpFrame frame, SmtpPhase phase)
    {
        if (frame.IsPositive)
        {
            return default;
        }

        if (frame.Failure == SmtpFailureKind.None && frame.Code >= 400)
        {
            // A server that ends the session for its own reasons says so at the next MAIL or by 421 (RFC 5321 §3.8).
            _broken |= frame.Code == 421;
            var sessionEnds = frame.Code == 421 || (phase == SmtpPhase.Mail && frame.Code < 500);
            return Refused(phase, frame) with { ConnectionFault = _used && sessionEnds && phase <= SmtpPhase.Rcpt };
        }

        var kind = frame.Failure == SmtpFailureKind.None ? SmtpFailureKind.Protocol : frame.Failure;
        return Failed(phase, kind) with { ConnectionFault = _used && phase <= SmtpPhase.Rcpt && kind == SmtpFailureKind.Closed };
    }

    private SmtpSendResult JudgeData(in SmtpSendResult refusal, in SmtpFrame frame)
    {
        if (frame.Failure != SmtpFailureKind.None || frame.Code < 400 || frame.Code == 421)
        {
            _broken |= frame.Code != 354 || refusal.Outcome != SmtpOutcome.None;
            return frame.Code == 354 ? refusal
                : frame.Code == 421 ? First(refusal, Refused(SmtpPhase.Data, frame))
                : First(refusal, Failed(SmtpPhase.Data, frame.Failure == SmtpFailureKind.None ? SmtpFailureKind.Protocol : frame.Failure));
        }

        return First(refusal, Refused(SmtpPhase.Data, frame));
    }

    /// <summary>The text, its final dot and the announced envelope; None when all was written.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpSendResult> WriteTextAsync(
        SmtpEnvelope envelope,
        ReadOnlyMemory<byte> message,
        bool hasLeadingDot,
        SmtpEnvelope? next,
        ISmtpFinalDot? finalDot
    )
    {
        if (_wire.Buffered > 0)
        {
            // Nothing is owed between 354 and the dot: a refusal come early, or a server out of step.
            return await ReadEarlyRefusalAsync(SmtpFailureKind.Protocol);
        }

        _wire.StartPhase(_options.Timeouts.Body);
        _transcript?.Invoke(new SmtpTranscriptLine(false, $"[message, {message.Length} octets]"));
        if (message.Length > MaxCopiedText && !hasLeadingDot)
        {
            await _wire.WriteAsync(message);
        }
        else
        {
            await QueueTextAsync(message, hasLeadingDot);
        }

        _wire.Queue(message.Span.EndsWith("\r\n"u8) ? ".\r\n"u8 : "\r\n.\r\n"u8);
        _transcript?.Invoke(new SmtpTranscriptLine(false, "."));
        if (_wire.IsAborted || _wire.Failed != SmtpFailureKind.None)
        {
            return await ReadEarlyRefusalAsync(_wire.BrokenBecause());
        }

        if (finalDot is not null && !finalDot.MayFinish(envelope))
        {
            return Failed(SmtpPhase.Data, SmtpFailureKind.Withheld);
        }

        Announce(next);
        // From here on the message is in doubt. What a failing write means is found out by reading.
        await _wire.FlushAsync();
        return default;
    }

    private async ValueTask QueueTextAsync(ReadOnlyMemory<byte> message, bool hasLeadingDot)
    {
        if (!hasLeadingDot)
        {
            _wire.Queue(message.Span);
            return;
        }

        var atLineStart = true;
        while (true)
        {
            message = message[_wire.QueueStuffed(message.Span, MaxCopiedText, ref atLineStart)..];
            if (message.IsEmpty)
            {
                return;
            }

            await _wire.FlushAsync();
        }
    }

    /// <summary>The line broke before the dot, so nothing was delivered; the server may have said why.</summary>
    private async ValueTask<SmtpSendResult> ReadEarlyRefusalAsync(SmtpFailureKind broken)
    {
        _wire.StartPhase(_options.Timeouts.Quit);
        var frame = await ReadAsync();
        _broken = true;
        return frame.Failure == SmtpFailureKind.None && frame.Code >= 400 ? Refused(SmtpPhase.Data, frame) : Failed(SmtpPhase.Data, broken);
    }

    private void Announce(SmtpEnvelope? next)
    {
        if (next is null || !Capabilities.Pipelining || SmtpRefusals.Find(next, 0, Capabilities).Outcome != SmtpOutcome.None)
        {
            return;
        }

        QueueMail(next);
        QueueRcpt(next);
        Queue("DATA");
        _announced = next;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpSendResult> ReadDotReplyAsync()
    {
        _wire.StartPhase(_options.Timeouts.Dot);
        var frame = await ReadAsync();
        _needsReset = false;
        if (frame.IsPositive)
        {
            return new SmtpSendResult
            {
                Outcome = SmtpOutcome.Accepted,
                Phase = SmtpPhase.Dot,
                Reply = AcceptedReply(frame),
            };
        }

        if (frame.Failure == SmtpFailureKind.None && frame.Code >= 400)
        {
            _broken |= frame.Code == 421;
            return Refused(SmtpPhase.Dot, frame);
        }

        return Failed(SmtpPhase.Dot, frame.Failure == SmtpFailureKind.None ? SmtpFailureKind.Protocol : frame.Failure) with
        {
            InDoubt = true,
        };
    }

    /// <summary>Servers that do not name the message say the same each time; one object then serves all.</summary>
    private SmtpReply AcceptedReply(in SmtpFrame frame)
    {
        var bytes = _wire.Bytes(frame);
        if (_lastAccepted is null || !bytes.SequenceEqual(_lastAcceptedBytes))
        {
            _lastAccepted = _wire.Reply(frame);
            _lastAcceptedBytes = bytes.ToArray();
        }

        return _lastAccepted;
    }

    private ValueTask<SmtpFrame> ReadAsync() => _transcript is null ? _wire.ReadReplyAsync() : ReadAloudAsync(_transcript);

    private async ValueTask<SmtpFrame> ReadAloudAsync(Action<SmtpTranscriptLine> transcript)
    {
        var frame = await _wire.ReadReplyAsync();
        if (frame.Failure == SmtpFailureKind.None)
        {
            SmtpTranscripts.Say(transcript, _wire.Reply(frame));
        }

        return frame;
    }

    private void QueueMail(SmtpEnvelope envelope)
    {
        var start = _wire.Queued;
        _wire.Queue("MAIL FROM:<"u8);
        _wire.Queue(envelope.MailFrom);
        _wire.Queue(">"u8);
        if (Capabilities.Size && envelope.Size > 0)
        {
            _wire.Queue(" SIZE="u8);
            _wire.Queue(envelope.Size);
        }

        _wire.Queue(envelope.Is8Bit ? " BODY=8BITMIME"u8 : default);
        _wire.Queue(envelope.RequiresSmtpUtf8 ? " SMTPUTF8"u8 : default);
        EndLine(start);
    }

    private void QueueRcpt(SmtpEnvelope envelope)
    {
        var start = _wire.Queued;
        _wire.Queue("RCPT TO:<"u8);
        _wire.Queue(envelope.RcptTo);
        _wire.Queue(">"u8);
        EndLine(start);
    }

    private void Queue(string command)
    {
        var start = _wire.Queued;
        _wire.Queue(command);
        EndLine(start);
    }

    private void EndLine(int start)
    {
        _transcript?.Invoke(new SmtpTranscriptLine(false, Encoding.UTF8.GetString(_wire.QueuedFrom(start))));
        _wire.Queue("\r\n"u8);
    }

    private static SmtpSendResult First(in SmtpSendResult refusal, in SmtpSendResult later) =>
        refusal.Outcome != SmtpOutcome.None ? refusal : later;

    private SmtpSendResult Refused(SmtpPhase phase, in SmtpFrame frame) =>
        new()
        {
            Outcome = SmtpOutcome.Refused,
            Phase = phase,
            Reply = _wire.Reply(frame),
        };

    private SmtpSendResult Failed(SmtpPhase phase, SmtpFailureKind kind)
    {
        _broken = true;
        return new SmtpSendResult
        {
            Outcome = SmtpOutcome.Failed,
            Phase = phase,
            Failure = kind,
            Text = SmtpTranscripts.Explain($"{phase} to {_options.Host}:{_options.Port}", kind),
        };
    }

    private CancellationTokenRegistration Register(CancellationToken ct) =>
        ct.CanBeCanceled ? ct.UnsafeRegister(static wire => ((SmtpWire)wire!).Abort(SmtpFailureKind.Cancelled), _wire) : default;

    private void Enter(SmtpEnvelope? envelope)
    {
        if (_announced is not null && !ReferenceEquals(_announced, envelope))
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
        _wire.EndPhase();
        _used = true;
        _broken |= !orderly;
        if (_broken)
        {
            _announced = null;
            _wire.Abort(SmtpFailureKind.Closed);
        }

        Volatile.Write(ref _busy, 0);
    }
}
