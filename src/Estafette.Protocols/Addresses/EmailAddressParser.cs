using System.Globalization;
using System.Text;

namespace Estafette.Protocols.Addresses;

/// <summary>Grammar of one mailbox address: a table-driven pass for ASCII, and a full pass for quotes, UTF-8 and IDN.</summary>
internal static class EmailAddressParser
{
    private const int MaxLocalOctets = 64;
    private const int MaxDomainOctets = 255;
    private const int MaxLabelOctets = 63;
    private const int MaxAddressOctets = 254;
    private const int MaxInputChars = 4096;

    private const byte Local = 1;
    private const byte Host = 2;
    private const byte Upper = 4;
    private const byte Digit = 8;

    // RFC 5322 §3.2.3 atext, and RFC 1123 §2.1 letters, digits and hyphen.
    private static readonly byte[] Classes = BuildClasses();
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true, AllowUnassigned = false };

    internal static EmailAddressError Parse(string? input, out EmailAddress address)
    {
        address = default;
        if (input is null)
            return EmailAddressError.Empty;
        return TryPlain(input, out address) ? EmailAddressError.None : ParseFully(input, out address);
    }

    internal static string ToDisplay(string domain)
    {
        if (!domain.Contains("xn--", StringComparison.Ordinal))
            return domain;
        try
        {
            return Idn.GetUnicode(domain);
        }
        catch (ArgumentException)
        {
            return domain;
        }
    }

    // The common case in one pass: ASCII dot-string, host name without Punycode, nothing to trim. Anything else goes the long way.
    private static bool TryPlain(string input, out EmailAddress address)
    {
        address = default;
        if (input.Length > MaxAddressOctets)
            return false;
        var text = input.AsSpan();
        var classes = Classes.AsSpan(0, 128);
        var seen = 0;
        var at = 0;
        var afterDot = true;
        for (; at < text.Length && text[at] != '@'; at++)
        {
            var c = text[at];
            if (c == '.')
            {
                if (afterDot)
                    return false;
                afterDot = true;
                continue;
            }
            if (c >= 128 || (classes[c] & Local) == 0)
                return false;
            seen |= classes[c];
            afterDot = false;
        }
        if (afterDot || at > MaxLocalOctets || at == text.Length)
            return false;
        var upperLocal = (seen & Upper) != 0;
        if (!TryPlainDomain(text[(at + 1)..], classes, out var upperDomain))
            return false;
        var sent = upperDomain ? LowerFrom(input, at + 1) : input;
        address = new EmailAddress(sent, upperLocal ? LowerFrom(sent, 0) : sent, at);
        return true;
    }

    private static bool TryPlainDomain(ReadOnlySpan<char> domain, ReadOnlySpan<byte> classes, out bool upper)
    {
        upper = false;
        var start = 0;
        var seen = 0;
        var all = Digit;
        for (var i = 0; i < domain.Length; i++)
        {
            var c = domain[i];
            if (c == '.')
            {
                if (!LabelIsPlain(domain, start, i))
                    return false;
                start = i + 1;
                all = Digit;
                continue;
            }
            if (c >= 128 || (classes[c] & Host) == 0)
                return false;
            seen |= classes[c];
            all &= classes[c];
        }
        upper = (seen & Upper) != 0;
        return start > 0 && LabelIsPlain(domain, start, domain.Length) && all == 0;
    }

    private static bool LabelIsPlain(ReadOnlySpan<char> domain, int start, int end)
    {
        var length = end - start;
        return length is > 0 and <= MaxLabelOctets
            && domain[start] != '-'
            && domain[end - 1] != '-'
            && !(length >= 4 && domain[start + 2] == '-' && domain[start + 3] == '-');
    }

    private static string LowerFrom(string text, int start) =>
        string.Create(
            text.Length,
            (text, start),
            static (span, state) =>
            {
                state.text.AsSpan(0, state.start).CopyTo(span);
                Ascii.ToLower(state.text.AsSpan(state.start), span[state.start..], out _);
            }
        );

    private static EmailAddressError ParseFully(string input, out EmailAddress address)
    {
        address = default;
        var text = Trim(input);
        if (text.IsEmpty)
            return EmailAddressError.Empty;
        if (text.Length > MaxInputChars)
            return EmailAddressError.AddressTooLong;
        foreach (var c in text)
        {
            if (char.IsControl(c) || c is '\u2028' or '\u2029')
                return EmailAddressError.ControlCharacter;
        }
        string local;
        int at;
        var error = text[0] == '"' ? ReadQuoted(text, out local, out at) : ReadDotString(text, out local, out at);
        if (error != EmailAddressError.None)
            return error;
        if (Encoding.UTF8.GetByteCount(local) > MaxLocalOctets)
            return EmailAddressError.LocalPartTooLong;
        error = ReadDomain(text[(at + 1)..], out var domain);
        if (error != EmailAddressError.None)
            return error;
        if (Encoding.UTF8.GetByteCount(local) + 1 + domain.Length > MaxAddressOctets)
            return EmailAddressError.AddressTooLong;
        var sent = string.Concat(local, "@", domain);
        var key = string.Concat(local.Normalize(NormalizationForm.FormC).ToLowerInvariant(), "@", domain);
        address = new EmailAddress(sent, string.Equals(key, sent, StringComparison.Ordinal) ? sent : key, local.Length);
        return EmailAddressError.None;
    }

    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        var start = 0;
        var end = text.Length;
        while (start < end && IsBlank(text[start]))
            start++;
        while (end > start && IsBlank(text[end - 1]))
            end--;
        return text[start..end];
    }

    private static bool IsBlank(char c) => char.IsWhiteSpace(c) || c is '\u200B' or '\u200C' or '\u200D' or '\u2060' or '\uFEFF';

    private static EmailAddressError ReadDotString(ReadOnlySpan<char> text, out string local, out int at)
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
    private static EmailAddressError ReadQuoted(ReadOnlySpan<char> text, out string local, out int at)
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

    private static EmailAddressError ReadDomain(ReadOnlySpan<char> text, out string domain)
    {
        domain = "";
        if (text.IsEmpty)
            return EmailAddressError.DomainEmpty;
        if (text[0] == '[')
            return EmailAddressError.AddressLiteral;
        if (text.IndexOf('@') >= 0)
            return EmailAddressError.SeveralAt;
        if (text.IndexOfAny(',', ';') >= 0)
            return EmailAddressError.SeveralAddresses;
        if (text.Length > MaxDomainOctets)
            return EmailAddressError.DomainTooLong;
        var isAscii = Ascii.IsValid(text);
        if (isAscii && CheckLabels(text) is var first and not EmailAddressError.None)
            return first;
        var name = text.ToString();
        if (!isAscii || name.Contains("--", StringComparison.Ordinal))
        {
            if (!TryMap(name, out name))
                return EmailAddressError.DomainIdn;
            if (CheckLabels(name) is var mapped and not EmailAddressError.None)
                return mapped;
        }
        domain = name.ToLowerInvariant();
        return EmailAddressError.None;
    }

    private static bool TryMap(string name, out string mapped)
    {
        mapped = name;
        try
        {
            // RFC 5891 §5: to A-labels, then back, so that a false "xn--" label does not pass.
            mapped = Idn.GetAscii(name).ToLowerInvariant();
            _ = Idn.GetUnicode(mapped);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static EmailAddressError CheckLabels(ReadOnlySpan<char> domain)
    {
        if (domain.Length > MaxDomainOctets)
            return EmailAddressError.DomainTooLong;
        var labels = 0;
        var numeric = false;
        foreach (var range in domain.Split('.'))
        {
            var label = domain[range];
            labels++;
            if (label.IsEmpty)
                return EmailAddressError.DomainDot;
            if (label.Length > MaxLabelOctets)
                return EmailAddressError.DomainLabelTooLong;
            if (label[0] == '-' || label[^1] == '-')
                return EmailAddressError.DomainHyphen;
            foreach (var c in label)
            {
                if (c >= 128 || (Classes[c] & Host) == 0)
                    return EmailAddressError.DomainCharacter;
            }
            numeric = !label.ContainsAnyExceptInRange('0', '9');
        }
        if (labels < 2)
            return EmailAddressError.DomainWithoutDot;
        return numeric ? EmailAddressError.DomainNumeric : EmailAddressError.None;
    }

    private static byte[] BuildClasses()
    {
        var classes = new byte[128];
        foreach (var c in "!#$%&'*+-/=?^_`{|}~")
            classes[c] = Local;
        classes['-'] |= Host;
        for (var c = '0'; c <= '9'; c++)
            classes[c] = Local | Host | Digit;
        for (var c = 'a'; c <= 'z'; c++)
            classes[c] = Local | Host;
        for (var c = 'A'; c <= 'Z'; c++)
            classes[c] = Local | Host | Upper;
        return classes;
    }
}
