using static Estafette.Web.Words;

namespace Estafette.Web.Grids;

/// <summary>A column of a list page: what its heading says and what each row has in it.</summary>
/// <typeparam name="TRow">What the list is made of.</typeparam>
/// <param name="Key">Its name in the address, in views and in templates.</param>
/// <param name="Title">Key of its heading in the resources.</param>
/// <param name="Value">Text, number, time, truth or nothing; what is exported, and what is shown unless the page has a template.</param>
public sealed record GridColumn<TRow>(string Key, string Title, Func<TRow, object?> Value)
{
    /// <summary>Whether rows can be put in the order of this column; the list may refuse it where it would take too long.</summary>
    public bool Sorts { get; init; }

    /// <summary>Not shown until the user asks for it.</summary>
    public bool Hidden { get; init; }

    /// <summary>Figures and times stand at the right.</summary>
    public bool Numeric { get; init; }

    /// <summary>Long texts get room and break anywhere.</summary>
    public bool Wide { get; init; }

    /// <summary>Shown on the page only: what it says is in other columns too, or is a button.</summary>
    public bool NotExported { get; init; }

    /// <summary>How the figure is computed, shown on hover.</summary>
    public string? Formula { get; init; }

    internal string Heading => T(Title);
}

/// <summary>What a filter asks for.</summary>
public enum FilterKind
{
    /// <summary>One of a few values.</summary>
    Choice,

    /// <summary>One of a few values, shown as chips above the rows.</summary>
    Chips,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A day.</summary>
    Day,

    /// <summary>Anything, asked for by a form of the page itself; the id of that form is "filter-" and the name of the list.</summary>
    Own,
}

/// <summary>A filter of a list page.</summary>
/// <param name="Key">Its name in the address.</param>
/// <param name="Title">Key of its label in the resources.</param>
/// <param name="Kind">How it is asked for.</param>
/// <param name="Options">The values to choose from with their words; none for texts and days.</param>
public sealed record GridFilter(string Key, string Title, FilterKind Kind, IReadOnlyList<(string Value, string Text)> Options)
{
    /// <summary>The statuses of an enumeration with the words of their chips.</summary>
    internal static GridFilter Status<TEnum>(FilterKind kind = FilterKind.Choice)
        where TEnum : struct, Enum =>
        new("status", "shared.status", kind, [.. Enum.GetValues<TEnum>().Select(v => (v.ToString(), T(Layout.StatusWords.Chip(v).Key)))]);

    internal bool Takes(string value) => Kind is FilterKind.Text or FilterKind.Day or FilterKind.Own || Options.Any(o => o.Value == value);

    /// <summary>The words for a value.</summary>
    internal string Say(string value) => Options.FirstOrDefault(o => o.Value == value).Text ?? value;
}
