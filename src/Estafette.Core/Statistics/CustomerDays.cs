using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>What all campaigns of a customer did on one day of its zone.</summary>
public sealed record DayFigures(DateOnly Day, long Sent, long Delivered, long Opened, long Clicked);

/// <summary>Reads the figures of the last days from the rollups of the campaigns launched in the year before.</summary>
public static class CustomerDays
{
    private static readonly Metric[] Metrics = [Metric.Sent, Metric.Delivered, Metric.Opened, Metric.Clicked];

    /// <summary>Campaigns whose figures are read; those launched before do not move a curve of some weeks.</summary>
    private const int MaxCampaigns = 1000;

    /// <summary>One line for each day, the last is today, also for days on which nothing happened.</summary>
    public static async Task<IReadOnlyList<DayFigures>> RunAsync(
        CustomerId customer,
        int days,
        TimeZoneInfo zone,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        var first = today.AddDays(1 - days);
        // A day more than needed: the zone may be ahead of UTC.
        var since = RollupCounter.HourOf(now.AddDays(-days - 1));
        var year = now.AddDays(-365);
        var campaigns = await db.Of<Campaign>(customer)
            .Where(c => c.LaunchedAt != null && c.LaunchedAt > year)
            .OrderByDescending(c => c.Id)
            .Take(MaxCampaigns)
            .Select(c => c.Id)
            .ToListAsync(ct);
        var rows = await db.Of<RollupRow>(customer)
            .Where(r => campaigns.Contains(r.CampaignId) && Metrics.Contains(r.Metric) && r.Hour >= since)
            .GroupBy(r => new { r.Metric, r.Hour })
            .Select(g => new
            {
                g.Key.Metric,
                g.Key.Hour,
                Count = g.Sum(r => r.Count),
            })
            .ToListAsync(ct);
        var byDay = rows.ToLookup(r =>
            DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeSeconds(r.Hour * 3600), zone).DateTime)
        );
        return
        [
            .. Enumerable
                .Range(0, days)
                .Select(i =>
                {
                    var day = first.AddDays(i);
                    long Of(Metric metric) => byDay[day].Where(r => r.Metric == metric).Sum(r => r.Count);
                    return new DayFigures(day, Of(Metric.Sent), Of(Metric.Delivered), Of(Metric.Opened), Of(Metric.Clicked));
                }),
        ];
    }
}
