using Estafette.Core.Delivery;

namespace Estafette.Core.Statistics;

/// <summary>The order in which a walk meets its rows.</summary>
internal enum WalkOrder
{
    Address,
    Id,
    Opened,
    Clicked,

    /// <summary>Server, then number: the rows of a status as its index has them.</summary>
    Server,

    /// <summary>No index has it: the database sorts.</summary>
    Sorted,
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

    /// <summary>From the end of the range to its beginning.</summary>
    public bool Descending { get; init; }

    /// <summary>The rows that have no such time, as the column is named.</summary>
    public string? Without { get; init; }

    /// <summary>What the database sorts by.</summary>
    public DeliveryOrder? Sort { get; init; }

    /// <summary>The walks that show all deliveries of a campaign in an order, or one that sorts what the filter leaves.</summary>
    public static IReadOnlyList<DeliveryWalk> Of(DeliveryFilter filter, DeliveryOrder order)
    {
        if (!filter.IsEmpty || !DeliveryOrder.IsIndexed(order.By))
            return [new(WalkOrder.Sorted) { Sort = order }];
        IEnumerable<DeliveryStatus> statuses = Enum.GetValues<DeliveryStatus>();
        if (order.Descending)
            statuses = statuses.Reverse();
        return order.By switch
        {
            DeliverySort.Opened => Stamped(WalkOrder.Opened, order),
            DeliverySort.Clicked => Stamped(WalkOrder.Clicked, order),
            DeliverySort.Status =>
            [
                .. statuses.SelectMany(status =>
                    new[]
                    {
                        new DeliveryWalk(WalkOrder.Server) { Status = status },
                        new DeliveryWalk(WalkOrder.Id) { Status = status, ByServer = true },
                    }
                ),
            ],
            _ => [new(WalkOrder.Address) { Descending = order.Descending }],
        };
    }

    // Few or many have the time, and then come all others.
    private static IReadOnlyList<DeliveryWalk> Stamped(WalkOrder by, DeliveryOrder order) =>
        [new(by) { ByStamp = true, Descending = order.Descending }, new(WalkOrder.Address) { Without = order.Stamp }];

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
