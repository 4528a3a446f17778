using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Web.Grids;
using Estafette.Web.Layout;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns;

/// <summary>
/// The deliveries of a campaign: by address, or in the order of launch when a status is chosen. Up to <see cref="DeliveryOrder.Most"/> deliveries
/// are put in the order of any column; above, all of them only, and in the orders that an index has.
/// </summary>
internal sealed class DeliveriesGrid(CampaignId campaign, long audience) : GridOf<DeliveryRow>
{
    private static readonly Dictionary<string, DeliverySort> Sorts = new(StringComparer.Ordinal)
    {
        ["address"] = DeliverySort.Address,
        ["status"] = DeliverySort.Status,
        ["server"] = DeliverySort.Server,
        ["attempts"] = DeliverySort.Attempts,
        ["sent"] = DeliverySort.Sent,
        ["opened"] = DeliverySort.Opened,
        ["clicked"] = DeliverySort.Clicked,
        ["unsubscribed"] = DeliverySort.Unsubscribed,
        ["complained"] = DeliverySort.Complained,
        ["since"] = DeliverySort.Since,
    };

    public override string Name => "deliveries";

    public override string Path => $"/campaigns/{campaign}/deliveries";

    public override string SearchHint => "report.search-hint";

    public override string CountKey => "report.count";

    public override IReadOnlyList<GridColumn<DeliveryRow>> Columns { get; } =
    [
        new("address", "report.address", r => r.Address) { Sorts = true, Wide = true },
        new("status", "shared.status", r => T(StatusWords.Chip(r.Status).Key)) { Sorts = true },
        new("deeds", "report.deeds", _ => null) { NotExported = true },
        new("server", "report.server", r => r.Server) { Sorts = true },
        new("attempts", "report.attempts", r => r.Attempts) { Sorts = true, Numeric = true },
        Time("sent", "campaigns.sent", r => r.SentAt),
        Time("opened", "status.opened", r => r.OpenedAt),
        Time("clicked", "status.clicked", r => r.ClickedAt),
        Time("unsubscribed", "status.unsubscribed", r => r.UnsubscribedAt),
        Time("complained", "status.complained", r => r.ComplainedAt),
        new("since", "report.since", r => r.StatusAt) { Sorts = true, Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
    [.. DeliveryChoice.Keys.Select(key => new GridFilter(key, "shared.filter", FilterKind.Own, []))];

    public override bool CanSort(GridColumn<DeliveryRow> column, GridQuery query) =>
        Sorts.TryGetValue(column.Key, out var by) && (audience <= DeliveryOrder.Most || (!query.IsFiltered && DeliveryOrder.IsIndexed(by)));

    public override async Task<GridPage<DeliveryRow>> PageAsync(GridQuery query, GridScope scope)
    {
        var filter = DeliveryChoice.Read(query, scope.Zone);
        var order = query.Sort is { } sort ? new DeliveryOrder(Sorts[sort], query.Descending) : null;
        var page = await ListDeliveries.RunAsync(
            scope.Customer,
            campaign,
            filter,
            order,
            query.After,
            query.SizeSorted,
            scope.Store,
            scope.Gone
        );
        return new GridPage<DeliveryRow>(page?.Rows ?? [], page?.Next, query.IsFiltered ? null : audience);
    }

    private static GridColumn<DeliveryRow> Time(string key, string title, Func<DeliveryRow, object?> at) =>
        new(key, title, at)
        {
            Sorts = true,
            Hidden = true,
            Numeric = true,
        };
}
