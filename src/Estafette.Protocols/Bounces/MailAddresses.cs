using System.Globalization;
using System.Text;

namespace Estafette.Protocols.Bounces;

/// <summary>Finds mail addresses in fields and texts of strangers; lenient, since the addresses of reports are seldom in full form.</summary>
internal static class MailAddresses
{
    private const int MaxAddress = 320;
    private const int MaxField = 2000;

    // \x{10FFFF}
    private const int LongestEscape = 10;

    internal static string? First(string? text) => All(text).FirstOrDefault();

    /// <summary>Every address of a text, in its order, as written.</summary>
    internal static IEnumerable<string> All(string? text)
    {
        if (text is null)
            yield break;
        var from = 0;
        for (var at = text.IndexOf('@'); at >= 0; at = text.IndexOf('@', at + 1))
        {
            var start = at;
            while (start > from && IsLocal(text[start - 1]))
                start--;
            var end = at + 1;
            while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '.' or '-' or '_'))
                end++;
            from = end;
            var address = text[start..end].TrimEnd('.', '-').TrimStart('.', '\'', '=');
            if (
                address.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase)
                || address.StartsWith("smtp:", StringComparison.OrdinalIgnoreCase)
            )
                address = address[(address.IndexOf(':', StringComparison.Ordinal) + 1)..];
            if (address.Length is > 2 and <= MaxAddress && address[0] != '@' && address[^1] != '@')
                yield return address;
        }
    }

    internal static string LocalPart(string address)
    {
        var at = address.LastIndexOf('@');
        return at < 0 ? address : address[..at];
    }

    /// <summary>Address of a report field such as <c>rfc822; bob@example.org</c> (RFC 3464 §2.3.1); null when it is none or is hidden.</summary>
    internal static string? OfField(string? value)
    {
        if (value is null)
            return null;
        var text = value.AsSpan(0, Math.Min(value.Length, MaxField));
        var semicolon = text.IndexOf(';');
        var type = semicolon < 0 ? default : text[..semicolon].Trim();
        if (semicolon >= 0)
            text = text[(semicolon + 1)..];
        var plain = text.ToString();
        if (type.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || plain.Contains("\\x{", StringComparison.Ordinal))
            plain = Unescape(plain);
        // xtext (RFC 3461 §4) that the far server left as it was: only the two characters that must be written so, since "+21" may be a tag.
        plain = plain.Replace("+2B", "+", StringComparison.Ordinal).Replace("+3D", "=", StringComparison.Ordinal);
        return First(plain) is { } address && !address.Contains("redacted", StringComparison.OrdinalIgnoreCase) ? address : null;
    }

    // RFC 6533 §3: \x{HEX} for every character that is not printable ASCII.
    private static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (
                text.AsSpan(i).StartsWith("\\x{")
                && text.IndexOf('}', i, Math.Min(LongestEscape, text.Length - i)) is > 0 and var end
                && end - i > 3
                && int.TryParse(
                    text.AsSpan(i + 3, end - i - 3),
                    NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture,
                    out var value
                )
                && Rune.IsValid(value)
            )
            {
                plain.Append(new Rune(value).ToString());
                i = end;
                continue;
            }
            plain.Append(text[i]);
        }
        return plain.ToString();
    }

    private static bool IsLocal(char c) =>
        c > ' '
        && c
            is not (
                '<'
                or '>'
                or '('
                or ')'
                or '['
                or ']'
                or '"'
                or ','
                or ';'
                or '@'
                or '\\'
                or '\u00A0'
                or '\u007F'
                or '{'
                or '}'
                or '|'
                or '*'
            );
}
