namespace Estafette.Protocols.Addresses;

/// <summary>One bare mailbox address in the form in which it is sent, with its uniqueness key.</summary>
/// <remarks>
/// RFC 5321 §4.1.2 (dot-string and quoted-string local parts), RFC 6531 §3.3 (UTF-8 local parts), RFC 5890 (domains as A-labels).
/// Surrounding white space, zero-width characters and byte order marks are dropped; everything else must be exactly one address.
/// A plain lower-case ASCII address costs no allocation: <see cref="Address"/> and <see cref="Key"/> are then the input itself.
/// </remarks>
public readonly struct EmailAddress : IEquatable<EmailAddress>
{
    private readonly string? _address;
    private readonly string? _key;
    private readonly int _at;

    internal EmailAddress(string address, string key, int at)
    {
        _address = address;
        _key = key;
        _at = at;
    }

    /// <summary>The address as it is sent: local part as written (needless quotes removed), domain in lower-case A-labels.</summary>
    public string Address => _address ?? "";

    /// <summary>Key for uniqueness and suppression: NFC lower-case local part, <c>@</c>, A-label domain.</summary>
    public string Key => _key ?? "";

    /// <summary>The part before <c>@</c>, case preserved, with quotes when it needs them. Allocates; see <see cref="LocalPartSpan"/>.</summary>
    public string LocalPart => _address is null ? "" : _address[.._at];

    /// <summary>The domain as lower-case A-labels. Allocates; see <see cref="DomainSpan"/>.</summary>
    public string Domain => _address is null ? "" : _address[(_at + 1)..];

    /// <summary>The part before <c>@</c>, without copy.</summary>
    public ReadOnlySpan<char> LocalPartSpan => _address is null ? default : _address.AsSpan(0, _at);

    /// <summary>The domain as lower-case A-labels, without copy.</summary>
    public ReadOnlySpan<char> DomainSpan => _address is null ? default : _address.AsSpan(_at + 1);

    /// <summary>The domain for a reader: U-labels where they exist (RFC 5890 §2.3.2.1).</summary>
    public string DisplayDomain => MailDomainReader.ToDisplay(Domain);

    /// <summary>Whether the local part holds non-ASCII text, so that only a server offering SMTPUTF8 can take it (RFC 6531 §3.1).</summary>
    public bool RequiresSmtpUtf8 => !System.Text.Ascii.IsValid(LocalPartSpan);

    /// <summary>Reads one address and says in English what is wrong with it.</summary>
    /// <param name="input">Text of one field, as typed or imported.</param>
    /// <param name="address">The address, or the default value.</param>
    /// <param name="error">A short sentence, or null when the address is good.</param>
    /// <returns>Whether the text is one usable address.</returns>
    public static bool TryParse(string? input, out EmailAddress address, out string? error)
    {
        var code = Check(input, out address);
        error = code == EmailAddressError.None ? null : Describe(code);
        return code == EmailAddressError.None;
    }

    /// <summary>Reads one address and gives the code of what is wrong with it, for callers that translate.</summary>
    /// <param name="input">Text of one field, as typed or imported.</param>
    /// <param name="address">The address, or the default value.</param>
    /// <returns><see cref="EmailAddressError.None"/> when the text is one usable address.</returns>
    public static EmailAddressError Check(string? input, out EmailAddress address) => EmailAddressParser.Parse(input, out address);

    /// <summary>English sentence for a code.</summary>
    public static string Describe(EmailAddressError error) =>
        error switch
        {
            EmailAddressError.None => "The address is valid.",
            EmailAddressError.Empty => "The address is empty.",
            EmailAddressError.ControlCharacter => "The address holds a line break or another control character.",
            EmailAddressError.DisplayName => "Give the bare address, without name or angle brackets.",
            EmailAddressError.SeveralAddresses => "Give one address, not a list.",
            EmailAddressError.MissingAt => "The address has no @.",
            EmailAddressError.SeveralAt => "The address has more than one @.",
            EmailAddressError.LocalPartEmpty => "Nothing stands before the @.",
            EmailAddressError.LocalPartTooLong => "The part before the @ is longer than 64 bytes.",
            EmailAddressError.LocalPartDot => "The part before the @ starts or ends with a dot, or has two dots in a row.",
            EmailAddressError.LocalPartCharacter => "The part before the @ holds a character that is not allowed there.",
            EmailAddressError.LocalPartQuotes => "The quotes before the @ are not closed properly.",
            EmailAddressError.DomainEmpty => "Nothing stands after the @.",
            EmailAddressError.DomainTooLong => "The domain is longer than 255 bytes.",
            EmailAddressError.DomainLabelTooLong => "A part of the domain between two dots is longer than 63 bytes.",
            EmailAddressError.DomainDot => "The domain starts or ends with a dot, or has two dots in a row.",
            EmailAddressError.DomainWithoutDot => "The domain has no dot.",
            EmailAddressError.DomainHyphen => "A part of the domain starts or ends with a hyphen.",
            EmailAddressError.DomainCharacter => "The domain holds a character that is not allowed there.",
            EmailAddressError.DomainIdn => "The domain is not a valid internationalised name.",
            EmailAddressError.DomainNumeric => "The domain is a number, not a name.",
            EmailAddressError.AddressLiteral => "Addresses with an IP address in brackets are not accepted.",
            EmailAddressError.AddressTooLong => "The address is longer than 254 bytes.",
            _ => throw new ArgumentOutOfRangeException(nameof(error), error, "Describing an address error: unknown code."),
        };

    /// <inheritdoc/>
    public override string ToString() => Address;

    /// <summary>Two addresses are equal when they are sent identically; use <see cref="Key"/> for "same person".</summary>
    public bool Equals(EmailAddress other) => string.Equals(Address, other.Address, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EmailAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Address.GetHashCode(StringComparison.Ordinal);

    /// <summary>Same text on the wire.</summary>
    public static bool operator ==(EmailAddress left, EmailAddress right) => left.Equals(right);

    /// <summary>Different text on the wire.</summary>
    public static bool operator !=(EmailAddress left, EmailAddress right) => !left.Equals(right);
}
