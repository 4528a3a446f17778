namespace Estafette.Core.Campaigns.Schedule;

/// <summary>
/// The days and hours in which a campaign may send, on the wall clock of a zone. A window that ends before it begins (20:00 to 02:00) runs past midnight
/// and belongs to the day on which it began.
/// </summary>
/// <param name="Days">Bits, Monday 1 to Sunday 64.</param>
/// <param name="From">Minute of the day from which it may send, 0 to 1439; null: all day.</param>
/// <param name="Until">Minute of the day at which it stops, 1 to 1440; null: all day.</param>
public readonly record struct SendingHours(int Days, int? From, int? Until)
{
    public const int EveryDay = 127;
    private const int MinutesPerDay = 24 * 60;

    /// <summary>The hours of a campaign.</summary>
    public static SendingHours Of(Campaign campaign) => new(campaign.SendingDays, campaign.SendingFrom, campaign.SendingUntil);

    /// <summary>There is no limit.</summary>
    public bool IsAlways => (Days & EveryDay) == EveryDay && (From is null || Until is null);

    /// <summary>It can open at all.</summary>
    public bool IsValid =>
        (Days & EveryDay) != 0
        && (From is null) == (Until is null)
        && From is null or (>= 0 and < MinutesPerDay)
        && Until is null or (> 0 and <= MinutesPerDay)
        && (From is null || From != Until);

    /// <summary>Whether it may send at an instant.</summary>
    public bool IsOpen(DateTimeOffset at, TimeZoneInfo zone)
    {
        if (IsAlways)
            return true;
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var minute = (int)local.TimeOfDay.TotalMinutes;
        if (From is not { } from || Until is not { } until)
            return Has(local.DayOfWeek);
        return from < until
            ? minute >= from && minute < until && Has(local.DayOfWeek)
            : (minute >= from && Has(local.DayOfWeek)) || (minute < until && Has(local.AddDays(-1).DayOfWeek));
    }

    /// <summary>The first instant at or after one at which it may send.</summary>
    public DateTimeOffset NextOpening(DateTimeOffset at, TimeZoneInfo zone)
    {
        if (IsOpen(at, zone))
            return at;
        var today = TimeZoneInfo.ConvertTime(at, zone).Date;
        // Two weeks: a window of one day that a change of clocks leaves out opens a week later.
        for (var day = 0; day <= 15; day++)
        {
            var opening = CivilTime.Of(today.AddDays(day).AddMinutes(From ?? 0), zone).Instant;
            if (opening > at && IsOpen(opening, zone))
                return opening;
        }
        return at.AddDays(15);
    }

    /// <summary>The first instant after one at which it may not send any more; null when it never closes.</summary>
    public DateTimeOffset? Closing(DateTimeOffset at, TimeZoneInfo zone)
    {
        if (IsAlways)
            return null;
        var today = TimeZoneInfo.ConvertTime(at, zone).Date;
        for (var day = 0; day <= 8; day++)
        {
            var closing = CivilTime.Of(today.AddDays(day).AddMinutes(Until ?? MinutesPerDay), zone).Instant;
            if (closing > at && !IsOpen(closing, zone))
                return closing;
        }
        return null;
    }

    private bool Has(DayOfWeek day) => (Days & (1 << (((int)day + 6) % 7))) != 0;
}
