namespace Estafette.Protocols.Phones;

/// <summary>What the numbering plan says about a number.</summary>
public enum PhoneNumberKind
{
    /// <summary>Possible in the country, in no range that the plan names.</summary>
    Unknown = 0,

    /// <summary>A mobile telephone: can take SMS.</summary>
    Mobile = 1,

    /// <summary>A fixed line.</summary>
    FixedLine = 2,

    /// <summary>The plan does not tell fixed and mobile apart (North America).</summary>
    FixedOrMobile = 3,

    /// <summary>Free, premium, shared cost, personal, voice over IP, pager or voice mail.</summary>
    Other = 4,
}
