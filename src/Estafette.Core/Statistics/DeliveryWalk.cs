using Estafette.Core.Delivery;

namespace Estafette.Core.Statistics;

/// <summary>The order in which a walk meets its rows.</summary>
internal enum WalkOrder
{
    Address,
    Id,
    Opened,
    Clicked,
}

/// <summary>
/// One range of one index of deliveries, walked from its beginning to its end. A filter is answered by one walk or several, one after the
/// other: for instance one for each domain of a provider. What the walk does not narrow down is compared row by row.
/// </summary>
/// <param name="Order">The order of the rows.</param>
internal sealed record DeliveryWalk(WalkOrder Order)
{
    public DeliveryStatus? Status { get; init; }

    /// <summary>Narrowed to <see cref="Server"/>, which may be null: never attempted.</summary>
    public bool ByServer { get; init; }
    public long? Server { get; init; }
    public string? Domain { get; init; }
    public bool ByReason { get; init; }
    public bool ByAttempts { get; init; }
    public bool ByStamp { get; init; }

    /// <summary>No range of an index: the rows that attempts or events name.</summary>
    public bool ByKey { get; init; }

    /// <summary>
    /// The walks that answer a filter. The narrowest index is taken: what few rows have comes first. A status nearly everybody has narrows less
    /// than a domain.
    /// </summary>
    /// <param name="filter">What is asked for.</param>
    /// <param name="servers">The servers of the campaign's attempts.</param>
    public static IReadOnlyList<DeliveryWalk> Of(DeliveryFilter filter, IReadOnlyList<long> servers)
    {
        if (filter.AddressPrefix?.Trim() is { Length: > 2 })
            return [new(WalkOrder.Address)];
        if (filter.Link is not null || filter.Cause is not null)
            return [new(WalkOrder.Id) { ByKey = true }];
        var statuses = filter.AllStatuses;
        var isRare =
            statuses.Count > 0 && !statuses.Any(s => s is DeliveryStatus.Pending or DeliveryStatus.Sent or DeliveryStatus.Delivered);
        if (filter.HasClicked && !isRare)
            return [new(WalkOrder.Clicked) { ByStamp = true }];
        if (filter.Engagement is EngagementFilter.Unsubscribed or EngagementFilter.Complained)
            return [new(WalkOrder.Id) { ByStamp = true }];
        if (filter.AttemptsAtLeast > 1)
            return [new(WalkOrder.Id) { ByAttempts = true }];
        if (filter.Reason is { } reason && reason != DeliveryReason.None)
            return [new(WalkOrder.Id) { ByReason = true }];
        if (filter.HasOpened && !isRare)
            return [new(WalkOrder.Opened) { ByStamp = true }];
        if (filter.Domains is { Count: > 0 } domains && !isRare)
            return [.. domains.Select(d => new DeliveryWalk(WalkOrder.Id) { Domain = d })];
        if (statuses.Count == 0 && filter.Server is null)
            return [new(WalkOrder.Address)];
        if (statuses.Count == 0)
            statuses = Enum.GetValues<DeliveryStatus>();
        IEnumerable<long?> among = filter.Server is { } one ? [one.Value] : [.. servers.Cast<long?>(), null];
        return
        [
            .. statuses.SelectMany(status =>
                among.Select(server => new DeliveryWalk(WalkOrder.Id)
                {
                    Status = status,
                    ByServer = true,
                    Server = server,
                })
            ),
        ];
    }
}
