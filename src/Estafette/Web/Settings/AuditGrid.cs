using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Web.Grids;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Settings;

/// <summary>Who did what, newest first.</summary>
internal sealed class AuditGrid : GridOf<AuditEntry>
{
    public override string Name => "audit";

    public override string Path => "/settings/audit";

    public override string SearchHint => "audit.search-hint";

    public override IReadOnlyList<GridColumn<AuditEntry>> Columns { get; } =
    [
        new("at", "audit.at", r => r.At),
        new("who", "audit.who", r => r.UserName),
        new("what", "audit.what", r => r.Action),
        new("object", "audit.object", r => r.Object) { Wide = true },
        new("detail", "audit.detail", r => r.Detail) { Hidden = true, Wide = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
    [new("from", "audit.from", FilterKind.Day, []), new("to", "audit.to", FilterKind.Day, [])];

    public override async Task<GridPage<AuditEntry>> PageAsync(GridQuery query, GridScope scope)
    {
        var rows = scope.Db.Of<AuditEntry>(scope.Customer).AsNoTracking();
        if (query.Search is { } search)
        {
            var pattern = $"%{search.ToLowerInvariant()}%";
#pragma warning disable CA1304, CA1311 // Translated to SQL, where the database folds the case.
            rows = rows.Where(e =>
                EF.Functions.Like(e.UserName.ToLower(), pattern)
                || EF.Functions.Like(e.Action, pattern)
                || EF.Functions.Like(e.Object.ToLower(), pattern)
            );
#pragma warning restore CA1304, CA1311
        }
        if (Day(query.Filter("from"), scope) is { } from)
            rows = rows.Where(e => e.At >= from);
        if (Day(query.Filter("to"), scope) is { } to && to.AddDays(1) is var end)
            rows = rows.Where(e => e.At < end);
        var all = rows;
        if (long.TryParse(query.After, NumberStyles.None, CultureInfo.InvariantCulture, out var below))
            rows = rows.Where(e => e.Id < below);
        var page = await rows.OrderByDescending(e => e.Id).Take(query.Size + 1).ToListAsync(scope.Gone);
        var more = page.Count > query.Size;
        if (more)
            page.RemoveAt(query.Size);
        var next = more ? page[^1].Id.ToString(CultureInfo.InvariantCulture) : null;
        if (query.IsExport)
            return new GridPage<AuditEntry>(page, next);
        var (total, isAtLeast) = await CountAsync(all, scope);
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
