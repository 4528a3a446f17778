using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>Days of a customer's zone, both included.</summary>
public sealed record Period(DateOnly From, DateOnly To, TimeZoneInfo Zone)
{
    /// <summary>The most days of one period.</summary>
    public const int MaxDays = 366;

    public int Days => To.DayNumber - From.DayNumber + 1;

    /// <summary>The hours of the rollups that lie in it.</summary>
    internal (long First, long Behind) Hours => (HourOf(From), HourOf(To.AddDays(1)));

    private long HourOf(DateOnly day)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        // A clock that jumps over midnight begins the day at the next hour.
        while (Zone.IsInvalidTime(local))
            local = local.AddMinutes(30);
        return RollupCounter.HourOf(new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(local, Zone), TimeSpan.Zero));
    }
}

/// <summary>What campaigns did; opened and clicked count messages whose recipients are measured individually.</summary>
public sealed record PeriodFigures(
    long Sent,
    long Delivered,
    long SoftBounced,
    long HardBounced,
    long Opened,
    long Clicked,
    long Unsubscribed,
    long Complained
);

/// <summary>One day.</summary>
public sealed record PeriodDay(DateOnly Day, PeriodFigures Figures);

/// <summary>One list: what the campaigns to it did; a campaign to two lists counts for each.</summary>
public sealed record PeriodList(ListId List, string Name, int Campaigns, PeriodFigures Figures);

/// <summary>One sending server: its attempts that were accepted, and the others.</summary>
public sealed record PeriodServer(ServerId Server, string Name, long Accepted, long Failed);

/// <summary>Figures of all campaigns of a customer over a period, read from the rollups.</summary>
public static class MeasurePeriod
{
    private static readonly Metric[] Metrics =
    [
        Metric.Sent,
        Metric.Delivered,
        Metric.SoftBounced,
        Metric.HardBounced,
        Metric.Opened,
        Metric.Clicked,
        Metric.Unsubscribed,
        Metric.Complained,
    ];

    /// <summary>A line for every day, also for those on which nothing happened.</summary>
    public static async Task<IReadOnlyList<PeriodDay>> DaysAsync(CustomerId customer, Period period, EstafetteDb db, CancellationToken ct)
    {
        var rows = await Rows(customer, period, db)
            .Where(r => Metrics.Contains(r.Metric))
            .GroupBy(r => new { r.Metric, r.Hour })
            .Select(g => new
            {
                g.Key.Metric,
                g.Key.Hour,
                Count = g.Sum(r => r.Count),
            })
            .ToListAsync(ct);
        var byDay = rows.ToLookup(
            r => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeSeconds(r.Hour * 3600), period.Zone).DateTime),
            r => (r.Metric, r.Count)
        );
        return [.. Enumerable.Range(0, period.Days).Select(i => period.From.AddDays(i)).Select(d => new PeriodDay(d, Sum(byDay[d])))];
    }

    /// <summary>The lists that campaigns of the period went to, by name.</summary>
    public static async Task<IReadOnlyList<PeriodList>> ListsAsync(CustomerId customer, Period period, EstafetteDb db, CancellationToken ct)
    {
        var rows = await (
            from r in Rows(customer, period, db)
            where Metrics.Contains(r.Metric)
            join target in db.Of<CampaignList>(customer) on r.CampaignId equals target.CampaignId
            where !target.Excluded
            join list in db.Of<ContactList>(customer) on target.ListId equals list.Id
            group r by new
            {
                list.Id,
                list.Name,
                r.CampaignId,
                r.Metric,
            } into g
            select new
            {
                g.Key.Id,
                g.Key.Name,
                g.Key.CampaignId,
                g.Key.Metric,
                Count = g.Sum(r => r.Count),
            }
        ).ToListAsync(ct);
        return
        [
            .. rows.GroupBy(r => (r.Id, r.Name))
                .OrderBy(g => g.Key.Name, StringComparer.Ordinal)
                .Select(g => new PeriodList(
                    g.Key.Id,
                    g.Key.Name,
                    g.Select(r => r.CampaignId).Distinct().Count(),
                    Sum(g.Select(r => (r.Metric, r.Count)))
                )),
        ];
    }

    /// <summary>The servers that campaigns of the period used, by name; one that was deleted has none.</summary>
    public static async Task<IReadOnlyList<PeriodServer>> ServersAsync(
        CustomerId customer,
        Period period,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var rows = await Rows(customer, period, db)
            .Where(r => r.Metric == Metric.ServerAccepted || r.Metric == Metric.ServerFailed)
            .GroupBy(r => new { r.Metric, r.Dimension })
            .Select(g => new
            {
                g.Key.Metric,
                g.Key.Dimension,
                Count = g.Sum(r => r.Count),
            })
            .ToListAsync(ct);
        var names = await db.Of<SendingServer>(customer).ToDictionaryAsync(s => s.Id.Value, s => s.Name, ct);
        return
        [
            .. rows.GroupBy(r => r.Dimension)
                .Select(g => new PeriodServer(
                    new ServerId(g.Key),
                    names.GetValueOrDefault(g.Key, ""),
                    g.Where(r => r.Metric == Metric.ServerAccepted).Sum(r => r.Count),
                    g.Where(r => r.Metric == Metric.ServerFailed).Sum(r => r.Count)
                ))
                .OrderBy(s => s.Name, StringComparer.Ordinal),
        ];
    }

    private static IQueryable<RollupRow> Rows(CustomerId customer, Period period, EstafetteDb db)
    {
        var (first, behind) = period.Hours;
        return db.Of<RollupRow>(customer).Where(r => r.Hour >= first && r.Hour < behind);
    }

    private static PeriodFigures Sum(IEnumerable<(Metric Metric, long Count)> rows)
    {
        var counts = rows.GroupBy(r => r.Metric).ToDictionary(g => g.Key, g => g.Sum(r => r.Count));
        long Of(Metric metric) => counts.GetValueOrDefault(metric);
        return new PeriodFigures(
            Of(Metric.Sent),
            Of(Metric.Delivered),
            Of(Metric.SoftBounced),
            Of(Metric.HardBounced),
            Of(Metric.Opened),
            Of(Metric.Clicked),
            Of(Metric.Unsubscribed),
            Of(Metric.Complained)
        );
    }
}
