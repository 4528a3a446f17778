namespace Estafette.Protocols.Phones;

/// <summary>Why a text is not a telephone number; stable codes, so that screens can translate them.</summary>
public enum PhoneNumberError
{
    /// <summary>The number is good.</summary>
    None = 0,

    /// <summary>Nothing but white space and punctuation.</summary>
    Empty = 1,

    /// <summary>A letter or another character that no number holds.</summary>
    Character = 2,

    /// <summary>A national number, and no default country to read it with.</summary>
    CountryMissing = 3,

    /// <summary>The default country is not an ISO 3166 code of a country with a numbering plan.</summary>
    CountryUnknown = 4,

    /// <summary>No country has the calling code after <c>+</c>.</summary>
    CallingCode = 5,

    /// <summary>Fewer digits than any number of the country.</summary>
    TooShort = 6,

    /// <summary>More digits than any number of the country, or than E.164 allows (15).</summary>
    TooLong = 7,

    /// <summary>The digits do not fit the numbering plan of the country.</summary>
    NotInPlan = 8,
}
