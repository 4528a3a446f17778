using System.Collections.Immutable;
using System.Globalization;

namespace Estafette.Web.Grids;

/// <summary>What a list page shows, as it stands in the address: search, filters, order, columns and place. Immutable.</summary>
public sealed record GridQuery
{
    /// <summary>Most characters of a search or a filter.</summary>
    public const int MaxText = 200;

    /// <summary>Most characters of all of it; a saved view keeps no more.</summary>
    public const int MaxLength = 2000;

    /// <summary>Numbers of rows a page may have.</summary>
    public static readonly int[] Sizes = [25, 50, 100, 250];

    /// <summary>Words of the address that no filter may have as its key.</summary>
    public const string SearchKey = "q",
        SortKey = "sort",
        ColumnsKey = "cols",
        SizeKey = "size",
        AfterKey = "after",
        ViewKey = "view";

    public string? Search { get; init; }

    public ImmutableSortedDictionary<string, string> Filters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The column that rows are ordered by; null: the order of the list itself.</summary>
    public string? Sort { get; init; }

    public bool Descending { get; init; }

    /// <summary>Columns chosen by the user, in the order of the list; empty: those the list begins with.</summary>
    public ImmutableArray<string> Columns { get; init; } = [];

    public int Size { get; init; } = 50;

    /// <summary>Where the page before ended; null: the first page.</summary>
    public string? After { get; init; }

    /// <summary>The saved view that the user came by.</summary>
    public long? View { get; init; }

    /// <summary>Rows for a file: no total is needed.</summary>
    public bool IsExport { get; init; }

    /// <summary>
    /// Rows to ask for at once in an order without an index: each page costs as much as all of them, so that a file asks for few.
    /// </summary>
    public int SizeSorted => IsExport && Sort is not null ? 10 * Size : Size;

    /// <summary>Whether anything leaves rows out.</summary>
    public bool IsFiltered => Search is not null || Filters.Count > 0;

    /// <summary>The value of a filter, or null.</summary>
    public string? Filter(string key) => Filters.GetValueOrDefault(key);

    /// <summary>The value of a filter as one of an enumeration, or null.</summary>
    public TEnum? Filter<TEnum>(string key)
        where TEnum : struct, Enum => Enum.TryParse<TEnum>(Filter(key), out var value) && Enum.IsDefined(value) ? value : null;

    /// <summary>The place as a number of rows, for lists that are paged by it.</summary>
    public int Offset => int.TryParse(After, NumberStyles.None, CultureInfo.InvariantCulture, out var rows) ? Math.Min(rows, 1_000_000) : 0;

    /// <summary>Reads the address; what the list does not know is left out.</summary>
    internal static GridQuery Read<TRow>(GridOf<TRow> grid, IQueryCollection query)
    {
        var sort = Text(query, SortKey);
        var descending = sort?.StartsWith('-') == true;
        var column = sort?.TrimStart('-');
        var chosen = query[ColumnsKey].SelectMany(c => (c ?? "").Split(',')).ToHashSet(StringComparer.Ordinal);
        var read = new GridQuery
        {
            Search = grid.SearchHint is null ? null : Text(query, SearchKey),
            Filters = grid
                .Filters.Select(f => (f.Key, Value: Text(query, f.Key), Filter: f))
                .Where(f => f.Value is not null && f.Filter.Takes(f.Value))
                .ToImmutableSortedDictionary(f => f.Key, f => f.Value!, StringComparer.Ordinal),
            Columns = [.. grid.Columns.Select(c => c.Key).Where(chosen.Contains)],
            Size = int.TryParse(Text(query, SizeKey), out var size) && Sizes.Contains(size) ? size : 50,
            After = Text(query, AfterKey, 2 * MaxText),
            View = long.TryParse(Text(query, ViewKey), NumberStyles.None, CultureInfo.InvariantCulture, out var view) ? view : null,
        };
        // Which orders a list offers depends on what it shows.
        return grid.Columns.Any(c => c.Key == column && grid.CanSort(c, read))
            ? read with
            {
                Sort = column,
                Descending = descending,
            }
            : read;
    }

    /// <summary>The address of the same list with these choices.</summary>
    internal string Link(string path)
    {
        var query = Pairs().Aggregate(QueryString.Empty, (all, pair) => all.Add(pair.Key, pair.Value));
        return path + query;
    }

    /// <summary>Everything but the place and the view: what a saved view keeps and an export repeats.</summary>
    internal string Choices() => (this with { After = null, View = null }).Link("").TrimStart('?');

    internal IEnumerable<(string Key, string Value)> Pairs()
    {
        if (Search is not null)
            yield return (SearchKey, Search);
        foreach (var (key, value) in Filters)
            yield return (key, value);
        if (Sort is not null)
            yield return (SortKey, (Descending ? "-" : "") + Sort);
        if (!Columns.IsEmpty)
            yield return (ColumnsKey, string.Join(',', Columns));
        if (Size != 50)
            yield return (SizeKey, Size.ToString(CultureInfo.InvariantCulture));
        if (After is not null)
            yield return (AfterKey, After);
        if (View is { } view)
            yield return (ViewKey, view.ToString(CultureInfo.InvariantCulture));
    }

    private static string? Text(IQueryCollection query, string key, int most = MaxText) =>
        query[key] is [{ } first, ..] && first.Trim() is { Length: > 0 } text ? text[..Math.Min(text.Length, most)] : null;
}
