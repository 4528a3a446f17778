using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Estafette.Core.Messages.Content;

/// <summary>One rule of a style sheet: selector and declarations, or an at-rule (its body is null when it ends with a semicolon).</summary>
internal sealed record CssRule(string Prelude, string? Body)
{
    public bool IsAtRule => Prelude.StartsWith('@');

    /// <summary>True for an at-rule with rules inside, which apply under a condition.</summary>
    public bool HasRules =>
        Body is not null
        && (
            Prelude.StartsWith("@media", StringComparison.OrdinalIgnoreCase)
            || Prelude.StartsWith("@supports", StringComparison.OrdinalIgnoreCase)
        );

    public override string ToString() => Body is null ? Prelude + ";" : $"{Prelude}{{{Body}}}";
}

/// <summary>One declaration as written: hacks, vendor properties and the case of the name are kept.</summary>
internal sealed record CssDeclaration(string Name, string Value, bool IsImportant)
{
    public override string ToString() => $"{Name}:{Value}{(IsImportant ? " !important" : "")}";
}

/// <summary>Splits CSS into rules and declarations (CSS Syntax 3 §5, only as far as an email needs) and recognises dangerous ones.</summary>
internal static partial class CssText
{
    /// <summary>Rules of a style sheet in order, without comments.</summary>
    public static List<CssRule> Rules(string css)
    {
        var text = WithoutComments(css);
        var rules = new List<CssRule>();
        var at = 0;
        while (at < text.Length)
        {
            var stop = Find(text, at, "{;}");
            var prelude = text[at..stop].Trim();
            if (stop < text.Length && text[stop] == '{')
            {
                var end = BlockEnd(text, stop);
                if (prelude.Length > 0)
                    rules.Add(new CssRule(prelude, text[(stop + 1)..Math.Min(end, text.Length)].Trim()));
                at = end + 1;
                continue;
            }
            if (prelude.StartsWith('@'))
                rules.Add(new CssRule(prelude, null));
            at = stop + 1;
        }
        return rules;
    }

    /// <summary>Declarations of a rule or a style attribute in order.</summary>
    public static List<CssDeclaration> Declarations(string body)
    {
        var text = WithoutComments(body);
        var declarations = new List<CssDeclaration>();
        for (var at = 0; at < text.Length; )
        {
            var end = Find(text, at, ";");
            var colon = text.IndexOf(':', at, end - at);
            if (colon > at)
            {
                var name = text[at..colon].Trim();
                var value = text[(colon + 1)..end].Trim();
                var important = Important().Match(value);
                if (name.Length > 0 && value.Length > 0)
                    declarations.Add(
                        new CssDeclaration(name, important.Success ? value[..important.Index].TrimEnd() : value, important.Success)
                    );
            }
            at = end + 1;
        }
        return declarations;
    }

    /// <summary>Selectors of a prelude, split at top-level commas.</summary>
    public static List<string> Selectors(string prelude)
    {
        var selectors = new List<string>();
        for (var at = 0; at < prelude.Length; )
        {
            var end = Find(prelude, at, ",");
            selectors.Add(prelude[at..end].Trim());
            at = end + 1;
        }
        return selectors;
    }

    /// <summary>True when CSS could run code, load a style sheet, or leave its element.</summary>
    public static bool IsDangerous(string css)
    {
        var plain = Unescape(WithoutComments(css));
        plain = string.Concat(plain.Where(c => !char.IsControl(c) && c is not ('\uFFFD' or '\uFEFF')));
        return Danger().IsMatch(plain) || Tag().IsMatch(plain) || HasBadUrl(plain);
    }

    /// <summary>The rules without what is dangerous in them, at-rules from the inside.</summary>
    /// <param name="rules">Rules of one style sheet.</param>
    /// <param name="removed">Told each rule or declaration that goes.</param>
    public static List<CssRule> Harmless(List<CssRule> rules, Action<string> removed)
    {
        var kept = new List<CssRule>();
        foreach (var rule in rules)
        {
            if (!IsDangerous(rule.ToString()))
                kept.Add(rule);
            else if (rule.Body is null || IsDangerous(rule.Prelude))
                removed(rule.Prelude);
            else if (rule.HasRules)
            {
                var inner = Harmless(Rules(rule.Body), removed);
                if (inner.Count > 0)
                    kept.Add(rule with { Body = string.Join(' ', inner) });
            }
            else
            {
                var inner = Declarations(rule.Body).ToLookup(declaration => IsDangerous(declaration.ToString()));
                foreach (var declaration in inner[true])
                    removed(declaration.Name);
                if (inner[false].Any())
                    kept.Add(rule with { Body = string.Join("; ", inner[false]) });
            }
        }
        return kept;
    }

