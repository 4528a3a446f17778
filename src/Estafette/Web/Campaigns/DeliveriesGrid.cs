using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Web.Grids;
using Estafette.Web.Layout;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns;

/// <summary>The deliveries of a campaign: by address, or in the order of launch when a status is chosen.</summary>
internal sealed class DeliveriesGrid(CampaignId campaign, long audience) : GridOf<DeliveryRow>
{
    public override string Name => "deliveries";

    public override string Path => $"/campaigns/{campaign}/deliveries";

    public override string SearchHint => "report.search-hint";

    public override string CountKey => "report.count";

    public override IReadOnlyList<GridColumn<DeliveryRow>> Columns { get; } =
    [
        new("address", "report.address", r => r.Address) { Wide = true },
        new("status", "shared.status", r => T(StatusWords.Chip(r.Status).Key)),
        new("deeds", "report.deeds", _ => null) { NotExported = true },
        new("server", "report.server", r => r.Server),
        new("attempts", "report.attempts", r => r.Attempts) { Numeric = true },
        new("sent", "campaigns.sent", r => r.SentAt) { Hidden = true, Numeric = true },
        new("opened", "status.opened", r => r.OpenedAt) { Hidden = true, Numeric = true },
        new("clicked", "status.clicked", r => r.ClickedAt) { Hidden = true, Numeric = true },
        new("unsubscribed", "status.unsubscribed", r => r.UnsubscribedAt) { Hidden = true, Numeric = true },
        new("complained", "status.complained", r => r.ComplainedAt) { Hidden = true, Numeric = true },
        new("since", "report.since", r => r.StatusAt) { Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
    [.. DeliveryChoice.Keys.Select(key => new GridFilter(key, "shared.filter", FilterKind.Own, []))];

    public override async Task<GridPage<DeliveryRow>> PageAsync(GridQuery query, GridScope scope)
    {
        var filter = DeliveryChoice.Read(query, scope.Zone);
        var page = await ListDeliveries.RunAsync(scope.Customer, campaign, filter, query.After, query.Size, scope.Store, scope.Gone);
        return new GridPage<DeliveryRow>(page?.Rows ?? [], page?.Next, query.IsFiltered ? null : audience);
    }
}
