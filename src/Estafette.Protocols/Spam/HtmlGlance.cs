using System.Globalization;
using System.Net;
using System.Text;

namespace Estafette.Protocols.Spam;

/// <summary>A link of an HTML text.</summary>
internal readonly record struct HtmlLink(string Href, string Text);

/// <summary>What a reader would see of an HTML text, and what tricks hide from him; one pass over the tags, no tree.</summary>
/// <remarks>
/// Styles count where they stand on the element; style sheets are not applied. Elements hidden, tiny or painted in the colour of their
/// background pass that on to what is inside. At most 1,000,000 characters are read and 200 levels and 5,000 links remembered.
/// </remarks>
internal sealed class HtmlGlance
{
    private const int MaxCharacters = 1_000_000;
    private const int MaxDepth = 200;
    private const int MaxLinks = 5000;

    private static readonly HashSet<string> Void = new(StringComparer.Ordinal)
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    };

    private static readonly HashSet<string> Inline = new(StringComparer.Ordinal)
    {
        "a",
        "abbr",
        "b",
        "big",
        "em",
        "font",
        "i",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
        "wbr",
    };

    private readonly string _html;
    private readonly StringBuilder _text = new();
    private readonly Stack<Style> _styles = new();
    private readonly StringBuilder _linkText = new();
    private string? _href;

    private HtmlGlance(string html)
    {
        _html = html.Length > MaxCharacters ? html[..MaxCharacters] : html;
        _styles.Push(new Style("", IsHidden: false, IsTiny: false, "#000000", "#ffffff"));
        Walk();
        EndLink();
    }

    /// <summary>Text that is shown.</summary>
    internal string Text => _text.ToString();

    internal List<HtmlLink> Links { get; } = [];

    /// <summary>Images, without those of one or two pixels.</summary>
    internal int Images { get; private set; }

    /// <summary>Names of elements that occur.</summary>
    internal HashSet<string> Elements { get; } = new(StringComparer.Ordinal);

    /// <summary>Letters of text that is not displayed.</summary>
    internal int HiddenLetters { get; private set; }

    /// <summary>Letters of text of less than four pixels that is displayed.</summary>
    internal int TinyLetters { get; private set; }

    /// <summary>Letters of text painted in the colour of its background.</summary>
    internal int InvisibleLetters { get; private set; }

    internal static HtmlGlance At(string html) => new(html);

    private void Walk()
    {
        var at = 0;
        while (at < _html.Length)
        {
            var open = _html.IndexOf('<', at);
            AddText(_html.AsSpan(at, (open < 0 ? _html.Length : open) - at));
            if (open < 0)
                return;
            at = _html.AsSpan(open).StartsWith("<!--", StringComparison.Ordinal) ? After("-->", open + 4) : Tag(open);
        }
    }

    private int After(string end, int from)
    {
        var found = _html.IndexOf(end, from, StringComparison.OrdinalIgnoreCase);
        return found < 0 ? _html.Length : found + end.Length;
    }

    private int Before(string end, int from)
    {
        var found = _html.IndexOf(end, from, StringComparison.OrdinalIgnoreCase);
        return found < 0 ? _html.Length : found;
    }

    private int Tag(int open)
    {
        var closes = open + 1 < _html.Length && _html[open + 1] == '/';
        var start = open + (closes ? 2 : 1);
        var end = start;
        while (end < _html.Length && char.IsAsciiLetterOrDigit(_html[end]))
            end++;
        if (end == start)
        {
            if (start < _html.Length && _html[start] is '!' or '?')
                return After(">", start);
            AddText("<");
            return open + 1;
        }
        var name = _html[start..end].ToLowerInvariant();
        var attributes = Attributes(ref end);
        if (closes)
            Close(name);
        else
            Open(name, attributes);
        return !closes && name is ("script" or "style" or "title" or "textarea") ? Before("</" + name, end) : end;
    }

    private Dictionary<string, string> Attributes(ref int at)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        while (at < _html.Length && _html[at] != '>')
        {
            if (!char.IsAsciiLetter(_html[at]))
            {
                at++;
                continue;
            }
            var start = at;
            while (at < _html.Length && !char.IsWhiteSpace(_html[at]) && _html[at] is not ('=' or '>'))
                at++;
            var name = _html[start..at].ToLowerInvariant();
            while (at < _html.Length && char.IsWhiteSpace(_html[at]))
                at++;
            var value = "";
            if (at < _html.Length && _html[at] == '=')
            {
                at++;
                value = Value(ref at);
            }
            found.TryAdd(name, value);
        }
        at = Math.Min(at + 1, _html.Length);
        return found;
    }

    private string Value(ref int at)
    {
        while (at < _html.Length && char.IsWhiteSpace(_html[at]))
            at++;
        if (at >= _html.Length)
            return "";
        var start = at;
        if (_html[at] is '"' or '\'')
        {
            var end = _html.IndexOf(_html[at], at + 1);
            end = end < 0 ? _html.Length : end;
            at = Math.Min(end + 1, _html.Length);
            return WebUtility.HtmlDecode(_html[(start + 1)..end]);
        }
        while (at < _html.Length && !char.IsWhiteSpace(_html[at]) && _html[at] != '>')
            at++;
        return WebUtility.HtmlDecode(_html[start..at]);
    }

    private void Open(string name, Dictionary<string, string> attributes)
    {
        Elements.Add(name);
        if (!Inline.Contains(name))
            _text.Append('\n');
        if (name == "img")
            Picture(attributes);
        if (name == "a" && attributes.TryGetValue("href", out var href))
        {
            EndLink();
            _href = href.Trim();
        }
        if (!Void.Contains(name) && _styles.Count < MaxDepth)
            _styles.Push(_styles.Peek().Inside(name, attributes));
    }

    private void Close(string name)
    {
        if (!Inline.Contains(name))
            _text.Append('\n');
        if (name == "a")
            EndLink();
        if (_styles.All(s => s.Element != name))
            return;
        while (_styles.Pop().Element != name) { }
    }

    private void Picture(Dictionary<string, string> attributes)
    {
        var isPixel =
            attributes.GetValueOrDefault("width") is "0" or "1" or "2" || attributes.GetValueOrDefault("height") is "0" or "1" or "2";
        if (!isPixel)
            Images++;
    }

    private void AddText(ReadOnlySpan<char> raw)
    {
        if (raw.IsEmpty)
            return;
        var text = WebUtility.HtmlDecode(raw.ToString());
        var letters = text.Count(char.IsLetter);
        var style = _styles.Peek();
        if (style.IsHidden)
        {
            HiddenLetters += letters;
            return;
        }
        if (style.IsTiny)
            TinyLetters += letters;
        if (style.Ink is not null && style.Ink == style.Paper)
            InvisibleLetters += letters;
        _text.Append(text);
        if (_href is not null)
            _linkText.Append(text);
    }

    private void EndLink()
    {
        if (_href is not null && Links.Count < MaxLinks)
            Links.Add(new HtmlLink(_href, _linkText.ToString().Trim()));
        _href = null;
        _linkText.Clear();
    }

    /// <summary>What an element and those around it say of the text inside; a colour that cannot be told is null.</summary>
    private sealed record Style(string Element, bool IsHidden, bool IsTiny, string? Ink, string? Paper)
    {
        internal Style Inside(string element, Dictionary<string, string> attributes)
        {
            var inner = this with { Element = element };
            if (attributes.TryGetValue("bgcolor", out var paper))
                inner = inner with { Paper = Colour(paper) };
            if (attributes.ContainsKey("background"))
                inner = inner with { Paper = null };
            if (attributes.TryGetValue("color", out var ink))
                inner = inner with { Ink = Colour(ink) };
            if (attributes.ContainsKey("hidden"))
                inner = inner with { IsHidden = true };
            // Classes mean style sheets, which are not read: what they paint cannot be told.
            if (attributes.ContainsKey("class"))
                inner = inner with { Paper = null };
            foreach (var declaration in attributes.GetValueOrDefault("style", "").ToLowerInvariant().Split(';'))
                inner = inner.With(declaration);
            return inner;
        }

        private Style With(string declaration)
        {
            var colon = declaration.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
                return this;
            var value = declaration[(colon + 1)..].Replace("!important", "", StringComparison.Ordinal).Trim();
            return declaration[..colon].Trim() switch
            {
                "display" when value == "none" => this with { IsHidden = true },
                "visibility" when value == "hidden" => this with { IsHidden = true },
                "opacity" when value is "0" or "0.0" => this with { IsHidden = true },
                "mso-hide" when value == "all" => this with { IsHidden = true },
                "max-height" or "height" when value is "0" or "0px" => this with { IsHidden = true },
                "font-size" => this with { IsTiny = IsTinySize(value) },
                "color" => this with { Ink = Colour(value) },
                "background-color" => this with { Paper = Colour(value) },
                "background" or "background-image" when value != "none" => this with { Paper = Colour(value) },
                _ => this,
            };
        }

        private static bool IsTinySize(string value)
        {
            var digits = value.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyz% ");
            var isSize = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var size);
            return isSize && (value.Length == digits.Length || value.EndsWith("px") || value.EndsWith("pt")) && size < 4;
        }

        private static string? Colour(string value) =>
            value.Trim().ToLowerInvariant() switch
            {
                "white" or "#fff" or "#ffffff" => "#ffffff",
                "black" or "#000" or "#000000" => "#000000",
                ['#', var r, var g, var b] => $"#{r}{r}{g}{g}{b}{b}",
                { Length: 7 } hex when hex[0] == '#' => hex,
                _ => null,
            };
    }
}
