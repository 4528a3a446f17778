using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Web.Grids;
using Estafette.Web.Layout;
using Microsoft.Extensions.Primitives;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns;

/// <summary>The deliveries of a campaign: by address, or in the order of launch when a status is chosen.</summary>
internal sealed class DeliveriesGrid(CampaignId campaign, long audience) : GridOf<DeliveryRow>
{
    public override string Name => "deliveries";

    public override string Path => $"/campaigns/{campaign}/deliveries";

    public override string CountKey => "report.count";

    public override IReadOnlyList<GridColumn<DeliveryRow>> Columns { get; } =
    [
        new("address", "report.address", r => r.Address) { Wide = true },
        new("status", "shared.status", r => T(StatusWords.Chip(r.Status).Key)),
        new("deeds", "report.deeds", _ => null) { NotExported = true },
        new("domain", "recipients.domain", r => r.Domain) { Hidden = true },
        new("server", "report.server", r => r.Server),
        new("attempts", "report.attempts", r => r.Attempts) { Numeric = true },
        new("sent", "campaigns.sent", r => r.SentAt) { Hidden = true, Numeric = true },
        new("opened", "status.opened", r => r.OpenedAt) { Hidden = true, Numeric = true },
        new("clicked", "status.clicked", r => r.ClickedAt) { Hidden = true, Numeric = true },
        new("unsubscribed", "status.unsubscribed", r => r.UnsubscribedAt) { Hidden = true, Numeric = true },
        new("complained", "status.complained", r => r.ComplainedAt) { Hidden = true, Numeric = true },
        new("since", "report.since", r => r.StatusAt) { Numeric = true },
    ];

    /// <summary>The builder above the rows asks for them (DeliveryFilterForm), the address carries them.</summary>
    public override IReadOnlyList<GridFilter> Filters { get; } =
    [.. DeliveryChoice.Names.Select(name => new GridFilter(name, "shared.filter", FilterKind.Elsewhere, []))];

    public override async Task<GridPage<DeliveryRow>> PageAsync(GridQuery query, GridScope scope)
    {
        var choices = query.Filters.ToDictionary(f => f.Key, f => new StringValues(f.Value), StringComparer.Ordinal);
        var filter = DeliveryChoice.Read(new QueryCollection(choices), scope.Zone);
        var page = await ListDeliveries.RunAsync(scope.Customer, campaign, filter, query.After, query.Size, scope.Store, scope.Gone);
        return new GridPage<DeliveryRow>(page?.Rows ?? [], page?.Next, query.IsFiltered ? null : audience);
    }
}
