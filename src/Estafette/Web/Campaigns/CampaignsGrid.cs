using System.Globalization;
using System.Linq.Expressions;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Web.Grids;
using Estafette.Web.Layout;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns;

/// <summary>A campaign with its figures, and its subject as somebody reads it.</summary>
internal sealed record CampaignLine(Campaign Campaign, CampaignFigures Figures, string Subject)
{
    /// <summary>Recipients that need nothing more.</summary>
    public long Settled => Figures.Sent + Figures.Bounced + Figures.Rejected + Figures.Suppressed + Figures.Cancelled;
}

/// <summary>The campaigns of a customer, newest first.</summary>
internal sealed class CampaignsGrid(IReadOnlyList<(string Value, string Text)> lists) : GridOf<CampaignLine>
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
        ["launched"] = LastWithout(c => c.LaunchedAt == null, c => c.LaunchedAt),
        ["scheduled"] = LastWithout(c => c.ScheduledAt == null, c => c.ScheduledAt),
    };
#pragma warning restore CA1304, CA1311

    // Once for all pages of a file.
    private SubjectSample? _sample;

    public override string Name => "campaigns";

    public override string Path => "/campaigns";

    public override string SearchHint => "campaigns.search-hint";

    public override string CountKey => "campaigns.count";

    public override IReadOnlyList<GridColumn<CampaignLine>> Columns { get; } =
    [
        new("name", "shared.name", r => r.Campaign.Name) { Sorts = true, Wide = true },
        new("subject", "campaigns.subject", r => r.Subject) { Hidden = true, Wide = true },
        new("status", "shared.status", r => T(StatusWords.Chip(r.Campaign.Status).Key)) { Sorts = true },
        new("audience", "campaigns.audience", r => r.Campaign.Audience) { Sorts = true, Numeric = true },
        new("sent", "campaigns.sent", r => r.Figures.Sent) { Numeric = true },
        new("open-rate", "campaigns.open-rate", r => r.Figures.OpenRate) { Numeric = true, Formula = "report.formula-open" },
        new("click-rate", "campaigns.click-rate", r => r.Figures.ClickRate) { Numeric = true, Formula = "report.formula-click" },
        new("delivered-rate", "campaigns.delivered-rate", r => r.Figures.DeliveredRate)
        {
            Hidden = true,
            Numeric = true,
            Formula = "report.formula-delivered",
        },
        new("bounce-rate", "compare.bounce-rate", r => r.Figures.BounceRate) { Numeric = true, Formula = "report.formula-bounce" },
        new("unsubscribe-rate", "compare.unsubscribe-rate", r => r.Figures.UnsubscribeRate)
        {
            Hidden = true,
            Numeric = true,
            Formula = "report.formula-unsubscribe",
        },
        new("launched", "compare.launched", r => r.Campaign.LaunchedAt)
        {
            Sorts = true,
            Hidden = true,
            Numeric = true,
        },
        new("scheduled", "campaigns.column-scheduled", r => r.Campaign.ScheduledAt)
        {
            Sorts = true,
            Hidden = true,
            Numeric = true,
        },
        new("created", "shared.created", r => r.Campaign.CreatedAt)
        {
            Sorts = true,
            Hidden = true,
            Numeric = true,
        },
        new("changed", "shared.changed", r => r.Campaign.UpdatedAt) { Sorts = true, Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
    [
        GridFilter.Status<CampaignStatus>(FilterKind.Chips),
        new("list", "campaigns.filter-list", FilterKind.Choice, lists),
        new("from", "campaigns.filter-from", FilterKind.Day, []),
        new("to", "campaigns.filter-to", FilterKind.Day, []),
    ];

    /// <summary>The grid with the customer's lists to choose from, at most 500.</summary>
    public static async Task<CampaignsGrid> MakeAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var lists = await db.Of<ContactList>(customer).OrderBy(l => l.Name).Take(500).Select(l => new { l.Id, l.Name }).ToListAsync(ct);
        return new CampaignsGrid([.. lists.Select(l => (l.Id.ToString(), l.Name))]);
    }

    public override async Task<GridPage<CampaignLine>> PageAsync(GridQuery query, GridScope scope)
    {
        var rows = scope.Db.Of<Campaign>(scope.Customer).AsNoTracking().Where(c => c.Kind == CampaignKind.Ordinary);
        if (query.Search is { } search)
        {
            var pattern = $"%{FoldedText.Of(search)}%";
            rows = rows.Where(c =>
                EF.Functions.Like(FoldedText.Of(c.Name), pattern) || EF.Functions.Like(FoldedText.Of(c.Subject), pattern)
            );
        }
        if (query.Filter<CampaignStatus>("status") is { } status)
            rows = rows.Where(c => c.Status == status);
        if (ListId.TryParse(query.Filter("list"), null, out var list))
            rows = rows.Where(c =>
                scope
                    .Db.Set<CampaignList>()
                    .Any(l => l.CampaignId == c.Id && l.ListId == list && l.CustomerId == c.CustomerId && !l.Excluded)
            );
        if (Start(query.Filter("from"), scope.Zone, 0) is { } from)
            rows = rows.Where(c => (c.LaunchedAt ?? c.ScheduledAt ?? c.CreatedAt) >= from);
        if (Start(query.Filter("to"), scope.Zone, 1) is { } to)
            rows = rows.Where(c => (c.LaunchedAt ?? c.ScheduledAt ?? c.CreatedAt) < to);
        var ordered =
            query.Sort is { } sort && Orders.TryGetValue(sort, out var order)
                ? order(rows, query.Descending).ThenByDescending(c => c.Id)
                : rows.OrderByDescending(c => c.Id);
        var page = await PlacedAsync(ordered, query, scope);
        var figures = await ReportCampaign.ManyAsync(scope.Customer, [.. page.Rows.Select(c => c.Id)], scope.Db, scope.Gone);
        _sample ??= await SubjectSample.LoadAsync(scope.Customer, scope.Db, scope.Gone);
        return new GridPage<CampaignLine>(
            [.. page.Rows.Select(c => new CampaignLine(c, figures[c.Id], _sample.Show(c.Subject)))],
            page.Next,
            page.Total,
            page.Offset
        );
    }

    // Databases do not agree where what is missing comes: at the end, both ways.
    private static Func<IQueryable<Campaign>, bool, IOrderedQueryable<Campaign>> LastWithout(
        Expression<Func<Campaign, bool>> isMissing,
        Expression<Func<Campaign, DateTimeOffset?>> key
    ) => (rows, descending) => descending ? rows.OrderBy(isMissing).ThenByDescending(key) : rows.OrderBy(isMissing).ThenBy(key);

    /// <summary>The first moment of a day of the customer's zone, some days later; null for what is no day.</summary>
    private static DateTimeOffset? Start(string? day, TimeZoneInfo zone, int later)
    {
        if (
            !DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            || date.Year is < 2000 or > 2200
        )
            return null;
        var local = date.AddDays(later).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }
}
