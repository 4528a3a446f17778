using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Estafette.Core.Messages.Content;

/// <summary>Hides the expressions of an HTML template from the HTML parser and puts them back afterwards.</summary>
/// <remarks>
/// In element content an expression becomes a comment, which the parser leaves where it stands, also between the rows of a table; in
/// attribute values, comments, titles and style sheets it becomes a word. Words are made of a prefix the source does not contain and a
/// number. Between attributes and in tag names expressions are refused: data could add event attributes there.
/// Invariant: before <see cref="Restore"/> no text holds two braces in a row, so nothing but a shielded expression can become one.
/// </remarks>
internal sealed class ExpressionShield
{
    private readonly List<Entry> _entries = [];
    private readonly string _prefix;
    private readonly Regex _word;

    /// <summary>Starts a shield for a source: its prefix does not occur there, in any case of letters.</summary>
    public ExpressionShield(string source)
    {
        _prefix = "xhb";
        for (var c = 0; source.Contains(_prefix, StringComparison.OrdinalIgnoreCase); c++)
            _prefix = $"xhb{(char)('a' + (c % 26))}{c}q";
        _word = new Regex($"<!--{_prefix}(\\d+)x-->|{_prefix}(\\d+)x", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);
    }

    /// <summary>One hidden expression.</summary>
    public sealed record Entry(string Text, MergeTokenKind Kind, MarkerKind? Marker, bool IsScope);

    /// <summary>Adds an expression and gives the word that stands for it.</summary>
    public string Add(string text, MergeTokenKind kind, MarkerKind? marker = null, bool isScope = false)
    {
        _entries.Add(new Entry(text, kind, marker, isScope));
        return string.Create(CultureInfo.InvariantCulture, $"{_prefix}{_entries.Count - 1}x");
    }

    /// <summary>Replaces the expressions of a plain text by words.</summary>
    public string ProtectText(string source, IReadOnlyList<MergeToken> tokens)
    {
        var result = new StringBuilder();
        foreach (var token in tokens)
            result.Append(
                token.Kind == MergeTokenKind.Literal && source[token.Start] != '\\'
                    ? source[token.Start..token.End]
                    : AddToken(source, token, inContent: true)
            );
        return result.ToString();
    }

    /// <summary>Replaces the expressions of an HTML source by comments and words.</summary>
    public string ProtectHtml(string source, IReadOnlyList<MergeToken> tokens, List<ContentIssue> issues)
    {
        var result = new StringBuilder(source.Length + 1024);
        var state = new HtmlScanState(source);
        var at = 0;
        foreach (var token in tokens)
        {
            if (token.Kind == MergeTokenKind.Literal && !token.Text.StartsWith("{{", StringComparison.Ordinal))
                continue;
            state.Advance(at, token.Start);
            result.Append(source, at, token.Start - at);
            at = token.End;
            if (state.IsBetweenAttributes)
                issues.Add(MisplacedExpression(source, token));
            else
                result.Append(
                    state.IsContent ? $"<!--{AddToken(source, token, inContent: true)}-->" : AddToken(source, token, inContent: false)
                );
            state.Skip();
        }
        state.Advance(at, source.Length);
        result.Append(source, at, source.Length - at);
        if (state.Fault is { } fault)
            issues.Add(ContentIssue.Error("html", fault));
        return result.ToString();
    }

    /// <summary>Puts every expression back.</summary>
    public string Restore(string text)
    {
        var clean = text.Replace("{{", "{ {", StringComparison.Ordinal);
        return _word.Replace(
            clean,
            match =>
            {
                var entry = _entries[Index(match)];
                return match.Index > 0 && clean[match.Index - 1] == '{' ? ' ' + entry.Text : entry.Text;
            }
        );
    }

    /// <summary>The expressions inside a text, with the literal text before each; the last has none.</summary>
    public IEnumerable<(string Literal, int Index, Entry? Entry)> Pieces(string text)
    {
        if (!HasWord(text))
        {
            yield return (text, -1, null);
            yield break;
        }
        var at = 0;
        foreach (Match match in _word.Matches(text))
        {
            yield return (text[at..match.Index], Index(match), _entries[Index(match)]);
            at = match.Index + match.Length;
        }
        yield return (text[at..], -1, null);
    }

    /// <summary>The words of a text that stand for expressions, in order.</summary>
    public IEnumerable<string> Words(string text) => _word.Matches(text).Select(match => match.Value);

    public bool HasExpressions(string text) => HasWord(text) && _word.IsMatch(text);

    /// <summary>Most texts hold no expression: this is much cheaper than the search.</summary>
    private bool HasWord(string text) => text.Contains(_prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>The only expression of a comment made by the shield, or null.</summary>
    public Entry? OfComment(string data)
    {
        if (!HasWord(data))
            return null;
        var match = _word.Match(data);
        return match.Success && match.Length == data.Length ? _entries[Index(match)] : null;
    }

    /// <summary>Has the value checked as a URL when it is rendered.</summary>
    public void MarkAsUrl(int index)
    {
        var entry = _entries[index];
        if (entry.Kind == MergeTokenKind.Value && !entry.Text.StartsWith("{{{__", StringComparison.Ordinal))
            _entries[index] = entry with { Text = "{{{__url " + entry.Text.Trim('{', '}', '~', '&', ' ') + "}}}" };
    }

    private static int Index(Match match) =>
        int.Parse(match.Groups[1].Success ? match.Groups[1].ValueSpan : match.Groups[2].ValueSpan, CultureInfo.InvariantCulture);

    private string AddToken(string source, MergeToken token, bool inContent)
    {
        var text = source[token.Start..token.End];
        // Unescaped values could close the attribute they stand in.
        if (token is { Kind: MergeTokenKind.Value, Raw: true } && !inContent)
            text = "{{" + text.Trim('{', '}', '~', '&', ' ') + "}}";
        return Add(
            text,
            token.Kind,
            token.Kind == MergeTokenKind.Marker ? token.Marker : null,
            token.Block is "each" or "with" or "" && !token.Inverted
        );
    }

    private static ContentIssue MisplacedExpression(string source, MergeToken token)
    {
        var before = source.AsSpan(0, token.Start);
        return ContentIssue.Error(
            "html",
            ContentFault.Of(
                "expression-place",
                "'{0}' stands inside a tag but not inside the quotes of an attribute; move it into a value",
                source[token.Start..token.End]
            ),
            before.Count('\n') + 1,
            token.Start - before.LastIndexOf('\n')
        );
    }
}
