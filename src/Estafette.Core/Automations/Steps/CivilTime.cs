namespace Estafette.Core.Automations.Steps;

/// <summary>
/// Times as a clock on the wall shows them. Where clocks are put forward and the hour does not exist, the first moment after the gap is meant;
/// where they are put back and it comes twice, the first of both.
/// </summary>
internal static class CivilTime
{
    /// <summary>The moment at which the clocks of a zone show this day and minute.</summary>
    public static DateTimeOffset At(DateOnly day, int minute, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue).AddMinutes(minute);
        // Gaps end on a whole minute, and none is longer than a day.
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(1);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    /// <summary>The day in a zone.</summary>
    public static DateOnly DayOf(DateTimeOffset at, TimeZoneInfo zone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    /// <summary>The minute of the day in a zone.</summary>
    public static int MinuteOf(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        return (local.Hour * 60) + local.Minute;
    }

    /// <summary>A day as yyyyMMdd.</summary>
    public static int Number(DateOnly day) => (day.Year * 10_000) + (day.Month * 100) + day.Day;

    /// <summary>The day of a number made by <see cref="Number"/>.</summary>
    public static DateOnly FromNumber(int number) => new(number / 10_000, number / 100 % 100, number % 100);
}
