using Estafette.Protocols.Smtp;

namespace Estafette.Core.Channels.Smtp;

/// <summary>Turns the phase and reply of a try into an outcome and whose fault it is (the table of ADR 0016).</summary>
internal static class SmtpJudgement
{
    private const int MaxText = 1000;

    /// <summary>There was no connection to send on.</summary>
    public static SendResult Judge(SmtpFailure failure) =>
        new()
        {
            Outcome = AttemptOutcome.Unreachable,
            Blame = IsOurs(failure) ? Blame.Configuration : Blame.Server,
            Phase = Phase(failure.Phase),
            Code = failure.Reply?.Code,
            Enhanced = failure.Reply?.EnhancedStatus?.ToString(),
            Text = Cut(failure.Text),
            RetryAfter = failure.Reply is { } reply ? RetryAfterText.Find(reply.Text) : null,
        };

    /// <summary>A message was tried.</summary>
    public static SendResult Judge(in SmtpSendResult result)
    {
        if (result.Failure == SmtpFailureKind.Withheld)
            return SendResult.NotStarted;
        var (outcome, blame) = result switch
        {
            { Outcome: SmtpOutcome.Accepted } => (AttemptOutcome.Accepted, Blame.None),
            { InDoubt: true } => (AttemptOutcome.InDoubt, Blame.None),
            { Outcome: SmtpOutcome.Refused, Reply: { } refusal } => Blamed(result.Phase, refusal),
            _ => (AttemptOutcome.Unreachable, Blame.Server),
        };
        return new SendResult
        {
            Outcome = outcome,
            Blame = blame,
            Phase = Phase(result.Phase),
            Code = result.Reply?.Code,
            Enhanced = result.Reply?.EnhancedStatus?.ToString(),
            Text = Cut(result.Reply?.Text ?? result.Text ?? ""),
            RetryAfter = outcome == AttemptOutcome.Deferred && result.Reply is { } reply ? RetryAfterText.Find(reply.Text) : null,
        };
    }

    private static (AttemptOutcome, Blame) Blamed(SmtpPhase phase, SmtpReply reply) =>
        (phase, reply.Code) switch
        {
            // The server is going away, whatever it was asked (RFC 5321 §3.8).
            (_, 421) => (AttemptOutcome.Deferred, Blame.Server),
            (SmtpPhase.Mail, < 500) => (AttemptOutcome.Deferred, Blame.Server),
            (_, < 500) => (AttemptOutcome.Deferred, Blame.Destination),
            // "Authentication required", "mechanism too weak", "encryption required" (RFC 4954 §6).
            (_, 530 or 534 or 535 or 538) => (AttemptOutcome.Rejected, Blame.Configuration),
            (SmtpPhase.Mail, _) => (AttemptOutcome.Rejected, IsAboutMessage(reply) ? Blame.Message : Blame.Configuration),
            // Not the recipient's word: this relay does not relay for us.
            (SmtpPhase.Rcpt, _) when IsRelayDenied(reply) => (AttemptOutcome.Rejected, Blame.Server),
            _ => (AttemptOutcome.Rejected, Blame.Message),
        };

    // Size, SMTPUTF8, 8BITMIME and other matters of content (RFC 3463 §3.4, §3.7), although MAIL was asked.
    private static bool IsAboutMessage(SmtpReply reply) =>
        reply.Code == 552 || reply.EnhancedStatus is { Subject: 6 } or { Subject: 3, Detail: 4 } or { Subject: 2, Detail: 3 };

    private static bool IsRelayDenied(SmtpReply reply) =>
        reply.Code is 550 or 551 or 553 or 554
        && reply.EnhancedStatus is null or { Subject: 7 }
        && (
            reply.Text.Contains("relay access denied", StringComparison.OrdinalIgnoreCase)
            || reply.Text.Contains("unable to relay", StringComparison.OrdinalIgnoreCase)
            || reply.Text.Contains("not permitted to relay", StringComparison.OrdinalIgnoreCase)
            || reply.Text.Contains("relaying denied", StringComparison.OrdinalIgnoreCase)
            || reply.Text.Contains("relay not permitted", StringComparison.OrdinalIgnoreCase)
        );

    // What only a change of the settings can mend: refused credentials, no mechanism in common, an address that may not be used. A 4yz at
    // AUTH is the server's passing trouble (RFC 4954 §6: 454).
    private static bool IsOurs(SmtpFailure failure) =>
        failure.Kind == SmtpFailureKind.Policy || failure is { Phase: SmtpPhase.Auth, Reply.IsPermanent: true };

    private static SendPhase Phase(SmtpPhase phase) =>
        phase switch
        {
            SmtpPhase.Dns => SendPhase.Dns,
            SmtpPhase.Connect => SendPhase.Connect,
            SmtpPhase.Banner => SendPhase.Banner,
            SmtpPhase.Ehlo => SendPhase.Ehlo,
            SmtpPhase.StartTls => SendPhase.StartTls,
            SmtpPhase.Auth => SendPhase.Auth,
            SmtpPhase.Mail => SendPhase.Mail,
            SmtpPhase.Rcpt => SendPhase.Rcpt,
            SmtpPhase.Data => SendPhase.Data,
            SmtpPhase.Dot => SendPhase.Dot,
            _ => SendPhase.None,
        };

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..MaxText];
}
