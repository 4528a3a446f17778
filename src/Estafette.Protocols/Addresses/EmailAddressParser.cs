using System.Text;

namespace Estafette.Protocols.Addresses;

/// <summary>Grammar of one mailbox address: a table-driven pass for ASCII, and a full pass for quotes, UTF-8 and IDN.</summary>
internal static class EmailAddressParser
{
    private const int MaxInputChars = 4096;

    internal static EmailAddressError Parse(string? input, out EmailAddress address)
    {
        address = default;
        if (input is null)
            return EmailAddressError.Empty;
        return PlainAddressParser.TryParse(input, out address) ? EmailAddressError.None : ParseFully(input, out address);
    }

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
        var error =
            text[0] == '"' ? LocalPartReader.ReadQuoted(text, out local, out at) : LocalPartReader.ReadDotString(text, out local, out at);
        if (error != EmailAddressError.None)
            return error;
        if (Encoding.UTF8.GetByteCount(local) > AddressLimits.Local)
            return EmailAddressError.LocalPartTooLong;
        error = MailDomainReader.Read(text[(at + 1)..], out var domain);
        if (error != EmailAddressError.None)
            return error;
        if (Encoding.UTF8.GetByteCount(local) + 1 + domain.Length > AddressLimits.Address)
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
}
