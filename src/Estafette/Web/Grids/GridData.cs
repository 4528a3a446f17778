using Estafette.Core.Accounts;
using Estafette.Core.Platform;

namespace Estafette.Web.Grids;

/// <summary>A cell to be drawn: its row, the key of its column and the text it has without a template.</summary>
public sealed record GridCell<TRow>(TRow Row, string Key, string Text);

/// <summary>What a list page loaded: the list, the choices of the address, a page of rows, the saved views.</summary>
public sealed record GridData<TRow>(
    GridOf<TRow> Grid,
    GridQuery Query,
    GridPage<TRow> Page,
    IReadOnlyList<SavedViewRow> Views,
    GridScope Scope
)
{
    internal IReadOnlyList<GridColumn<TRow>> Columns { get; } = Grid.Shown(Query);

    /// <summary>Nothing to show, and nothing is left out: the list is new.</summary>
    public bool IsNew => Page.Rows.Count == 0 && !Query.IsFiltered && Query.After is null;

    internal bool Sorts(GridColumn<TRow> column) => Grid.CanSort(column, Query);

    internal string Link(GridQuery query) => query.Link(Grid.Path);

    internal string Text(object? value) => GridText.Of(value, Scope.Zone);
}

internal static class GridData
{
    /// <summary>Reads what the address of the page asks for.</summary>
    public static async Task<GridData<TRow>> LoadAsync<TRow>(GridOf<TRow> grid, Page page)
    {
        var query = GridQuery.Read(grid, page.Http.Request.Query);
        var scope = page.GridScope();
        var rows = await grid.PageAsync(query, scope);
        var views = await SavedViews.ListAsync(page.Customer, new UserId(page.Me.Id), grid.Name, page.Db, page.Gone);
        return new GridData<TRow>(grid, query, rows, views, scope);
    }

    private static GridScope GridScope(this Page page) =>
        new(page.Customer, page.Db, page.Http.RequestServices.GetRequiredService<Store>(), page.Clock, page.Zone, page.Gone);
}
