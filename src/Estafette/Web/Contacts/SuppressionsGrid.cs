using Estafette.Core.Suppression;
using Estafette.Web.Grids;
using Estafette.Web.Layout;

namespace Estafette.Web.Contacts;

/// <summary>The addresses that get nothing more, newest first; all of them also by address, of which the index says nothing about reasons.</summary>
internal sealed class SuppressionsGrid : GridOf<SuppressedAddress>
{
    public override string Name => "suppressions";

    public override string Path => "/suppressions";

    public override string SearchHint => "suppressions.search-hint";

    public override IReadOnlyList<GridColumn<SuppressedAddress>> Columns { get; } =
    [
        new("address", "suppressions.address", r => r.AddressKey) { Sorts = true, Wide = true },
        new("reason", "suppressions.reason", r => StatusWords.Of("suppressions.reason", r.Reason)),
        new("origin", "suppressions.origin", r => StatusWords.Of("suppressions.origin", r.Origin)),
        new("evidence", "suppressions.evidence", r => r.Evidence) { Wide = true },
        new("since", "suppressions.since", r => r.CreatedAt) { Sorts = true, Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
    [new("reason", "suppressions.reason", FilterKind.Choice, [.. Choice.Of<SuppressionReason>("suppressions.reason")])];

    public override bool CanSort(GridColumn<SuppressedAddress> column, GridQuery query) =>
        column.Key == "since" || (column.Key == "address" && query.Filter("reason") is null);

    public override async Task<GridPage<SuppressedAddress>> PageAsync(GridQuery query, GridScope scope)
    {
        var request = new ListSuppressionsRequest(
            Reason: query.Filter<SuppressionReason>("reason"),
            Search: query.Search,
            After: query.After,
            Take: Math.Min(query.Size, 999) + 1
        )
        {
            Order = (query.Sort, query.Descending) switch
            {
                ("address", false) => SuppressionOrder.Address,
                ("address", true) => SuppressionOrder.AddressBackwards,
                ("since", false) => SuppressionOrder.Oldest,
                _ => SuppressionOrder.Newest,
            },
        };
        var rows = (await ListSuppressions.RunAsync(scope.Customer, request, scope.Db, scope.Gone)).ToList();
        var more = rows.Count == request.Take;
        if (more)
            rows.RemoveAt(rows.Count - 1);
        var page = new GridPage<SuppressedAddress>(rows, more ? ListSuppressions.PlaceOf(rows[^1], request.Order) : null);
        if (query.IsExport)
            return page;
        var (total, isAtLeast) = await CountAsync(ListSuppressions.Filter(scope.Customer, request, scope.Db), scope);
        return page with { Total = total, IsAtLeast = isAtLeast };
    }
}
