using System.Globalization;

namespace Estafette.Core.Contacts.Segments;

/// <summary>The values of conditions, from their text.</summary>
internal static class SegmentValues
{
    public static bool TryNumber(string? text, out decimal number) =>
        decimal.TryParse(
            text?.Trim().Replace(',', '.'),
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out number
        )
        && Math.Abs(number) < 1_000_000_000_000_000m;

    public static bool TryDate(string? text, out DateOnly date) =>
        DateOnly.TryParseExact(text?.Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date)
        && date.Year is >= 1900 and <= 2200;

    public static bool TryWhole(string? text, out int number) =>
        int.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number);

    public static int Whole(string? text) => int.Parse(text!.Trim(), CultureInfo.InvariantCulture);

    public static DateOnly Date(string? text) => TryDate(text, out var date) ? date : throw new FormatException($"'{text}' is not a date.");

    public static decimal Number(string? text) =>
        TryNumber(text, out var number) ? number : throw new FormatException($"'{text}' is not a number.");

    /// <summary>
    /// Text as it is compared: the letters A to Z small, the others as they are. That is what lower() does on SQLite, and the same is asked of
    /// PostgreSQL, so that a segment holds the same contacts on both.
    /// </summary>
    public static string Fold(string text) =>
        string.Create(
            text.Length,
            text,
            static (span, source) =>
            {
                for (var i = 0; i < source.Length; i++)
                    span[i] = char.IsAsciiLetterUpper(source[i]) ? (char)(source[i] | 0x20) : source[i];
            }
        );

    /// <summary>The first moment of a day in a zone; where the clocks skip it, the first that exists.</summary>
    public static long StartOfDay(DateOnly day, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(15);
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUnixTimeMilliseconds();
    }
}
