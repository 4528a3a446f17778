using Estafette.Core.Suppression;
using Estafette.Web.Grids;
using Estafette.Web.Layout;

namespace Estafette.Web.Contacts;

/// <summary>The addresses that get nothing more, newest first.</summary>
internal sealed class SuppressionsGrid : GridOf<SuppressedAddress>
{
    public override string Name => "suppressions";

    public override string Path => "/suppressions";

    public override string SearchHint => "suppressions.search-hint";

    public override IReadOnlyList<GridColumn<SuppressedAddress>> Columns { get; } =
    [
        new("address", "suppressions.address", r => r.AddressKey) { Wide = true },
        new("reason", "suppressions.reason", r => StatusWords.Of("suppressions.reason", r.Reason)),
        new("origin", "suppressions.origin", r => StatusWords.Of("suppressions.origin", r.Origin)),
        new("evidence", "suppressions.evidence", r => r.Evidence) { Wide = true },
        new("since", "suppressions.since", r => r.CreatedAt) { Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
    [new("reason", "suppressions.reason", FilterKind.Choice, [.. Choice.Of<SuppressionReason>("suppressions.reason")])];

    public override async Task<GridPage<SuppressedAddress>> PageAsync(GridQuery query, GridScope scope)
    {
        var below = long.TryParse(query.After, out var id) ? id : (long?)null;
        var request = new ListSuppressionsRequest(
            Reason: query.Filter<SuppressionReason>("reason"),
            Search: query.Search,
            Below: below,
            Take: Math.Min(query.Size, 999) + 1
        );
        var rows = (await ListSuppressions.RunAsync(scope.Customer, request, scope.Db, scope.Gone)).ToList();
        var more = rows.Count == request.Take;
        if (more)
            rows.RemoveAt(rows.Count - 1);
        var page = new GridPage<SuppressedAddress>(rows, more ? $"{rows[^1].Id}" : null);
        if (query.IsExport)
            return page;
        var (total, isAtLeast) = await CountAsync(ListSuppressions.Filter(scope.Customer, request with { Below = null }, scope.Db), scope);
        return page with { Total = total, IsAtLeast = isAtLeast };
    }
}
