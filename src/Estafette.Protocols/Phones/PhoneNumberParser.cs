using System.Globalization;

namespace Estafette.Protocols.Phones;

/// <summary>From a number as written to country, kind and E.164 form.</summary>
internal static class PhoneNumberParser
{
    private const int MaxInputChars = 64;
    private const int MaxWrittenDigits = 24;

    // ITU-T E.164 §6.2.1
    private const int MaxDigits = 15;

    // Overseas departments have their own calling codes and are dialled from the mainland by their ten digits (French national plan).
    private static readonly string[] DialledFromFrance = ["RE", "YT", "GP", "MQ", "GF"];

    internal static PhoneNumberError Parse(string? input, string? defaultCountry, out PhoneNumber number)
    {
        number = default;
        NumberingPlan? home = null;
        if (!string.IsNullOrEmpty(defaultCountry) && (home = NumberingPlans.Find(defaultCountry)) is null)
            return PhoneNumberError.CountryUnknown;
        var error = ReadDigits(input, out var digits, out var international);
        if (error != PhoneNumberError.None)
            return error;
        if (!international)
        {
            var after = home is not null ? home.AfterInternationalPrefix(digits) : AfterZeroZero(digits);
            if (after is null)
                return home is null ? PhoneNumberError.CountryMissing : ParseNational(digits, home, out number);
            digits = after;
        }
        return ParseInternational(digits, out number);
    }

    private static string? AfterZeroZero(string digits) =>
        digits.StartsWith("00", StringComparison.Ordinal) && digits.Length > 2 && digits[2] != '0' ? digits[2..] : null;

    private static PhoneNumberError ReadDigits(string? input, out string digits, out bool international)
    {
        digits = "";
        international = false;
        if (input is null)
            return PhoneNumberError.Empty;
        var text = input.AsSpan().Trim();
        if (text.StartsWith("tel:", StringComparison.OrdinalIgnoreCase))
            text = text[4..];
        if (text.Length > MaxInputChars)
            return PhoneNumberError.TooLong;
        Span<char> found = stackalloc char[MaxInputChars];
        var count = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c))
                found[count++] = c;
            else if (c is '+' or '\uFF0B' && count == 0 && !international)
                international = true;
            else if (CharUnicodeInfo.GetDecimalDigitValue(c) is >= 0 and var value)
                found[count++] = (char)('0' + value);
            else if (!IsPunctuation(c))
                return PhoneNumberError.Character;
        }
        digits = found[..count].ToString();
        if (count == 0)
            return PhoneNumberError.Empty;
        return count > MaxWrittenDigits ? PhoneNumberError.TooLong : PhoneNumberError.None;
    }

    // Spaces of all kinds, dashes, dots, parentheses, slash, and invisible direction marks that copying from a page brings along.
    private static bool IsPunctuation(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.SpaceSeparator or UnicodeCategory.DashPunctuation or UnicodeCategory.Format
        || c is '.' or '(' or ')' or '/' or '\t' or '\u00B7' or '\u2212' or '\u2024' or '\uFF0E' or '\uFF08' or '\uFF09' or '[' or ']';

    private static PhoneNumberError ParseNational(string digits, NumberingPlan home, out PhoneNumber number)
    {
        number = default;
        var national = home.WithoutNationalPrefix(digits);
        if (home.Fits(national))
        {
            var kind = home.KindOf(national);
            if (kind == PhoneNumberKind.Unknown && home.Country == "FR" && TryOverseas(national, out number))
                return PhoneNumberError.None;
            return Accept(national, CountryOf(national, home.CallingCode) ?? home, out number);
        }
        // Written with the calling code but without "+".
        var code = home.CallingCode.ToString(CultureInfo.InvariantCulture);
        if (digits.StartsWith(code, StringComparison.Ordinal) && ParseInternational(digits, out number) is PhoneNumberError.None)
            return PhoneNumberError.None;
        return home.Explain(national);
    }

    private static bool TryOverseas(string national, out PhoneNumber number)
    {
        number = default;
        foreach (var country in DialledFromFrance)
        {
            var plan = NumberingPlans.Find(country)!;
            if (plan.KindOf(national) is PhoneNumberKind.Mobile or PhoneNumberKind.FixedLine)
                return Accept(national, plan, out number) == PhoneNumberError.None;
        }
        return false;
    }

    private static PhoneNumberError ParseInternational(string digits, out PhoneNumber number)
    {
        number = default;
        var code = 0;
        var plans = ReadOnlySpan<NumberingPlan>.Empty;
        var length = 0;
        while (length < 3 && length < digits.Length && plans.IsEmpty)
        {
            code = (code * 10) + digits[length++] - '0';
            if (code == 0)
                return PhoneNumberError.CallingCode;
            plans = NumberingPlans.WithCallingCode(code);
        }
        if (plans.IsEmpty)
            return digits.Length < 3 ? PhoneNumberError.TooShort : PhoneNumberError.CallingCode;
        var main = plans[0];
        // "+33 (0)6 …": the trunk prefix between brackets, or written by mistake, goes; Italian zeros belong to the number and stay.
        var written = digits[length..];
        var national = main.WithoutNationalPrefix(written);
        var plan = CountryOf(national, code);
        if (plan is null && written.StartsWith('0'))
            plan = CountryOf(national = written[1..], code);
        return plan is null ? main.Explain(main.WithoutNationalPrefix(written)) : Accept(national, plan, out number);
    }

    // Which of the countries that share a calling code has the number; null when none can.
    private static NumberingPlan? CountryOf(string national, int callingCode)
    {
        NumberingPlan? possible = null;
        foreach (var plan in NumberingPlans.WithCallingCode(callingCode))
        {
            if (!plan.Fits(national))
                continue;
            var certain = plan.HasLeadingDigits ? plan.HasItsLeadingDigits(national) : plan.KindOf(national) != PhoneNumberKind.Unknown;
            if (certain)
                return plan;
            possible ??= plan;
        }
        return possible;
    }

    private static PhoneNumberError Accept(string national, NumberingPlan plan, out PhoneNumber number)
    {
        number = default;
        var e164 = string.Create(CultureInfo.InvariantCulture, $"+{plan.CallingCode}{national}");
        if (e164.Length - 1 > MaxDigits)
            return PhoneNumberError.TooLong;
        number = new PhoneNumber(e164, plan.Country, plan.CallingCode, plan.KindOf(national));
        return PhoneNumberError.None;
    }
}
