using System.Text.RegularExpressions;
using Estafette.Core.Channels;

namespace Estafette.Core.Delivery.Rules;

/// <summary>What a failed attempt is about, for figures, retries and suppression. Values are stored: never renumber.</summary>
public enum FailureCause : short
{
    Other = 0,

    /// <summary>No such mailbox, or disabled.</summary>
    UnknownRecipient = 1,

    /// <summary>The domain does not exist or takes no mail.</summary>
    BadDomain = 2,
    MailboxFull = 3,
    MessageTooLarge = 4,

    /// <summary>Content, spam or virus.</summary>
    Content = 5,

    /// <summary>Block list, reputation, policy, missing authentication.</summary>
    Policy = 6,

    /// <summary>Greylisting, rate, too many connections.</summary>
    Rate = 7,

    /// <summary>DNS, connect, timeout, broken connection.</summary>
    Network = 8,
    Tls = 9,

    /// <summary>The server refused our credentials or our sender.</summary>
    Credentials = 10,

    /// <summary>The message could not be rendered for this recipient.</summary>
    Rendering = 11,

    /// <summary>The answer never came.</summary>
    InDoubt = 12,

    /// <summary>The provider is out of order or out of quota.</summary>
    Provider = 13,
}

/// <summary>Classifies an attempt: words of greylisting and rates first, since they come with any status, then the enhanced status (RFC 3463), then other
/// words, then the code (delivery rules in ADR 0016).</summary>
internal static partial class FailureCauses
{
    public static FailureCause Of(SendResult result) =>
        result switch
        {
            { Outcome: AttemptOutcome.InDoubt } => FailureCause.InDoubt,
            { Phase: SendPhase.Render } => FailureCause.Rendering,
            { Phase: SendPhase.StartTls } => FailureCause.Tls,
            { Blame: Blame.Configuration } => FailureCause.Credentials,
            { Outcome: AttemptOutcome.Unreachable, Code: null } => FailureCause.Network,
            { Outcome: AttemptOutcome.Deferred } when GreylistWords().IsMatch(result.Text) => FailureCause.Rate,
            { Enhanced: { } status } when FromStatus(status) is { } cause => cause,
            _ when FromWords(result.Text) is { } cause => cause,
            { Enhanced: { } policy } when policy.Split('.') is [_, "7", _] => FailureCause.Policy,
            { Phase: SendPhase.Rcpt, Code: 550 or 551 or 553, Enhanced: null } => FailureCause.UnknownRecipient,
            { Code: 552 } => FailureCause.MailboxFull,
            { Code: 421 or 429 } => FailureCause.Rate,
            { Blame: Blame.Server } => FailureCause.Provider,
            _ => FailureCause.Other,
        };

    /// <summary>A permanent answer of these causes says that the address does not exist: it is suppressed at once.</summary>
    public static bool IsHardBounce(FailureCause cause) => cause is FailureCause.UnknownRecipient or FailureCause.BadDomain;

    private static FailureCause? FromStatus(string status) =>
        status.Split('.') is not [_, var subject, var detail]
            ? null
            : (subject, detail) switch
            {
                ("1", "2" or "10") => FailureCause.BadDomain,
                ("1", "1" or "3" or "6") => FailureCause.UnknownRecipient,
                // "Bad sender's mailbox or system address": about us, never about the recipient.
                ("1", "7" or "8") => FailureCause.Policy,
                ("2", "1") => FailureCause.UnknownRecipient,
                ("2", "2") => FailureCause.MailboxFull,
                ("2", "3") or ("3", "4") => FailureCause.MessageTooLarge,
                ("4", "7") => FailureCause.Network,
                ("4", _) => FailureCause.Network,
                ("6", _) => FailureCause.Content,
                ("7", "0") => null,
                ("7", _) => FailureCause.Policy,
                _ => null,
            };

    private static FailureCause? FromWords(string text) =>
        GreylistWords().IsMatch(text) ? FailureCause.Rate
        : PolicyWords().IsMatch(text) ? FailureCause.Policy
        : ContentWords().IsMatch(text) ? FailureCause.Content
        : FullWords().IsMatch(text) ? FailureCause.MailboxFull
        : UnknownWords().IsMatch(text) ? FailureCause.UnknownRecipient
        : null;

    [GeneratedRegex(
        @"gr[ae]y-?\s?list|too many (connections|messages|recipients|concurrent)|too quickly|at a rate|rate[- ]limit|throttl|try again (later|in)",
        Options
    )]
    private static partial Regex GreylistWords();

    [GeneratedRegex(
        @"block ?list|black ?list|spamhaus|reputation|reverse dns|\bptr\b|dmarc|\bspf\b|dkim|policy|relay|prohibit|access denied|sender address|sender rejected",
        Options
    )]
    private static partial Regex PolicyWords();

    [GeneratedRegex(@"\bspam\b|virus|malware|content rejected", Options)]
    private static partial Regex ContentWords();

    [GeneratedRegex(@"mailbox (is )?full|over quota|quota exceeded|insufficient storage", Options)]
    private static partial Regex FullWords();

    [GeneratedRegex(
        @"user unknown|unknown user|no such (user|mailbox|recipient)|does not exist|mailbox unavailable|invalid recipient",
        Options
    )]
    private static partial Regex UnknownWords();

    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;
}
