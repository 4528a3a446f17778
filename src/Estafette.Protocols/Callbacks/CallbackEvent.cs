using System.Collections.ObjectModel;

namespace Estafette.Protocols.Callbacks;

/// <summary>Why an address stands on the provider's own list, so that ours can say the same.</summary>
public enum CallbackListing
{
    /// <summary>The event says nothing about a list.</summary>
    None = 0,

    /// <summary>The person unsubscribed at the provider.</summary>
    OptOut = 1,

    /// <summary>The address bounced before.</summary>
    HardBounce = 2,

    /// <summary>The person reported an earlier message as spam.</summary>
    Complaint = 3,
}

/// <summary>One thing that happened to one recipient, as the provider tells it.</summary>
/// <remarks>All texts come from outside and are hostile: encode them wherever they are shown. None holds U+0000.</remarks>
public sealed record CallbackEvent
{
    /// <summary>What happened, in our words.</summary>
    public required CallbackEventKind Event { get; init; }

    /// <summary>The provider's name of it with what decided its meaning, such as <c>bounce/blocked</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Key under which a repeated report is recognised: the provider's id of the event, else a SHA-256 of its content.</summary>
    public required string ProviderEventId { get; init; }

    /// <summary>The person's side: who was written to or, for <see cref="CallbackEventKind.Received"/>, who wrote. Telephone channels without prefix.</summary>
    public string? Recipient { get; init; }

    /// <summary><c>sms</c>, <c>whatsapp</c>, <c>voice</c> and the like; null for e-mail.</summary>
    public string? Channel { get; init; }

    /// <summary>When it happened, UTC; null when the provider does not say it usably.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The id that the provider gave when it took the message, without angle brackets or suffix.</summary>
    public string? MessageId { get; init; }

    /// <summary>The far end's raw answer, else the provider's reason.</summary>
    public string? Reason { get; init; }

    /// <summary>SMTP reply code or the provider's error code, digits as text.</summary>
    public string? Code { get; init; }

    /// <summary>Enhanced status code (RFC 3463), such as <c>5.1.1</c>.</summary>
    public string? Status { get; init; }

    /// <summary>The link that was followed.</summary>
    public string? Url { get; init; }

    /// <summary>The program that opened or followed.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The address that opened or followed, as text.</summary>
    public string? Ip { get; init; }

    /// <summary>The provider says that a machine did it: image proxy, prefetch, scanner.</summary>
    public bool Automatic { get; init; }

    /// <summary>For failures that the provider will not repeat by itself: a later attempt of ours may work.</summary>
    public bool Transient { get; init; }

    /// <summary>What the provider's own list says about the address.</summary>
    public CallbackListing Listing { get; init; }

    /// <summary>What we gave along with the message and got back: custom arguments, variables, metadata, tags with values.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Categories of the message.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The message itself, for <see cref="CallbackEventKind.Received"/>.</summary>
    public CallbackInboundMessage? Inbound { get; init; }
}

/// <summary>What a person wrote to one of our numbers.</summary>
/// <param name="From">The person's address, without channel prefix.</param>
/// <param name="To">Our address, without channel prefix.</param>
/// <param name="Text">What was written; may be empty.</param>
/// <param name="Media">Attached files; fetching them needs the account's credentials.</param>
/// <param name="Fields">Everything the provider said, by its own names; of a repeated name the last value.</param>
public sealed record CallbackInboundMessage(
    string From,
    string To,
    string Text,
    IReadOnlyList<CallbackMedia> Media,
    IReadOnlyDictionary<string, string> Fields
);

/// <summary>One file attached to an inbound message.</summary>
public sealed record CallbackMedia(string Url, string? ContentType);
