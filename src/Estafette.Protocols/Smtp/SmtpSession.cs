namespace Estafette.Protocols.Smtp;

/// <summary>What is known of a session between its messages: what the server offered, what it is owed, and whether it may be used again.</summary>
internal sealed class SmtpSession(
    SmtpClientOptions options,
    SmtpWire wire,
    SmtpCapabilities capabilities,
    Action<SmtpTranscriptLine>? transcript
)
{
    public SmtpWire Wire { get; } = wire;

    public SmtpDialogue Dialogue { get; } = new(wire, capabilities, transcript);

    public SmtpCapabilities Capabilities { get; } = capabilities;

    public SmtpTimeouts Timeouts { get; } = options.Timeouts;

    /// <summary>The envelope whose commands left with the dot of the message before; null when there is none.</summary>
    public SmtpEnvelope? Announced { get; set; }

    /// <summary>A transaction was left open, so RSET precedes the next MAIL.</summary>
    public bool NeedsReset { get; set; }

    /// <summary>An operation has ended here, so a break may come from the idle time since.</summary>
    public bool IsReused { get; private set; }

    /// <summary>Nothing may be sent here any more.</summary>
    public bool IsBroken { get; set; }

    public bool IsUsable => !IsBroken && !Wire.IsAborted;

    /// <summary>Ends an operation; one that did not end in order takes the connection with it.</summary>
    public void EndOperation(bool orderly)
    {
        Wire.EndPhase();
        IsReused = true;
        IsBroken |= !orderly;
        if (IsBroken)
        {
            Announced = null;
            Wire.Abort(SmtpFailureKind.Closed);
        }
    }

    /// <summary>The outcome of a message that the server refused.</summary>
    public SmtpSendResult Refused(SmtpPhase phase, in SmtpFrame frame) =>
        new()
        {
            Outcome = SmtpOutcome.Refused,
            Phase = phase,
            Reply = Wire.Reply(frame),
        };

    /// <summary>The outcome of a message without a definite answer; the session ends with it.</summary>
    public SmtpSendResult Failed(SmtpPhase phase, SmtpFailureKind kind)
    {
        IsBroken = true;
        return new SmtpSendResult
        {
            Outcome = SmtpOutcome.Failed,
            Phase = phase,
            Failure = kind,
            Text = Explain($"{phase}", kind),
        };
    }

    /// <summary>The failure of a command between messages.</summary>
    public SmtpFailure CommandFailed(string command, SmtpFailureKind kind) => new(SmtpPhase.Quit, kind, Explain(command, kind));

    /// <summary>The refusal of a command between messages.</summary>
    public SmtpFailure CommandRefused(string command, in SmtpFrame frame)
    {
        var reply = Wire.Reply(frame);
        return new(SmtpPhase.Quit, SmtpFailureKind.Refused, $"{command} to {options.Host}:{options.Port}: refused with {reply}", reply);
    }

    private string Explain(string step, SmtpFailureKind kind) => SmtpTranscripts.Explain($"{step} to {options.Host}:{options.Port}", kind);
}
