namespace Estafette.Core.Messages.Content;

/// <summary>Something the processing changed in an html, told to its author.</summary>
/// <param name="Kind">One of <see cref="Kinds"/>; the words for it are in the resources of the pages, key "change-" and the kind.</param>
/// <param name="Detail">Names of elements or attributes, in alphabetical order, at most ten; empty where the kind says all.</param>
/// <param name="Count">How often, from 1.</param>
internal sealed record ContentChange(string Kind, string Detail, int Count)
{
    public const string StylesInlined = "styles-inlined";
    public const string UnusedStyle = "unused-style-removed";
    public const string ExternalStylesheet = "external-stylesheet-removed";
    public const string UnsafeStyle = "unsafe-style-removed";
    public const string Script = "script-removed";
    public const string EventAttribute = "event-attribute-removed";
    public const string UnsafeAddress = "unsafe-address-removed";
    public const string Form = "form-removed";
    public const string Frame = "frame-removed";
    public const string Embedded = "object-removed";
    public const string Drawing = "drawing-removed";
    public const string Element = "element-removed";
    public const string Unwrapped = "tag-removed";
    public const string Attribute = "attribute-removed";
    public const string Comment = "comment-removed";
    public const string Repaired = "markup-repaired";
    public const string Address = "address-repaired";
    public const string Unsubscribe = "unsubscribe-added";

    /// <summary>All kinds, in the order in which the treatments come.</summary>
    public static readonly IReadOnlyList<string> Kinds =
    [
        StylesInlined,
        UnusedStyle,
        ExternalStylesheet,
        UnsafeStyle,
        Script,
        EventAttribute,
        UnsafeAddress,
        Form,
        Frame,
        Embedded,
        Drawing,
        Element,
        Unwrapped,
        Attribute,
        Comment,
        Repaired,
        Address,
        Unsubscribe,
    ];
}

/// <summary>Counts changes while a content is processed.</summary>
internal sealed class ContentChanges
{
    private const int MaxDetails = 10;
    private readonly Dictionary<string, (int Count, SortedSet<string> Details)> _found = new(StringComparer.Ordinal);

    public void Add(string kind, string detail = "", int count = 1)
    {
        if (count == 0)
            return;
        var (before, details) = _found.TryGetValue(kind, out var known) ? known : (0, new SortedSet<string>(StringComparer.Ordinal));
        if (detail.Length is > 0 and <= 40 && details.Count < MaxDetails)
            details.Add(detail);
        _found[kind] = (before + count, details);
    }

    /// <summary>What was found, in the order of <see cref="ContentChange.Kinds"/>.</summary>
    public IReadOnlyList<ContentChange> ToList() =>
        [
            .. ContentChange
                .Kinds.Where(_found.ContainsKey)
                .Select(kind => new ContentChange(kind, string.Join(", ", _found[kind].Details), _found[kind].Count)),
        ];
}
