using System.Globalization;
using Estafette.Core.Campaigns;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns.Editor;

/// <summary>When a campaign goes out, in words.</summary>
internal static class ScheduleWords
{
    public static string Summary(Campaign campaign, Func<DateTimeOffset, string> time)
    {
        var start = campaign.ScheduledAt is { } at ? T("editor.schedule-at", time(at)) : T("editor.schedule-on-launch");
        var hours = Hours(campaign);
        return hours is null ? start : $"{start} · {hours}";
    }

    /// <summary>The sending days and hours, or null when the campaign may send at any time.</summary>
    public static string? Hours(Campaign campaign)
    {
        var parts = new List<string>();
        if (campaign.SendingDays != 127)
            parts.Add(Days(campaign.SendingDays));
        if (campaign is { SendingFrom: { } from, SendingUntil: { } until })
            parts.Add($"{Minute(from)}–{Minute(until)}");
        if (campaign.RecipientZones)
            parts.Add(T("editor.zones-own"));
        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    /// <summary>08:00.</summary>
    public static string Minute(int minute) => string.Create(CultureInfo.InvariantCulture, $"{minute / 60:00}:{minute % 60:00}");

    /// <summary>The short name of a day, 0 for Monday.</summary>
    public static string Day(int day) => CultureInfo.CurrentUICulture.DateTimeFormat.GetDayName((DayOfWeek)((day + 1) % 7));

    private static string Days(int mask) =>
        mask == 31
            ? T("editor.weekdays")
            : string.Join(
                ", ",
                Enumerable
                    .Range(0, 7)
                    .Where(d => (mask & (1 << d)) != 0)
                    .Select(d => CultureInfo.CurrentUICulture.DateTimeFormat.GetAbbreviatedDayName((DayOfWeek)((d + 1) % 7)))
            );
}
