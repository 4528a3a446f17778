using System.Globalization;

namespace Estafette.Protocols.Xlsx;

/// <summary>A number of a cell as people see it: a day, a time, digits.</summary>
internal static class XlsxNumber
{
    // The day numbers of years 1900 to 9999; day 60 is 29 February 1900, which never was (ECMA-376 part 1 §18.17.4.1).
    private const double MaxDay = 2_958_466;
    private const int DaysTo1904 = 1462;

    public static string Text(string value, NumberStyle style, bool from1904)
    {
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            return value;
        if (style.IsDate && Day(number + (from1904 ? DaysTo1904 : 0)) is { } day)
            return day;
        if (Math.Abs(number) < 1e15 && number == Math.Floor(number))
            return number.ToString("F0", CultureInfo.InvariantCulture).PadLeft(number < 0 ? 0 : style.Digits, '0');
        // Excel keeps 15 digits; what lies behind is noise of binary fractions.
        return Math.Abs(number) is >= 1e-9 and < 1e15
            ? decimal.Parse(number.ToString("G15", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture)
                .ToString(CultureInfo.InvariantCulture)
            : number.ToString("G15", CultureInfo.InvariantCulture);
    }

    private static string? Day(double serial)
    {
        if (serial is < 0 or >= MaxDay)
            return null;
        var seconds = (long)Math.Round((serial - Math.Floor(serial)) * 86_400);
        var days = (long)Math.Floor(serial) + (seconds / 86_400);
        var time = TimeSpan.FromSeconds(seconds % 86_400);
        if (days >= MaxDay)
            return null;
        if (days == 0)
            return time.ToString("c", CultureInfo.InvariantCulture);
        var date = new DateTime(1899, 12, 31).AddDays(days - (days > 60 ? 1 : 0));
        return time == TimeSpan.Zero
            ? date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : date.Add(time).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }
}
