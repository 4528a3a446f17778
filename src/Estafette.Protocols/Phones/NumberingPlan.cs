using System.Globalization;
using System.Text.RegularExpressions;

namespace Estafette.Protocols.Phones;

/// <summary>Rules of one country; expressions are built when first needed.</summary>
internal sealed class NumberingPlan
{
    // Inputs hold at most 24 digits and the expressions no nested repetition: the limit is a belt. The linear-time engine takes
    // milliseconds to build one of these expressions, this one microseconds.
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    private readonly Lazy<Regex> _internationalPrefix;
    private readonly Lazy<Regex>? _nationalPrefix;
    private readonly string _transform;
    private readonly int[] _lengths;
    private readonly Lazy<Regex> _pattern;
    private readonly Lazy<Regex>? _mobile;
    private readonly Lazy<Regex>? _fixed;
    private readonly Lazy<Regex>? _other;
    private readonly Lazy<Regex>? _leading;
    private readonly bool _mobileAsFixed;

    internal NumberingPlan(string line)
    {
        var cells = line.Split('\t');
        Country = cells[0];
        CallingCode = int.Parse(cells[1], NumberStyles.None, CultureInfo.InvariantCulture);
        _internationalPrefix = Start(cells[2].Length == 0 ? "00" : cells[2])!;
        _nationalPrefix = Start(cells[4]);
        _transform = cells[5];
        _lengths = [.. cells[6].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(l => int.Parse(l, CultureInfo.InvariantCulture))];
        _pattern = Whole(cells[7])!;
        _mobileAsFixed = cells[8] == "=";
        _mobile = _mobileAsFixed ? null : Whole(cells[8]);
        _fixed = Whole(cells[9]);
        _other = Whole(cells[10]);
        _leading = Start(cells[11]);
    }

    internal string Country { get; }

    internal int CallingCode { get; }

    internal bool HasLeadingDigits => _leading is not null;

    /// <summary>Digits after the international prefix of this country, or null when the number does not begin with one.</summary>
    internal string? AfterInternationalPrefix(string digits)
    {
        var match = _internationalPrefix.Value.Match(digits);
        // No calling code begins with 0 (ITU-T E.164 §6.2.1), so a zero here means that the prefix was none.
        return match.Success && match.Length < digits.Length && digits[match.Length] != '0' ? digits[match.Length..] : null;
    }

    /// <summary>Takes the trunk prefix off, or puts a missing area code on, where the plan says so.</summary>
    internal string WithoutNationalPrefix(string digits)
    {
        if (_nationalPrefix is null)
            return digits;
        var match = _nationalPrefix.Value.Match(digits);
        if (!match.Success || match.Length == 0)
            return digits;
        var captured = match.Groups.Count > 1 && match.Groups[match.Groups.Count - 1].Success;
        var rest = captured && _transform.Length > 0 ? match.Result(_transform) + digits[match.Length..] : digits[match.Length..];
        return Fits(rest) || !Fits(digits) ? rest : digits;
    }

    /// <summary>Whether length and digits are possible in this country.</summary>
    internal bool Fits(string national) => (_lengths.Length == 0 || _lengths.Contains(national.Length)) && _pattern.Value.IsMatch(national);

    /// <summary>Whether the digits that tell this country from others with the same calling code are there.</summary>
    internal bool HasItsLeadingDigits(string national) => _leading is not null && _leading.Value.IsMatch(national);

    internal PhoneNumberKind KindOf(string national)
    {
        if (!Fits(national))
            return PhoneNumberKind.Unknown;
        var isFixed = _fixed?.Value.IsMatch(national) == true;
        if (isFixed && _mobileAsFixed)
            return PhoneNumberKind.FixedOrMobile;
        var isMobile = _mobile?.Value.IsMatch(national) == true;
        if (isMobile)
            return isFixed ? PhoneNumberKind.FixedOrMobile : PhoneNumberKind.Mobile;
        if (isFixed)
            return PhoneNumberKind.FixedLine;
        return _other?.Value.IsMatch(national) == true ? PhoneNumberKind.Other : PhoneNumberKind.Unknown;
    }

    internal PhoneNumberError Explain(string national)
    {
        if (_lengths.Length > 0 && national.Length < _lengths.Min())
            return PhoneNumberError.TooShort;
        return _lengths.Length > 0 && national.Length > _lengths.Max() ? PhoneNumberError.TooLong : PhoneNumberError.NotInPlan;
    }

    private static Lazy<Regex>? Whole(string pattern) => pattern.Length == 0 ? null : Compile($@"^(?:{pattern})\z");

    private static Lazy<Regex>? Start(string pattern) => pattern.Length == 0 ? null : Compile($"^(?:{pattern})");

    private static Lazy<Regex> Compile(string pattern) => new(() => new Regex(pattern, RegexOptions.CultureInvariant, MatchTimeout));
}
