using System.Globalization;

namespace Estafette.Web;

/// <summary>How numbers, rates, sizes and durations are written in the language of the request.</summary>
internal static class Formats
{
    /// <summary>12 345 or 12,345.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.CurrentCulture);

    /// <summary>A rate with one decimal, or a dash when its base is 0.</summary>
    public static string Rate(long part, long whole) => Percent(whole <= 0 ? null : 100m * part / whole);

    /// <summary>A rate in percent, as the figures of campaigns have it; a dash when it has no base.</summary>
    public static string Percent(decimal? value, int decimals = 1)
    {
        if (value is not { } rate)
            return "–";
        var percent = rate.ToString($"N{decimals}", CultureInfo.CurrentCulture);
        return CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "fr" ? percent + "\u202f%" : percent + "%";
    }

    /// <summary>12.3 MB.</summary>
    public static string Bytes(long value)
    {
        var french = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "fr";
        string[] units = french ? ["o", "ko", "Mo", "Go", "To"] : ["B", "kB", "MB", "GB", "TB"];
        var size = (double)value;
        var unit = 0;
        while (size >= 1000 && unit < units.Length - 1)
        {
            size /= 1000;
            unit++;
        }
        return size.ToString(unit == 0 ? "N0" : "N1", CultureInfo.CurrentCulture) + "\u00a0" + units[unit];
    }

    /// <summary>2 h 05 min, 3 min 20 s, 12 s.</summary>
    public static string Duration(TimeSpan value) =>
        value.TotalHours >= 1 ? $"{(long)value.TotalHours}\u00a0h\u00a0{value.Minutes:00}\u00a0min"
        : value.TotalMinutes >= 1 ? $"{value.Minutes}\u00a0min\u00a0{value.Seconds:00}\u00a0s"
        : $"{Math.Max(0, (int)value.TotalSeconds)}\u00a0s";
}
