using System.Buffers;

namespace Estafette.Core.Messages.Content;

/// <summary>A piece of a text with tags: words, or the number of a tag.</summary>
/// <param name="Text">The words; null for a tag.</param>
/// <param name="Tag">Number of the tag.</param>
internal readonly record struct TaggedPiece(string? Text, int Tag);

/// <summary>
/// Texts in which a caller's own tags ("-name-", "%city%") stand for values. A tag is no language: it is found by its characters, the longest first, and a
/// value is never searched again.
/// </summary>
internal static class TaggedText
{
    /// <summary>Occurrences of tags in one text.</summary>
    public const int MaxPieces = 20_000;

    /// <summary>Name of the merge field of a tag.</summary>
    public static string FieldOf(int tag) => "s" + tag.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The pieces in order; at most <see cref="MaxPieces"/> tags are found, the rest stays words.</summary>
    public static List<TaggedPiece> Split(string text, IReadOnlyList<string> tags)
    {
        if (tags.Count == 0)
            return [new(text, 0)];
        var pieces = new List<TaggedPiece>();
        var beginnings = SearchValues.Create([.. tags], StringComparison.Ordinal);
        var from = 0;
        while (pieces.Count < MaxPieces && text.AsSpan(from).IndexOfAny(beginnings) is >= 0 and var found)
        {
            if (found > 0)
                pieces.Add(new(text.Substring(from, found), 0));
            from += found;
            var tag = LongestAt(text.AsSpan(from), tags);
            pieces.Add(new(null, tag));
            from += tags[tag].Length;
        }
        if (from < text.Length)
            pieces.Add(new(text[from..], 0));
        return pieces;
    }

    /// <summary>The text with its values; a tag without one stays as it is.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values)
    {
        var tags = values.Keys.ToList();
        return tags.Count == 0 ? text : string.Concat(Split(text, tags).Select(p => p.Text ?? values[tags[p.Tag]]));
    }

    /// <summary>The text as a template of the merge language: each tag a field, and braces of the text no expression.</summary>
    public static string ToTemplate(string text, IReadOnlyList<string> tags)
    {
        var template = new System.Text.StringBuilder(text.Length + 64);
        foreach (var piece in Split(text, tags))
            if (piece.Text is { } words)
                AppendWords(template, words);
            else
                AppendField(template, FieldOf(piece.Tag));
        return template.ToString();
    }

    /// <summary>Values of the fields that stand for braces in <see cref="ToTemplate"/>.</summary>
    public static readonly IReadOnlyDictionary<string, string> Braces = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [Opening] = "{",
        [Closing] = "}",
    };

    private const string Opening = "brace_open";
    private const string Closing = "brace_close";

    // Only braces that could be read as an expression, or as a part of one beside them, are written as fields.
    private static void AppendWords(System.Text.StringBuilder template, string words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            var c = words[i];
            var isAfterField = template.Length > 1 && template[^1] == '}' && template[^2] == '}';
            if (c == '{' && i + 1 < words.Length && words[i + 1] == '{')
                AppendField(template, Opening);
            else if (c == '}' && isAfterField)
                AppendField(template, Closing);
            else
                template.Append(c);
        }
    }

    private static void AppendField(System.Text.StringBuilder template, string name)
    {
        var isAfterBrace = template.Length > 0 && template[^1] == '{';
        if (isAfterBrace)
        {
            template.Length--;
            AppendField(template, Opening);
        }
        // A backslash before braces would make them text; two are one.
        else if (template.Length > 0 && template[^1] == '\\')
            template.Append('\\');
        template.Append("{{").Append(name).Append("}}");
    }

    private static int LongestAt(ReadOnlySpan<char> text, IReadOnlyList<string> tags)
    {
        var longest = -1;
        for (var i = 0; i < tags.Count; i++)
            if (text.StartsWith(tags[i], StringComparison.Ordinal) && (longest < 0 || tags[i].Length > tags[longest].Length))
                longest = i;
        return longest;
    }
}
