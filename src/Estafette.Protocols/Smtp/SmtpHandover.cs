using System.Runtime.CompilerServices;

namespace Estafette.Protocols.Smtp;

/// <summary>The second half of a mail transaction: the text, its final dot and the server's word on the message (RFC 5321 §4.1.1.4).</summary>
internal sealed class SmtpHandover(SmtpSession session)
{
    // Up to here text is copied behind its commands so that it leaves in one write; above, it is written from where it lies.
    private const int MaxCopiedText = 48 * 1024;

    private readonly SmtpWire _wire = session.Wire;
    private readonly SmtpDialogue _dialogue = session.Dialogue;
    private SmtpReply? _lastAccepted;
    private byte[] _lastAcceptedBytes = [];

    /// <summary>The text, its final dot and the announced envelope; None when all was written.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpSendResult> WriteAsync(
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

        _wire.StartPhase(session.Timeouts.Body);
        _dialogue.NoteText(message.Length);
        if (message.Length > MaxCopiedText && !hasLeadingDot)
        {
            await _wire.WriteAsync(message);
        }
        else
        {
            await QueueTextAsync(message, hasLeadingDot);
        }

        _wire.Queue(message.Span.EndsWith("\r\n"u8) ? ".\r\n"u8 : "\r\n.\r\n"u8);
        _dialogue.NoteDot();
        if (_wire.IsAborted || _wire.Failed != SmtpFailureKind.None)
        {
            return await ReadEarlyRefusalAsync(_wire.BrokenBecause());
        }

        if (finalDot is not null && !finalDot.MayFinish(envelope))
        {
            return session.Failed(SmtpPhase.Data, SmtpFailureKind.Withheld);
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
        _wire.StartPhase(session.Timeouts.Quit);
        var frame = await _dialogue.ReadAsync();
        session.IsBroken = true;
        return frame.Failure == SmtpFailureKind.None && frame.Code >= 400
            ? session.Refused(SmtpPhase.Data, frame)
            : session.Failed(SmtpPhase.Data, broken);
    }

    private void Announce(SmtpEnvelope? next)
    {
        if (
            next is null
            || !session.Capabilities.Pipelining
            || SmtpRefusals.Find(next, 0, session.Capabilities).Outcome != SmtpOutcome.None
        )
        {
            return;
        }

        _dialogue.QueueMail(next);
        _dialogue.QueueRcpt(next);
        _dialogue.Queue("DATA");
        session.Announced = next;
    }

    /// <summary>The server's word on the message: accepted, refused, or nothing definite and then in doubt.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpSendResult> ReadReplyAsync()
    {
        _wire.StartPhase(session.Timeouts.Dot);
        var frame = await _dialogue.ReadAsync();
        session.NeedsReset = false;
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
            session.IsBroken |= frame.Code == 421;
            return session.Refused(SmtpPhase.Dot, frame);
        }

        return session.Failed(SmtpPhase.Dot, frame.Failure == SmtpFailureKind.None ? SmtpFailureKind.Protocol : frame.Failure) with
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
}
