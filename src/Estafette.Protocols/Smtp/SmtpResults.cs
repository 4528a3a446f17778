using System.Diagnostics.CodeAnalysis;

namespace Estafette.Protocols.Smtp;

/// <summary>Step of the dialogue that an outcome belongs to; it decides who is to blame.</summary>
public enum SmtpPhase
{
    /// <summary>Look-up of the server's name.</summary>
    Dns,

    /// <summary>TCP connection.</summary>
    Connect,

    /// <summary>Greeting (RFC 5321 §3.1).</summary>
    Banner,

    /// <summary>EHLO or HELO (RFC 5321 §3.2).</summary>
    Ehlo,

    /// <summary>STARTTLS and every TLS handshake (RFC 3207).</summary>
    StartTls,

    /// <summary>AUTH (RFC 4954).</summary>
    Auth,

    /// <summary>MAIL (RFC 5321 §3.3).</summary>
    Mail,

    /// <summary>RCPT (RFC 5321 §3.3).</summary>
    Rcpt,

    /// <summary>DATA up to the octet before the final dot (RFC 5321 §3.3).</summary>
    Data,

    /// <summary>The final dot and its reply (RFC 5321 §4.1.1.4).</summary>
    Dot,

    /// <summary>QUIT, and RSET or NOOP between messages.</summary>
    Quit,
}

/// <summary>Why a step ended without the answer it needed.</summary>
public enum SmtpFailureKind
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>The server answered 4yz or 5yz; the reply is there.</summary>
    Refused,

    /// <summary>The deadline of the phase passed.</summary>
    Timeout,

    /// <summary>The server closed or reset the connection.</summary>
    Closed,

    /// <summary>No address, no route, or the port refused the connection.</summary>
    Unreachable,

    /// <summary>The server's octets are no SMTP reply, or not one that may stand here.</summary>
    Protocol,

    /// <summary>TLS is missing, its handshake failed or the certificate is not trusted.</summary>
    Tls,

    /// <summary>Our own settings forbid it: address guard, plain-text AUTH, EHLO name.</summary>
    Policy,

    /// <summary>The caller cancelled.</summary>
    Cancelled,

    /// <summary>The caller's <see cref="ISmtpFinalDot"/> withheld the message.</summary>
    Withheld,
}

/// <summary>A connection or a session command that did not succeed.</summary>
/// <param name="Phase">Step that failed.</param>
/// <param name="Kind">Why.</param>
/// <param name="Text">What was being done, to what, and what to do about it.</param>
/// <param name="Reply">The server's reply when it gave one.</param>
public sealed record SmtpFailure(SmtpPhase Phase, SmtpFailureKind Kind, string Text, SmtpReply? Reply = null);

/// <summary>A ready connection, or why there is none.</summary>
public readonly struct SmtpConnectResult
{
    internal SmtpConnectResult(SmtpConnection connection) => Connection = connection;

    internal SmtpConnectResult(SmtpFailure failure) => Failure = failure;

    /// <summary>The connection, ready for its first message; null when <see cref="Failure"/> is set.</summary>
    public SmtpConnection? Connection { get; }

    /// <summary>Why there is no connection; null when there is one.</summary>
    public SmtpFailure? Failure { get; }

    /// <summary>True when there is a connection.</summary>
    [MemberNotNullWhen(true, nameof(Connection))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool Succeeded => Connection is not null;
}

/// <summary>What became of a message.</summary>
public enum SmtpOutcome
{
    /// <summary>Not decided; never returned.</summary>
    None,

    /// <summary>The server took responsibility for it (RFC 5321 §6.1).</summary>
    Accepted,

    /// <summary>A definite no with a reply, 4yz or 5yz; the message was not taken.</summary>
    Refused,

    /// <summary>No definite answer; see <see cref="SmtpSendResult.InDoubt"/>.</summary>
    Failed,
}

/// <summary>Outcome of one message, with the phase and the raw reply.</summary>
public readonly record struct SmtpSendResult
{
    /// <summary>What became of the message.</summary>
    public SmtpOutcome Outcome { get; init; }

    /// <summary>Phase that decided.</summary>
    public SmtpPhase Phase { get; init; }

    /// <summary>Why there is no answer, when <see cref="Outcome"/> is Failed.</summary>
    public SmtpFailureKind Failure { get; init; }

    /// <summary>The deciding reply; always there when accepted or refused.</summary>
    public SmtpReply? Reply { get; init; }

    /// <summary>The failure in words; null when there is a reply of the server.</summary>
    public string? Text { get; init; }

    /// <summary>The final dot may have been sent and its reply was not completely read: the server may or may not have the message (RFC 1047).</summary>
    public bool InDoubt { get; init; }

    /// <summary>A reused connection broke or was refused before RCPT was answered: connect anew once, in the same attempt.</summary>
    public bool ConnectionFault { get; init; }

    /// <summary>The refusal is ours, found before the server was asked; <see cref="Reply"/> was made here.</summary>
    public bool IsLocal { get; init; }

    /// <summary>This outcome, or the later one when this step decided nothing.</summary>
    internal SmtpSendResult Or(in SmtpSendResult later) => Outcome != SmtpOutcome.None ? this : later;
}

/// <summary>One line of a dialogue, fit to be shown: credentials are masked and message text is left out.</summary>
/// <param name="FromServer">True for the server's lines, false for ours.</param>
/// <param name="Text">The line without its line end.</param>
public readonly record struct SmtpTranscriptLine(bool FromServer, string Text)
{
    /// <summary>The usual form, <c>S: 220 ready</c> or <c>C: EHLO x</c>.</summary>
    public override string ToString() => (FromServer ? "S: " : "C: ") + Text;
}
