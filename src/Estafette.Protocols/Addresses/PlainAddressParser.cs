using System.Text;
using static Estafette.Protocols.Addresses.AddressCharacters;

namespace Estafette.Protocols.Addresses;

/// <summary>The common address in one pass over a table: ASCII dot-string, host name without Punycode, nothing to trim.</summary>
internal static class PlainAddressParser
{
    /// <summary>False means only that the address is not so plain; it may be a good one.</summary>
    public static bool TryParse(string input, out EmailAddress address)
    {
        address = default;
        if (input.Length > AddressLimits.Address)
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
        if (afterDot || at > AddressLimits.Local || at == text.Length)
            return false;
        var upperLocal = (seen & Upper) != 0;
        if (!TryDomain(text[(at + 1)..], classes, out var upperDomain))
            return false;
        var sent = upperDomain ? LowerFrom(input, at + 1) : input;
        address = new EmailAddress(sent, upperLocal ? LowerFrom(sent, 0) : sent, at);
        return true;
    }

    private static bool TryDomain(ReadOnlySpan<char> domain, ReadOnlySpan<byte> classes, out bool upper)
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
        return length is > 0 and <= AddressLimits.Label
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
}
