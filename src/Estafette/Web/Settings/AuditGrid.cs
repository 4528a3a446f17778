using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Web.Grids;

namespace Estafette.Web.Settings;

/// <summary>Who did what, newest first or oldest first.</summary>
internal sealed class AuditGrid : GridOf<AuditEntry>
{
    public override string Name => "audit";

    public override string Path => "/settings/audit";

    public override string SearchHint => "audit.search-hint";

    public override IReadOnlyList<GridColumn<AuditEntry>> Columns { get; } =
    [
        new("at", "audit.at", r => r.At) { Sorts = true },
        new("who", "audit.who", r => r.UserName),
        new("what", "audit.what", r => AuditWords.Of(r.Action)),
        new("object", "audit.object", r => r.Object) { Wide = true },
        new("detail", "audit.detail", AuditWords.DetailOf) { Hidden = true, Wide = true },
        new("ip", "audit.ip", r => r.Ip) { Hidden = true },
        new("action", "audit.action", r => r.Action) { Hidden = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
    [
        new("user", "audit.who", FilterKind.Text, []),
        new(
            "action",
            "audit.what",
            FilterKind.Choice,
            [.. AuditActions.All.Select(a => (a, AuditWords.Of(a))).OrderBy(a => a.Item2, StringComparer.CurrentCulture)]
        ),
        new("from", "audit.from", FilterKind.Day, []),
        new("to", "audit.to", FilterKind.Day, []),
    ];

    public override async Task<GridPage<AuditEntry>> PageAsync(GridQuery query, GridScope scope)
    {
        var filter = new AuditFilter
        {
            User = query.Filter("user"),
            Action = query.Filter("action"),
            Object = query.Search,
            From = Day(query.Filter("from"), scope),
            To = Day(query.Filter("to"), scope)?.AddDays(1),
            OldestFirst = query is { Sort: not null, Descending: false },
        };
        var place = long.TryParse(query.After, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : 0;
        var page = await AuditSearch.PageAsync(scope.Customer, filter, place, query.Size + 1, scope.Db, scope.Gone);
        var more = page.Count > query.Size;
        if (more)
            page.RemoveAt(query.Size);
        var next = more ? page[^1].Id.ToString(CultureInfo.InvariantCulture) : null;
        if (query.IsExport)
            return new GridPage<AuditEntry>(page, next);
        var (total, isAtLeast) = await CountAsync(AuditSearch.Rows(scope.Customer, filter, scope.Db), scope);
        return new GridPage<AuditEntry>(page, next, total) { IsAtLeast = isAtLeast };
    }

    /// <summary>The beginning of a day as the customer's clock has it.</summary>
    private static DateTimeOffset? Day(string? text, GridScope scope)
    {
        if (!DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return null;
        return day.Year is < 1971 or > 9000 ? null : new DateTimeOffset(day, scope.Zone.GetUtcOffset(day));
    }
}
