namespace Estafette.Protocols.Addresses;

/// <summary>Why a text is not one usable mailbox address; stable codes, so that screens can translate them.</summary>
public enum EmailAddressError
{
    /// <summary>The address is good.</summary>
    None = 0,

    /// <summary>Nothing but white space.</summary>
    Empty = 1,

    /// <summary>A line break, NUL or another control character (header injection, RFC 5322 §2.2).</summary>
    ControlCharacter = 2,

    /// <summary>A display name or angle brackets around the address.</summary>
    DisplayName = 3,

    /// <summary>A comma or semicolon: more than one address.</summary>
    SeveralAddresses = 4,

    /// <summary>No <c>@</c>.</summary>
    MissingAt = 5,

    /// <summary>More than one unquoted <c>@</c>.</summary>
    SeveralAt = 6,

    /// <summary>Nothing before <c>@</c>.</summary>
    LocalPartEmpty = 7,

    /// <summary>More than 64 octets before <c>@</c> (RFC 5321 §4.5.3.1.1).</summary>
    LocalPartTooLong = 8,

    /// <summary>A dot at the start or end of the local part, or two in a row (RFC 5321 §4.1.2, dot-string).</summary>
    LocalPartDot = 9,

    /// <summary>A character that is not allowed before <c>@</c> without quotes (RFC 5322 §3.2.3, atext).</summary>
    LocalPartCharacter = 10,

    /// <summary>Quotes that do not close, close too early, or hold a forbidden character (RFC 5321 §4.1.2, quoted-string).</summary>
    LocalPartQuotes = 11,

    /// <summary>Nothing after <c>@</c>.</summary>
    DomainEmpty = 12,

    /// <summary>More than 255 octets after <c>@</c> (RFC 5321 §4.5.3.1.2).</summary>
    DomainTooLong = 13,

    /// <summary>A domain label of more than 63 octets (RFC 1035 §2.3.4).</summary>
    DomainLabelTooLong = 14,

    /// <summary>Two dots in a row, or a dot at the start or end of the domain.</summary>
    DomainDot = 15,

    /// <summary>A domain without a dot, like <c>localhost</c>.</summary>
    DomainWithoutDot = 16,

    /// <summary>A label that starts or ends with a hyphen (RFC 1123 §2.1).</summary>
    DomainHyphen = 17,

    /// <summary>A character that no host name may hold (RFC 1123 §2.1, RFC 5891 §4.2).</summary>
    DomainCharacter = 18,

    /// <summary>A label that is not valid internationalised text or Punycode (RFC 5891 §4, RFC 3492).</summary>
    DomainIdn = 19,

    /// <summary>An all-numeric last label: an IP address, not a name (RFC 3696 §2).</summary>
    DomainNumeric = 20,

    /// <summary>An address literal such as <c>[192.0.2.1]</c>: legal (RFC 5321 §4.1.3) but no campaign may send there.</summary>
    AddressLiteral = 21,

    /// <summary>More than 254 octets in all (RFC 5321 §4.5.3.1.3: a path of 256 with its angle brackets).</summary>
    AddressTooLong = 22,
}
