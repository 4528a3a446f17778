using System.Diagnostics.CodeAnalysis;

namespace Estafette.Protocols.Dkim;

/// <summary>A list of <c>name=value</c> pairs between semicolons, as in signatures and key records (RFC 6376 §3.2).</summary>
/// <remarks>Names are case-sensitive; unknown ones are kept and mean nothing; a name given twice spoils the whole list.</remarks>
internal sealed class TagList
{
    private readonly List<(string Name, Range Value)> _tags = [];
    private readonly string _text;

    private TagList(string text) => _text = text;

    /// <summary>Name of the first tag; empty when there is none.</summary>
    internal string First => _tags.Count == 0 ? "" : _tags[0].Name;

    /// <summary>A value without white space around it, folded as it was; null when the tag is absent.</summary>
    internal string? this[string name] => TryFind(name, out var range) ? _text[range].Trim(' ', '\t', '\r', '\n') : null;

    /// <summary>A value with all white space removed, as in base64 and lists of names; null when the tag is absent.</summary>
    internal string? Compact(string name) =>
        this[name] is { } value && value.AsSpan().ContainsAny(" \t\r\n") ? string.Concat(value.Split([' ', '\t', '\r', '\n'])) : this[name];

    /// <summary>Where a value stands in the text, with all white space around it.</summary>
    internal bool TryFind(string name, out Range range)
    {
        foreach (var tag in _tags)
        {
            if (tag.Name != name)
                continue;
            range = tag.Value;
            return true;
        }
        range = default;
        return false;
    }

    /// <summary>Reads a list.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out TagList? list, [NotNullWhen(false)] out string? problem)
    {
        list = null;
        problem = null;
        var found = new TagList(text);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at <= text.Length; )
        {
            var semicolon = text.IndexOf(';', at);
            var end = semicolon < 0 ? text.Length : semicolon;
            var equals = text.IndexOf('=', at, end - at);
            var name = text[at..(equals < 0 ? end : equals)].Trim(' ', '\t', '\r', '\n');
            if (name.Length > 0 && !IsName(name))
                problem = "a tag has a name with other characters than letters, digits and underscores";
            else if (name.Length > 0 && equals < 0)
                problem = $"tag {Short(name)} has no value";
            else if (name.Length == 0 && equals >= 0)
                problem = "a value has no tag name";
            else if (name.Length > 0 && !names.Add(name))
                problem = $"tag {Short(name)} occurs twice";
            if (problem is not null)
                return false;
            if (name.Length > 0)
                found._tags.Add((name, (equals + 1)..end));
            at = end + 1;
        }
        list = found;
        return true;
    }

    // ALPHA *(ALPHA / DIGIT / "_")
    private static bool IsName(string name) => char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static string Short(string name) => name.Length <= 20 ? name : name[..20] + "…";
}
