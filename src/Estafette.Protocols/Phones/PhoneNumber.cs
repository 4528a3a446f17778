using System.Runtime.InteropServices;

namespace Estafette.Protocols.Phones;

/// <summary>A telephone number in E.164 form, with its country and kind.</summary>
/// <remarks>Rules come from the numbering plans in <c>numbering-plans.tsv</c>; the number may still be unassigned.</remarks>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PhoneNumber
{
    private readonly string? _e164;
    private readonly string? _country;

    internal PhoneNumber(string e164, string country, int callingCode, PhoneNumberKind kind)
    {
        _e164 = e164;
        _country = country;
        CallingCode = callingCode;
        Kind = kind;
    }

    /// <summary><c>+</c>, calling code and national number without punctuation (ITU-T E.164 §6).</summary>
    public string E164 => _e164 ?? "";

    /// <summary>ISO 3166-1 alpha-2 code; <c>001</c> for numbers of no country, such as +800.</summary>
    public string Country => _country ?? "";

    /// <summary>Digits after <c>+</c> that name the country or zone.</summary>
    public int CallingCode { get; }

    /// <summary>What the plan says about the range.</summary>
    public PhoneNumberKind Kind { get; }

    /// <summary>True when surely mobile, false when surely not, null when the plan does not say.</summary>
    public bool? IsMobile =>
        Kind switch
        {
            PhoneNumberKind.Mobile => true,
            PhoneNumberKind.FixedLine or PhoneNumberKind.Other => false,
            _ => null,
        };

    /// <summary>Reads a number as people write it.</summary>
    /// <param name="input">
    /// Digits with spaces, dots, dashes, slashes or parentheses; international with <c>+</c> or the country's own prefix (00, 011),
    /// <c>+33 (0)6…</c> included; else national.
    /// </param>
    /// <param name="defaultCountry">ISO 3166-1 alpha-2 code for national numbers; null to take only international ones.</param>
    /// <param name="number">The number, or the default value.</param>
    /// <param name="error">What is wrong; <see cref="PhoneNumberError.None"/> when nothing.</param>
    public static bool TryParse(string? input, string? defaultCountry, out PhoneNumber number, out PhoneNumberError error)
    {
        error = PhoneNumberParser.Parse(input, defaultCountry, out number);
        return error == PhoneNumberError.None;
    }

    /// <summary>Whether a country has a numbering plan here.</summary>
    public static bool IsKnownCountry(string? country) => NumberingPlans.Find(country) is not null;

    /// <summary>English sentence for a code.</summary>
    public static string Describe(PhoneNumberError error) =>
        error switch
        {
            PhoneNumberError.None => "The number is valid.",
            PhoneNumberError.Empty => "The number is empty.",
            PhoneNumberError.Character => "The number holds a character that is not allowed there.",
            PhoneNumberError.CountryMissing => "Give the number with + and the country code, or choose a default country.",
            PhoneNumberError.CountryUnknown => "The default country is unknown.",
            PhoneNumberError.CallingCode => "No country has this calling code.",
            PhoneNumberError.TooShort => "The number has too few digits for its country.",
            PhoneNumberError.TooLong => "The number has too many digits.",
            PhoneNumberError.NotInPlan => "The number does not exist in the numbering plan of its country.",
            _ => throw new ArgumentOutOfRangeException(nameof(error), error, "Describing a telephone number error: unknown code."),
        };

    /// <inheritdoc/>
    public override string ToString() => E164;
}
