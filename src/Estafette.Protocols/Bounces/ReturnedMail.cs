namespace Estafette.Protocols.Bounces;

/// <summary>What is known about a message that came back. Every text in it is hostile: encode it before showing it.</summary>
public sealed record ReturnedMail
{
    /// <summary>What it is.</summary>
    public required ReturnedKind Kind { get; init; }

    /// <summary>One entry for each recipient the message speaks about, at most <see cref="ReturnedMessage.MaxRecipients"/>.</summary>
    /// <remarks>For a complaint and an opt-out: the person. Empty for <see cref="ReturnedKind.None"/> and <see cref="ReturnedKind.AutoReply"/>.</remarks>
    public IReadOnlyList<ReturnedRecipient> Recipients { get; init; } = [];

    /// <summary>Addresses of ours the message came to (To, Delivered-To, X-Original-To, Received "for"), as written, most trusted first.</summary>
    public IReadOnlyList<string> ReturnAddresses { get; init; } = [];

    /// <summary>Local parts of <see cref="ReturnAddresses"/> and of the return path of the original: where a VERP token stands.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>Envelope id we gave at MAIL FROM (RFC 3461 §4.4), xtext undone; null when the report names none.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>Address in From of the returned mail, or null.</summary>
    public string? From { get; init; }

    /// <summary>Subject of the returned mail, decoded.</summary>
    public string? Subject { get; init; }

    /// <summary>Message id it answers, without brackets.</summary>
    public string? InReplyTo { get; init; }

    /// <summary>Message ids of References, without brackets, at most 50.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>What could be read of our message inside the report.</summary>
    public ReturnedOriginal Original { get; init; } = ReturnedOriginal.Nothing;

    /// <summary>Envelope sender the report names (Original-Mail-From, X-Postfix-Sender and the like), or null.</summary>
    public string? OriginalSender { get; init; }

    /// <summary>Host that wrote the report, or null.</summary>
    public string? ReportingMta { get; init; }

    /// <summary>When the reporting host took our message, or null.</summary>
    public DateTimeOffset? ArrivalDate { get; init; }

    /// <summary>Type of a feedback report in lower case (RFC 5965 §3.1), or null.</summary>
    public string? FeedbackType { get; init; }

    /// <summary>Sending address a feedback report names, or null.</summary>
    public string? SourceIp { get; init; }

    /// <summary>Format or product that was recognised: <c>dsn</c>, <c>arf</c>, <c>qmail</c>, ...; null when none was.</summary>
    public string? Format { get; init; }
}

/// <summary>What a report says about one recipient.</summary>
public sealed record ReturnedRecipient
{
    /// <summary>The address we wrote to (Original-Recipient before Final-Recipient); null when it is hidden or not told.</summary>
    public string? Address { get; init; }

    /// <summary>The address that failed in the end, when a forward made it another one.</summary>
    public string? FinalAddress { get; init; }

    /// <summary>Whose fault it is.</summary>
    public BounceClass Class { get; init; }

    /// <summary>Enhanced status such as <c>5.1.1</c>, or null.</summary>
    public string? Status { get; init; }

    /// <summary>SMTP code, or null.</summary>
    public int? Code { get; init; }

    /// <summary>Why; null when nothing was refused.</summary>
    public BounceReason? Reason { get; init; }

    /// <summary>What to do.</summary>
    public BounceAction Action { get; init; }

    /// <summary>Host that refused, or null.</summary>
    public string? RemoteMta { get; init; }

    /// <summary>What the report says, at most 2,000 characters.</summary>
    public string Diagnostic { get; init; } = "";

    /// <summary>Which rule decided, for the journal; null when none did.</summary>
    public string? Rule { get; init; }
}

/// <summary>Our message as far as a report gives it back.</summary>
public sealed record ReturnedOriginal
{
    internal static readonly ReturnedOriginal Nothing = new();

    /// <summary>Message-ID without brackets.</summary>
    public string? MessageId { get; init; }

    /// <summary>Address in From.</summary>
    public string? From { get; init; }

    /// <summary>Addresses in To.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>Return-Path.</summary>
    public string? ReturnPath { get; init; }

    /// <summary>Subject, decoded.</summary>
    public string? Subject { get; init; }

    /// <summary>Feedback-ID as written.</summary>
    public string? FeedbackId { get; init; }

    /// <summary>List-Unsubscribe as written.</summary>
    public string? ListUnsubscribe { get; init; }

    /// <summary>Fields whose name begins with X-, in their order, at most 100.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ExtraFields { get; init; } = [];
}

/// <summary>What a refusal means.</summary>
/// <param name="Class">Whose fault.</param>
/// <param name="Reason">Why.</param>
/// <param name="Action">What to do.</param>
/// <param name="Code">SMTP code, given or found in the text.</param>
/// <param name="Status">Enhanced status, given or found in the text.</param>
/// <param name="Rule">Which rule decided, for the journal.</param>
public readonly record struct ReplyVerdict(
    BounceClass Class,
    BounceReason Reason,
    BounceAction Action,
    int? Code,
    string? Status,
    string Rule
);
