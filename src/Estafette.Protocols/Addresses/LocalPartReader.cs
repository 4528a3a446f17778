using System.Globalization;
using System.Text;
using static Estafette.Protocols.Addresses.AddressCharacters;

namespace Estafette.Protocols.Addresses;

/// <summary>Reads what stands before the @: a dot-string or a quoted string, with UTF-8 (RFC 5321 §4.1.2, RFC 6531 §3.3).</summary>
internal static class LocalPartReader
{
    public static EmailAddressError ReadDotString(ReadOnlySpan<char> text, out string local, out int at)
    {
        local = "";
        at = text.IndexOf('@');
        var part = at < 0 ? text : text[..at];
        foreach (var c in text)
        {
            if (c is '<' or '>')
                return EmailAddressError.DisplayName;
            if (c is ',' or ';')
                return EmailAddressError.SeveralAddresses;
        }
        if (at < 0)
            return EmailAddressError.MissingAt;
        if (part.IsEmpty)
            return EmailAddressError.LocalPartEmpty;
        if (!IsText(part, quoted: false))
            return EmailAddressError.LocalPartCharacter;
        if (part[0] == '.' || part[^1] == '.' || part.IndexOf("..") >= 0)
            return EmailAddressError.LocalPartDot;
        local = part.ToString();
        return EmailAddressError.None;
    }

    // RFC 5321 §4.1.2: Quoted-string = DQUOTE *QcontentSMTP DQUOTE; kept in its shortest form, without quotes where a dot-string will do.
    public static EmailAddressError ReadQuoted(ReadOnlySpan<char> text, out string local, out int at)
    {
        local = "";
        var content = new StringBuilder(text.Length);
        at = 1;
        for (; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\')
            {
                at++;
                // quoted-pairSMTP = %d92 %d32-126
                if (at == text.Length || text[at] > 126)
                    return EmailAddressError.LocalPartQuotes;
            }
            content.Append(text[at]);
        }
        at++;
        if (at >= text.Length)
            return text[^1] == '"' && at == text.Length ? EmailAddressError.MissingAt : EmailAddressError.LocalPartQuotes;
        if (text[at] != '@')
            return text[at] is ' ' or '<' ? EmailAddressError.DisplayName : EmailAddressError.LocalPartQuotes;
        var plain = content.ToString();
        if (!IsText(plain, quoted: true))
            return EmailAddressError.LocalPartQuotes;
        var needsQuotes =
            plain.Length == 0
            || plain[0] == '.'
            || plain[^1] == '.'
            || plain.Contains("..", StringComparison.Ordinal)
            || !IsText(plain, quoted: false);
        local = needsQuotes ? Quote(plain) : plain;
        return EmailAddressError.None;
    }

    private static string Quote(string plain)
    {
        var quoted = new StringBuilder(plain.Length + 4).Append('"');
        foreach (var c in plain)
        {
            if (c is '"' or '\\')
                quoted.Append('\\');
            quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }

    // RFC 6531 §3.3 extends atext and qtext with any UTF8-non-ascii; invisible and unassigned code points are refused here (spoofing).
    private static bool IsText(ReadOnlySpan<char> part, bool quoted)
    {
        while (!part.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(part, out var rune, out var used) != System.Buffers.OperationStatus.Done)
                return false;
            part = part[used..];
            if (rune.IsAscii)
            {
                var ok = quoted ? rune.Value is >= 32 and < 127 : rune.Value == '.' || (Classes[rune.Value] & Local) != 0;
                if (!ok)
                    return false;
                continue;
            }
            if (
                Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.SpaceSeparator
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.PrivateUse
                    or UnicodeCategory.OtherNotAssigned
            )
                return false;
        }
        return true;
    }
}
