using System.Runtime.CompilerServices;

namespace Estafette.Protocols.Smtp;

/// <summary>The first half of a mail transaction: MAIL, RCPT and DATA until the server asks for the text (RFC 5321 §3.3).</summary>
internal sealed class SmtpOpening(SmtpSession session)
{
    private readonly SmtpWire _wire = session.Wire;
    private readonly SmtpDialogue _dialogue = session.Dialogue;

    /// <summary>Sends what was not announced before and reads the replies up to 354; None when the text may follow.</summary>
    public ValueTask<SmtpSendResult> RunAsync(SmtpEnvelope envelope)
    {
        if (session.Announced is not null)
        {
            session.Announced = null;
            return ReadAsync(resetting: false);
        }

        if (!session.IsUsable)
        {
            return new(session.Failed(SmtpPhase.Mail, _wire.BrokenBecause()) with { ConnectionFault = true });
        }

        if (_wire.Buffered > 0)
        {
            return ReadUnaskedAsync();
        }

        if (!session.Capabilities.Pipelining)
        {
            return RunStepwiseAsync(envelope);
        }

        var resetting = session.NeedsReset;
        if (resetting)
        {
            _dialogue.Queue("RSET");
        }

        _dialogue.QueueMail(envelope);
        _dialogue.QueueRcpt(envelope);
        _dialogue.Queue("DATA");
        return WriteAsync(resetting);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpSendResult> WriteAsync(bool resetting)
    {
        _wire.StartPhase(session.Timeouts.Mail);
        // A write that fails is looked into by the read: the server may have said 421 before it closed.
        await _wire.FlushAsync();
        return await ReadAsync(resetting);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpSendResult> ReadAsync(bool resetting)
    {
        _wire.StartPhase(session.Timeouts.Mail);
        if (resetting && await ReadResetAsync() is { Outcome: not SmtpOutcome.None } lost)
        {
            return lost;
        }

        var refusal = Judge(await _dialogue.ReadAsync(), SmtpPhase.Mail);
        if (session.IsBroken)
        {
            return refusal;
        }

        session.NeedsReset = refusal.Outcome == SmtpOutcome.None;
        _wire.StartPhase(session.Timeouts.Rcpt);
        refusal = refusal.Or(Judge(await _dialogue.ReadAsync(), SmtpPhase.Rcpt));
        if (session.IsBroken)
        {
            return refusal;
        }

        _wire.StartPhase(session.Timeouts.Data);
        return JudgeData(refusal, await _dialogue.ReadAsync());
    }

    private async ValueTask<SmtpSendResult> RunStepwiseAsync(SmtpEnvelope envelope)
    {
        _wire.StartPhase(session.Timeouts.Mail);
        if (session.NeedsReset)
        {
            _dialogue.Queue("RSET");
            await _wire.FlushAsync();
            if (await ReadResetAsync() is { Outcome: not SmtpOutcome.None } lost)
            {
                return lost;
            }
        }

        _dialogue.QueueMail(envelope);
        await _wire.FlushAsync();
        var refusal = Judge(await _dialogue.ReadAsync(), SmtpPhase.Mail);
        if (refusal.Outcome != SmtpOutcome.None)
        {
            return refusal;
        }

        session.NeedsReset = true;
        _wire.StartPhase(session.Timeouts.Rcpt);
        _dialogue.QueueRcpt(envelope);
        await _wire.FlushAsync();
        refusal = Judge(await _dialogue.ReadAsync(), SmtpPhase.Rcpt);
        if (refusal.Outcome != SmtpOutcome.None)
        {
            return refusal;
        }

        _wire.StartPhase(session.Timeouts.Data);
        _dialogue.Queue("DATA");
        await _wire.FlushAsync();
        return JudgeData(default, await _dialogue.ReadAsync());
    }

    private async ValueTask<SmtpSendResult> ReadResetAsync()
    {
        var frame = await _dialogue.ReadAsync();
        if (frame.IsPositive)
        {
            session.NeedsReset = false;
            return default;
        }

        var result = Judge(frame, SmtpPhase.Mail);
        session.IsBroken = true;
        return result with { ConnectionFault = true };
    }

    /// <summary>Octets that nobody asked for came before our command: a farewell, or a server out of step.</summary>
    private async ValueTask<SmtpSendResult> ReadUnaskedAsync()
    {
        _wire.StartPhase(session.Timeouts.Mail);
        var frame = await _dialogue.ReadAsync();
        session.IsBroken = true;
        return frame.Code == 421
            ? session.Refused(SmtpPhase.Mail, frame) with
            {
                ConnectionFault = true,
            }
            : session.Failed(SmtpPhase.Mail, frame.Failure == SmtpFailureKind.None ? SmtpFailureKind.Protocol : frame.Failure) with
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
            session.IsBroken |= frame.Code == 421;
            var sessionEnds = frame.Code == 421 || (phase == SmtpPhase.Mail && frame.Code < 500);
            return session.Refused(phase, frame) with { ConnectionFault = session.IsReused && sessionEnds && phase <= SmtpPhase.Rcpt };
        }

        var kind = frame.Failure == SmtpFailureKind.None ? SmtpFailureKind.Protocol : frame.Failure;
        return session.Failed(phase, kind) with
        {
            ConnectionFault = session.IsReused && phase <= SmtpPhase.Rcpt && kind == SmtpFailureKind.Closed,
        };
    }

    private SmtpSendResult JudgeData(in SmtpSendResult refusal, in SmtpFrame frame)
    {
        if (frame.Failure != SmtpFailureKind.None || frame.Code < 400 || frame.Code == 421)
        {
            session.IsBroken |= frame.Code != 354 || refusal.Outcome != SmtpOutcome.None;
            return frame.Code == 354 ? refusal
                : frame.Code == 421 ? refusal.Or(session.Refused(SmtpPhase.Data, frame))
                : refusal.Or(
                    session.Failed(SmtpPhase.Data, frame.Failure == SmtpFailureKind.None ? SmtpFailureKind.Protocol : frame.Failure)
                );
        }

        return refusal.Or(session.Refused(SmtpPhase.Data, frame));
    }
}
