using Estafette.Core.Channels;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Protocols.Dkim;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Render;

/// <summary>A sender as it stands in the From field.</summary>
internal sealed record From(string Email, string? Name);

/// <summary>Everything a composition is made of; fixed for its life.</summary>
internal sealed record CompositionParts
{
    public required CustomerId Customer { get; init; }

    /// <summary>Null for a message outside a campaign.</summary>
    public CampaignId? Campaign { get; init; }
    public string? CampaignName { get; init; }
    public required ContentId ContentId { get; init; }
    public required SendableContent Content { get; init; }
    public required From From { get; init; }

    /// <summary>Senders of servers that have their own.</summary>
    public IReadOnlyDictionary<ServerId, From> FromByServer { get; init; } = new Dictionary<ServerId, From>();
    public string? ReplyTo { get; init; }

    /// <summary>Servers that may be tried, in no order.</summary>
    public required IReadOnlySet<ServerId> Servers { get; init; }

    /// <summary>Base of tracking and unsubscribe URLs, without a slash at the end.</summary>
    public required string TrackingBaseUrl { get; init; }

    /// <summary>Name of the list shown by {{list.name}}.</summary>
    public string? ListName { get; init; }
    public string? SubjectPrefix { get; init; }

    /// <summary>Files that go with every message.</summary>
    public IReadOnlyList<MimeAttachment> Attachments { get; init; } = [];

    /// <summary>Inert links: a test message measures nothing and unsubscribes nobody.</summary>
    public bool IsTest { get; init; }

    /// <summary>Sent because the recipient asked: there is nothing to unsubscribe from.</summary>
    public bool IsSystem { get; init; }

    /// <summary>An opt-out does not hold it back.</summary>
    public bool PassesOptOut { get; init; }

    /// <summary>Asked for by a customer's program for one person: it has no way to unsubscribe of ours.</summary>
    public bool IsTransactional { get; init; }

    /// <summary>Leaving is the customer's own affair: no one-click, and the mail address, which works all the same, stands first.</summary>
    public bool IsOptOutExternal { get; init; }

    /// <summary>What is read when a message is about to be composed: what waits holds no bytes. Null: nothing.</summary>
    public SingleBytes? Bytes { get; init; }
    public required TrackingTokens Tokens { get; init; }

    /// <summary>Domain to which bounces come back; null: to the sender's own address.</summary>
    public string? ReturnDomain { get; init; }

    /// <summary>Signer of a From domain, or null.</summary>
    public required Func<string, DkimSigner?> SignerOf { get; init; }
}

/// <summary>What came of composing one message.</summary>
internal readonly record struct Composed(OutgoingMessage? Message, IDisposable? Buffer, DeliveryReason Skipped, string? Problem);
