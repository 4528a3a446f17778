using Estafette.Core.Contacts;
using Estafette.Web.Grids;

namespace Estafette.Web.Contacts;

/// <summary>The lists of a customer with the number of their contacts.</summary>
internal sealed class ListsGrid : ListedGrid<ListRow>
{
    public override string Name => "lists";

    public override string Path => "/lists";

    public override string CountKey => "lists.count";

    public override IReadOnlyList<GridColumn<ListRow>> Columns { get; } =
    [
        new("name", "shared.name", r => r.Name) { Sorts = true, Wide = true },
        new("description", "lists.description", r => r.Description) { Hidden = true, Wide = true },
        new("confirmed", "lists.confirmed", r => r.Confirmed) { Sorts = true, Numeric = true },
        new("unconfirmed", "lists.unconfirmed", r => r.Unconfirmed) { Sorts = true, Numeric = true },
        new("unsubscribed", "lists.unsubscribed", r => r.Unsubscribed) { Sorts = true, Numeric = true },
        new("created", "shared.created", r => r.CreatedAt) { Sorts = true, Numeric = true },
    ];

    protected override Task<IReadOnlyList<ListRow>> ReadAsync(GridScope scope) => ListLists.RunAsync(scope.Customer, scope.Db, scope.Gone);
}
