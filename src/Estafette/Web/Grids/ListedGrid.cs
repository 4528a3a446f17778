using System.Globalization;

namespace Estafette.Web.Grids;

/// <summary>
/// A list of at most some thousands of rows that are read at once: every column is ordered and searched by what it says, in the language of the
/// user.
/// </summary>
public abstract class ListedGrid<TRow> : GridOf<TRow>
{
    public override string? SearchHint => "grid.search-hint";

    /// <summary>All rows, in the order of the list itself.</summary>
    protected abstract Task<IReadOnlyList<TRow>> ReadAsync(GridScope scope);

    /// <summary>Whether a row passes a filter.</summary>
    protected virtual bool Passes(TRow row, string filter, string value) => true;

    public sealed override async Task<GridPage<TRow>> PageAsync(GridQuery query, GridScope scope)
    {
        IEnumerable<TRow> rows = await ReadAsync(scope);
        foreach (var (key, value) in query.Filters)
            rows = rows.Where(row => Passes(row, key, value));
        if (query.Search is { } search)
            rows = rows.Where(row => Columns.Any(c => c.Value(row) is string text && Contains(text, search)));
        if (Columns.FirstOrDefault(c => c.Key == query.Sort) is { } column)
            rows = query.Descending ? rows.OrderByDescending(column.Value, Order.Values) : rows.OrderBy(column.Value, Order.Values);
        var all = rows.ToList();
        var page = all.Skip(query.Offset).Take(query.Size).ToList();
        var next = query.Offset + query.Size < all.Count ? $"{query.Offset + query.Size}" : null;
        return new GridPage<TRow>(page, next, all.Count, query.Offset);
    }

    private static bool Contains(string text, string search) =>
        CultureInfo.CurrentCulture.CompareInfo.IndexOf(text, search, CompareOptions.IgnoreCase | CompareOptions.IgnoreNonSpace) >= 0;

    /// <summary>Texts as a person orders them, figures and times by size, what is missing first.</summary>
    private sealed class Order : IComparer<object?>
    {
        public static readonly Order Values = new();

        public int Compare(object? x, object? y) =>
            (x, y) switch
            {
                (string a, string b) => CultureInfo.CurrentCulture.CompareInfo.Compare(a, b, CompareOptions.IgnoreCase),
                (IComparable a, not null) when a.GetType() == y.GetType() => a.CompareTo(y),
                (null, null) => 0,
                (null, _) => -1,
                (_, null) => 1,
                _ => string.CompareOrdinal(x.ToString(), y.ToString()),
            };
    }
}
