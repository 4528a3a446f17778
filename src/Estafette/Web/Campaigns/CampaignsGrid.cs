using Estafette.Core.Campaigns;
using Estafette.Core.Statistics;
using Estafette.Web.Grids;
using Estafette.Web.Layout;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns;

/// <summary>A campaign with its figures.</summary>
internal sealed record CampaignLine(Campaign Campaign, CampaignFigures Figures);

/// <summary>The campaigns of a customer, newest first.</summary>
internal sealed class CampaignsGrid : GridOf<CampaignLine>
{
#pragma warning disable CA1304, CA1311 // Translated to SQL, where the database folds the case.
    private static readonly Dictionary<string, Func<IQueryable<Campaign>, bool, IOrderedQueryable<Campaign>>> Orders = new(
        StringComparer.Ordinal
    )
    {
        ["name"] = By<Campaign, string>(c => c.Name.ToLower()),
        ["status"] = By<Campaign, CampaignStatus>(c => c.Status),
        ["audience"] = By<Campaign, long>(c => c.Audience),
        ["changed"] = By<Campaign, DateTimeOffset>(c => c.UpdatedAt),
        ["created"] = By<Campaign, DateTimeOffset>(c => c.CreatedAt),
    };
#pragma warning restore CA1304, CA1311

    public override string Name => "campaigns";

    public override string Path => "/campaigns";

    public override string SearchHint => "campaigns.search-hint";

    public override string CountKey => "campaigns.count";

    public override IReadOnlyList<GridColumn<CampaignLine>> Columns { get; } =
    [
        new("name", "shared.name", r => r.Campaign.Name) { Sorts = true, Wide = true },
        new("subject", "campaigns.subject", r => r.Campaign.Subject) { Hidden = true, Wide = true },
        new("status", "shared.status", r => T(StatusWords.Chip(r.Campaign.Status).Key)) { Sorts = true },
        new("audience", "campaigns.audience", r => r.Campaign.Audience) { Sorts = true, Numeric = true },
        new("sent", "campaigns.sent", r => r.Figures.Sent) { Numeric = true },
        new("open-rate", "campaigns.open-rate", r => r.Figures.OpenRate) { Numeric = true, Formula = "report.formula-open" },
        new("click-rate", "campaigns.click-rate", r => r.Figures.ClickRate) { Numeric = true, Formula = "report.formula-click" },
        new("scheduled", "campaigns.column-scheduled", r => r.Campaign.ScheduledAt) { Hidden = true, Numeric = true },
        new("created", "shared.created", r => r.Campaign.CreatedAt)
        {
            Sorts = true,
            Hidden = true,
            Numeric = true,
        },
        new("changed", "shared.changed", r => r.Campaign.UpdatedAt) { Sorts = true, Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } = [GridFilter.Status<CampaignStatus>(FilterKind.Chips)];

    public override async Task<GridPage<CampaignLine>> PageAsync(GridQuery query, GridScope scope)
    {
        var rows = scope.Db.Of<Campaign>(scope.Customer).AsNoTracking().Where(c => c.Kind == CampaignKind.Ordinary);
        if (query.Search is { } search)
        {
            var pattern = $"%{search.ToLowerInvariant()}%";
#pragma warning disable CA1304, CA1311 // Translated to SQL, where the database folds the case.
            rows = rows.Where(c => EF.Functions.Like(c.Name.ToLower(), pattern) || EF.Functions.Like(c.Subject.ToLower(), pattern));
#pragma warning restore CA1304, CA1311
        }
        if (query.Filter<CampaignStatus>("status") is { } status)
            rows = rows.Where(c => c.Status == status);
        var ordered =
            query.Sort is { } sort && Orders.TryGetValue(sort, out var order)
                ? order(rows, query.Descending).ThenByDescending(c => c.Id)
                : rows.OrderByDescending(c => c.Id);
        var page = await PlacedAsync(ordered, query, scope);
        var figures = await ReportCampaign.ManyAsync(scope.Customer, [.. page.Rows.Select(c => c.Id)], scope.Db, scope.Gone);
        return new GridPage<CampaignLine>(
            [.. page.Rows.Select(c => new CampaignLine(c, figures[c.Id]))],
            page.Next,
            page.Total,
            page.Offset
        );
    }
}