    private static bool HasBadUrl(string css)
    {
        foreach (Match match in Url().Matches(css))
            if (!UrlRules.IsHarmlessResource(match.Groups[1].Value.Trim(' ', '"', '\'')))
                return true;
        return false;
    }

    /// <summary>Resolves escapes such as <c>\65 xpression</c> (CSS Syntax 3 §4.3.7).</summary>
    private static string Unescape(string css) =>
        !css.Contains('\\', StringComparison.Ordinal)
            ? css
            : Escape()
                .Replace(
                    css,
                    match =>
                        match.Groups[1].Success
                            ? Rune.TryCreate(
                                int.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                                out var rune
                            )
                                ? rune.ToString()
                                : "\uFFFD"
                            : match.Groups[2].Value
                );

    private static string WithoutComments(string css)
    {
        if (!css.Contains("/*", StringComparison.Ordinal) && !css.Contains("--", StringComparison.Ordinal))
            return css;
        var result = new StringBuilder(css.Length);
        for (var i = 0; i < css.Length; i++)
        {
            if (css[i] == '/' && i + 1 < css.Length && css[i + 1] == '*')
            {
                var end = css.IndexOf("*/", i + 2, StringComparison.Ordinal);
                i = end < 0 ? css.Length : end + 1;
            }
            else if (string.CompareOrdinal(css, i, "<!--", 0, 4) == 0)
                i += 3;
            else if (string.CompareOrdinal(css, i, "-->", 0, 3) == 0)
                i += 2;
            else if (css[i] is '"' or '\'')
            {
                var end = StringEnd(css, i);
                result.Append(css, i, Math.Min(end + 1, css.Length) - i);
                i = end;
            }
            else
                result.Append(css[i]);
        }
        return result.ToString();
    }

    /// <summary>Position of the first of some characters outside strings and parentheses, or the end.</summary>
    private static int Find(string text, int from, string stops)
    {
        var depth = 0;
        for (var i = from; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\')
                i++;
            else if (c is '"' or '\'')
                i = StringEnd(text, i);
            else if (c is '(' or '[')
                depth++;
            else if (c is ')' or ']')
                depth = Math.Max(0, depth - 1);
            else if (depth == 0 && stops.Contains(c, StringComparison.Ordinal))
                return i;
        }
        return text.Length;
    }

    private static int BlockEnd(string text, int open)
    {
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            if (text[i] is '"' or '\'')
                i = StringEnd(text, i);
            else if (text[i] == '{')
                depth++;
            else if (text[i] == '}' && --depth == 0)
                return i;
        }
        return text.Length;
    }

    /// <summary>A string that is not closed ends with its line (CSS Syntax 3 §4.3.5).</summary>
    private static int StringEnd(string text, int open)
    {
        for (var i = open + 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == text[open] || text[i] == '\n')
                return i;
        }
        return text.Length;
    }

    [GeneratedRegex(@"!\s*important\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex Important();

    [GeneratedRegex(
        @"expression\s*\(|javascript\s*:|vbscript\s*:|livescript\s*:|(?<!scroll-)behaviou?r\s*:|-moz-binding|@import|@charset|@namespace",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Danger();

    /// <summary>The less-than sign of a media query is followed by a blank or a number.</summary>
    [GeneratedRegex(@"<[a-z/!?]", RegexOptions.IgnoreCase)]
    private static partial Regex Tag();

    [GeneratedRegex(@"url\(\s*([^)]*)\)?", RegexOptions.IgnoreCase)]
    private static partial Regex Url();

    [GeneratedRegex(@"\\(?:([0-9a-f]{1,6})\s?|(.))", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Escape();
}
