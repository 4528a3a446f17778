using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Campaigns;

/// <summary>One hour (since 1970-01-01 UTC) of a campaign.</summary>
public sealed record ReportHour(long Hour, long Sent, long Opens, long Clicks)
{
    private const int MaxPoints = 72;

    public DateTimeOffset At => DateTimeOffset.FromUnixTimeSeconds(Hour * 3600);

    /// <summary>The first three days, hour by hour without gaps.</summary>
    internal static async Task<List<ReportHour>> ReadAsync(IQueryable<RollupRow> rollups, CancellationToken ct)
    {
        Metric[] metrics = [Metric.Sent, Metric.OpenTotal, Metric.ClickTotal];
        var rows = await rollups
            .Where(r => metrics.Contains(r.Metric) && r.Dimension == 0)
            .Select(r => new
            {
                r.Hour,
                r.Metric,
                r.Count,
            })
            .ToListAsync(ct);
        if (rows.Count == 0)
            return [];
        var (first, last) = (rows.Min(r => r.Hour), rows.Max(r => r.Hour));
        long Sum(long hour, Metric metric) => rows.Where(r => r.Hour == hour && r.Metric == metric).Sum(r => r.Count);
        return
        [
            .. Enumerable
                .Range(0, (int)Math.Min(MaxPoints, last - first + 1))
                .Select(i => first + i)
                .Select(hour => new ReportHour(hour, Sum(hour, Metric.Sent), Sum(hour, Metric.OpenTotal), Sum(hour, Metric.ClickTotal))),
        ];
    }
}
