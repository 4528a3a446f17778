using System.Globalization;
using System.Text;
using static Estafette.Protocols.Addresses.AddressCharacters;

namespace Estafette.Protocols.Addresses;

/// <summary>Reads what stands behind the @: a host name, brought to A-labels (RFC 5321 §4.1.2, RFC 5891 §5).</summary>
internal static class MailDomainReader
{
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true, AllowUnassigned = false };

    public static EmailAddressError Read(ReadOnlySpan<char> text, out string domain)
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
        if (text.Length > AddressLimits.Domain)
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
        if (domain.Length > AddressLimits.Domain)
            return EmailAddressError.DomainTooLong;
        var labels = 0;
        var numeric = false;
        foreach (var range in domain.Split('.'))
        {
            var label = domain[range];
            labels++;
            if (label.IsEmpty)
                return EmailAddressError.DomainDot;
            if (label.Length > AddressLimits.Label)
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

    public static string ToDisplay(string domain)
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
}
