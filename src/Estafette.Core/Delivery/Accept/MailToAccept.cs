using Estafette.Core.Platform;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Accept;

/// <summary>A mail that a program hands over, read and checked: what it says, and to whom. Nothing in it is read as a template unless it says so.</summary>
public sealed record MailToAccept
{
    public required CustomerId Customer { get; init; }

    /// <summary>Who called: "key:12".</summary>
    public required string Application { get; init; }
    public required DisplayMailbox From { get; init; }
    public IReadOnlyList<DisplayMailbox> ReplyTo { get; init; } = [];
    public required MailText Text { get; init; }

    /// <summary>One or more, each a message to one or more people.</summary>
    public required IReadOnlyList<MailLetter> Letters { get; init; }
    public IReadOnlyList<MailFile> Files { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Its categories say that it advertises: opt-outs hold it back.</summary>
    public bool IsMarketing { get; init; }

    /// <summary>The caller's word by which a repeated call is known; null: none.</summary>
    public CallKey? Key { get; init; }
}

/// <summary>What a mail says.</summary>
/// <param name="Subject">One line.</param>
/// <param name="Html">Null: text only.</param>
/// <param name="Plain">Null: html only.</param>
public sealed record MailText(string Subject, string? Html, string? Plain)
{
    /// <summary>It is written in the merge language; else its author's characters go out as they are.</summary>
    public bool IsTemplate { get; init; }
    public string? Preheader { get; init; }

    /// <summary>Tags that stand for values where this is no template.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
    public bool TracksOpens { get; init; }
    public bool TracksClicks { get; init; }
}

/// <summary>One message of a mail and the people it goes to, each with a delivery of their own.</summary>
public sealed record MailLetter
{
    public required IReadOnlyList<DisplayMailbox> To { get; init; }
    public IReadOnlyList<DisplayMailbox> Cc { get; init; } = [];

    /// <summary>In no header field.</summary>
    public IReadOnlyList<DisplayMailbox> Bcc { get; init; } = [];

    /// <summary>Null: that of the mail.</summary>
    public string? Subject { get; init; }
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Values of the fields, a JSON object; null: none.</summary>
    public string? Data { get; init; }

    /// <summary>The caller's own values, a JSON object, which events repeat; null: none.</summary>
    public string? CustomArgs { get; init; }

    /// <summary>Null: at once.</summary>
    public DateTimeOffset? SendAt { get; init; }
}

/// <summary>A file that travels with a mail.</summary>
/// <param name="ContentId">By which the html shows it; null: an ordinary file.</param>
public sealed record MailFile(string Name, string ContentType, string? ContentId, byte[] Bytes);

/// <summary>An idempotency key with the hash of the body it came with.</summary>
public sealed record CallKey(string Key, string BodyHash);

/// <summary>What became of a mail.</summary>
/// <param name="MessageId">The id its events carry before the dot; of the first call when this one repeats it. Null: not accepted.</param>
/// <param name="IsKeyReused">The key came before with another body.</param>
/// <param name="Faults">What is wrong with a template.</param>
public sealed record AcceptedMailResult(string? MessageId, bool IsKeyReused = false, IReadOnlyList<MailTextFault>? Faults = null);

/// <summary>A place of a text that is no template or cannot be sent.</summary>
/// <param name="Part">subject, html, text or preheader.</param>
public sealed record MailTextFault(string Part, string Message);
