using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;

namespace Estafette.Core.Statistics;

/// <summary>What recipients did, as a filter.</summary>
public enum EngagementFilter
{
    Any = 0,
    Opened = 1,
    Clicked = 2,
    Unsubscribed = 3,
    Complained = 4,
}

/// <summary>Which deliveries of a campaign to list; every part that is set must fit.</summary>
public sealed record DeliveryFilter
{
    public DeliveryStatus? Status { get; init; }

    /// <summary>One of these statuses; none: any.</summary>
    public IReadOnlyList<DeliveryStatus> Statuses { get; init; } = [];
    public EngagementFilter Engagement { get; init; }

    /// <summary>Beginning of the address; case does not matter.</summary>
    public string? AddressPrefix { get; init; }

    /// <summary>Why it did not go out.</summary>
    public DeliveryReason? Reason { get; init; }

    /// <summary>Domain of the address.</summary>
    public string? Domain { get; init; }

    /// <summary>A mail provider: any of its domains (<see cref="MailProviders"/>).</summary>
    public string? Provider { get; init; }

    /// <summary>The server of the last attempt.</summary>
    public ServerId? Server { get; init; }

    /// <summary>First opened at this time or later.</summary>
    public DateTimeOffset? OpenedFrom { get; init; }

    /// <summary>First opened before this time.</summary>
    public DateTimeOffset? OpenedBefore { get; init; }
    public DateTimeOffset? ClickedFrom { get; init; }
    public DateTimeOffset? ClickedBefore { get; init; }

    /// <summary>A person clicked this link of this content version.</summary>
    public (ContentId Content, int LinkNo)? Link { get; init; }

    /// <summary>An attempt failed for this cause.</summary>
    public FailureCause? Cause { get; init; }

    /// <summary>So many attempts or more; 1 and less say nothing.</summary>
    public int? AttemptsAtLeast { get; init; }

    /// <summary>The content version it got: tells the variants of a test apart.</summary>
    public ContentId? Content { get; init; }

    /// <summary>All statuses asked for, however they were asked.</summary>
    internal IReadOnlyList<DeliveryStatus> AllStatuses => Status is { } status ? [status] : Statuses;

    internal bool HasOpened => Engagement == EngagementFilter.Opened || OpenedFrom is not null || OpenedBefore is not null;

    internal bool HasClicked => Engagement == EngagementFilter.Clicked || ClickedFrom is not null || ClickedBefore is not null;

    internal IReadOnlyList<string> Domains =>
        Domain is { } domain ? [domain.Trim().ToLowerInvariant()]
        : Provider is { } provider ? MailProviders.DomainsOf(provider)
        : [];

    /// <summary>Everything, in the order of addresses.</summary>
    public bool IsEmpty => this == new DeliveryFilter();
}
