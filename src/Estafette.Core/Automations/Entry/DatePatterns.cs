using System.Globalization;

namespace Estafette.Core.Automations.Entry;

/// <summary>How a date looks in an attribute: 1985-07-14 (with or without a time behind it) or 14/07/1985.</summary>
internal static class DatePatterns
{
    /// <summary>
    /// Four patterns for LIKE. Who was born on 29 February is meant on 28 February in the other years: the last day of the month in both.
    /// </summary>
    public static string[] Of(DateOnly day, DateRepeat repeat)
    {
        if (repeat == DateRepeat.Once)
            return Both(
                day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + "%",
                day.ToString("dd'/'MM'/'yyyy", CultureInfo.InvariantCulture) + "%"
            );
        var own = Yearly(day.Month, day.Day);
        var leapling = day is { Month: 2, Day: 28 } && !DateTime.IsLeapYear(day.Year) ? Yearly(2, 29) : own;
        return [own.Iso, own.French, leapling.Iso, leapling.French];
    }

    private static (string Iso, string French) Yearly(int month, int day) =>
        (
            string.Create(CultureInfo.InvariantCulture, $"____-{month:00}-{day:00}%"),
            string.Create(CultureInfo.InvariantCulture, $"{day:00}/{month:00}/____%")
        );

    private static string[] Both(string iso, string french) => [iso, french, iso, french];
}
