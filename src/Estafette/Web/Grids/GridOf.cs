using System.Linq.Expressions;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Grids;

/// <summary>What a list reads with.</summary>
public sealed record GridScope(
    CustomerId Customer,
    EstafetteDb Db,
    Store Store,
    TimeProvider Clock,
    TimeZoneInfo Zone,
    CancellationToken Gone
);

/// <summary>One page of a list.</summary>
/// <param name="Rows">Its rows.</param>
/// <param name="Next">What the next page is asked with; null on the last one.</param>
/// <param name="Total">How many rows there are on all pages; null when counting would cost more than the page.</param>
/// <param name="Offset">How many rows are before this page, where that is known.</param>
public sealed record GridPage<TRow>(IReadOnlyList<TRow> Rows, string? Next, long? Total = null, int? Offset = null)
{
    /// <summary>The total is a lower bound: counting stopped there.</summary>
    public bool IsAtLeast { get; init; }
}

/// <summary>A list page without its look: columns, filters, and how a page of rows is read. Page and export share it.</summary>
public abstract class GridOf<TRow>
{
    /// <summary>Its name, for saved views and file names; letters, digits and hyphens.</summary>
    public abstract string Name { get; }

    /// <summary>The address of its page; its files are at "export" below.</summary>
    public abstract string Path { get; }

    public abstract IReadOnlyList<GridColumn<TRow>> Columns { get; }

    public virtual IReadOnlyList<GridFilter> Filters => [];

    /// <summary>Key of the text that says what can be searched for; null: nothing can.</summary>
    public virtual string? SearchHint => null;

    /// <summary>Key of the text for the number of rows (".one", ".other").</summary>
    public virtual string CountKey => "grid.count";

    /// <summary>What a picked row posts; null: rows cannot be picked.</summary>
    public virtual string? IdOf(TRow row) => null;

    /// <summary>Whether rows can be put in the order of a column with these choices: an order that would take too long is not offered.</summary>
    public virtual bool CanSort(GridColumn<TRow> column, GridQuery query) => column.Sorts;

    /// <summary>Reads one page.</summary>
    public abstract Task<GridPage<TRow>> PageAsync(GridQuery query, GridScope scope);

    /// <summary>The columns to show, in the order of the list.</summary>
    internal virtual IReadOnlyList<GridColumn<TRow>> Shown(GridQuery query) =>
        [.. Columns.Where(c => query.Columns.IsEmpty ? !c.Hidden : query.Columns.Contains(c.Key))];

    /// <summary>All rows with these choices, page after page.</summary>
    internal async IAsyncEnumerable<TRow> AllAsync(GridQuery query, GridScope scope)
    {
        for (string? after = null; ; )
        {
            var page = await PageAsync(query with { After = after, Size = 1000, IsExport = true }, scope);
            foreach (var row in page.Rows)
                yield return row;
            if (page.Next is null)
                yield break;
            after = page.Next;
        }
    }

    /// <summary>An order by a column of the database, both ways.</summary>
    protected static Func<IQueryable<T>, bool, IOrderedQueryable<T>> By<T, TKey>(Expression<Func<T, TKey>> key) =>
        (rows, descending) => descending ? rows.OrderByDescending(key) : rows.OrderBy(key);

    /// <summary>Counts up to a bound, so that a list of millions is not read to its end for a number.</summary>
    protected static async Task<(long Total, bool IsAtLeast)> CountAsync<T>(IQueryable<T> rows, GridScope scope, int most = 10_000)
    {
        var count = await rows.Take(most + 1).CountAsync(scope.Gone);
        return count > most ? (most, true) : (count, false);
    }

    /// <summary>A page of rows of the database by their place, with their number. For lists of thousands, not of millions.</summary>
    protected static async Task<GridPage<T>> PlacedAsync<T>(IQueryable<T> ordered, GridQuery query, GridScope scope)
    {
        var rows = await ordered.Skip(query.Offset).Take(query.Size + 1).ToListAsync(scope.Gone);
        var more = rows.Count > query.Size;
        if (more)
            rows.RemoveAt(query.Size);
        long? total = query.IsExport ? null : await ordered.LongCountAsync(scope.Gone);
        return new GridPage<T>(rows, more ? $"{query.Offset + query.Size}" : null, total, query.Offset);
    }
}
