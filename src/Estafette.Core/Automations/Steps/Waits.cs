namespace Estafette.Core.Automations.Steps;

/// <summary>When the wait of a step ends.</summary>
internal static class Waits
{
    /// <summary>The end of a wait that begins now.</summary>
    public static DateTimeOffset EndOf(StepDefinition step, DateTimeOffset now, TimeZoneInfo zone) =>
        step.Wait == WaitKind.Until ? NextTime(step, now, zone)
        : step.Unit == WaitUnit.Minutes ? now.AddMinutes(step.Amount)
        : step.Unit == WaitUnit.Hours ? now.AddHours(step.Amount)
        : SameClock(now, step.Unit == WaitUnit.Weeks ? step.Amount * 7 : step.Amount, zone);

    /// <summary>The same hour on the wall, days later: 23 or 25 hours are a day when the clocks change.</summary>
    private static DateTimeOffset SameClock(DateTimeOffset now, int days, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var end = CivilTime.At(DateOnly.FromDateTime(local.DateTime).AddDays(days), (local.Hour * 60) + local.Minute, zone);
        return end.AddTicks(local.TimeOfDay.Ticks % TimeSpan.TicksPerMinute);
    }

    /// <summary>The next moment, after now, at which the clock shows the hour on an allowed day.</summary>
    private static DateTimeOffset NextTime(StepDefinition step, DateTimeOffset now, TimeZoneInfo zone)
    {
        var day = CivilTime.DayOf(now, zone);
        for (var ahead = 0; ; ahead++)
        {
            var candidate = day.AddDays(ahead);
            if (!IsAllowed(candidate, step.Weekdays))
                continue;
            var end = CivilTime.At(candidate, step.Minute, zone);
            if (end > now)
                return end;
        }
    }

    /// <summary>Whether a day is among those of a mask whose bit 0 is Monday; an empty mask allows every day.</summary>
    public static bool IsAllowed(DateOnly day, int weekdays) =>
        (weekdays & 127) == 0 || (weekdays & (1 << (((int)day.DayOfWeek + 6) % 7))) != 0;
}
