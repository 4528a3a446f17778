using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Tracking;
using Estafette.Protocols.UserAgents;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>What people did with one combination of operating system, browser and kind of device.</summary>
/// <param name="Os">Operating system; null when nothing is known of the program.</param>
/// <param name="Browser">Browser or mail program; null when nothing is known.</param>
/// <param name="Device">Kind of device.</param>
/// <param name="Recipients">Messages opened or clicked with it; one opened with two of them counts in both.</param>
/// <param name="Opens">Opens by people.</param>
/// <param name="Clicks">Clicks by people.</param>
public sealed record DeviceFigures(string? Os, string? Browser, DeviceKind Device, long Recipients, long Opens, long Clicks);

/// <summary>Reads the figures of a campaign by device, from rollups.</summary>
public static class ReportDevices
{
    /// <summary>Most used first; null when the customer has no such campaign.</summary>
    public static async Task<IReadOnlyList<DeviceFigures>?> RunAsync(
        CustomerId customer,
        CampaignId campaign,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (!await db.Of<Campaign>(customer).AnyAsync(c => c.Id == campaign, ct))
            return null;
        var totals = await db.Of<RollupRow>(customer)
            .Where(r => r.CampaignId == campaign && r.Metric >= Metric.DeviceUsers && r.Metric <= Metric.DeviceClickTotal)
            .GroupBy(r => new { r.Metric, r.Dimension })
            .Select(g => new
            {
                g.Key.Metric,
                g.Key.Dimension,
                Count = g.Sum(r => r.Count),
            })
            .ToListAsync(ct);
        var ids = totals.Select(t => t.Dimension).Distinct().ToList();
        var classes = await db.Set<AgentClass>().AsNoTracking().Where(c => ids.Contains(c.Id)).ToDictionaryAsync(c => c.Id, ct);
        return totals
            .GroupBy(t => t.Dimension)
            .Select(g =>
            {
                long Of(Metric metric) => g.Where(t => t.Metric == metric).Sum(t => t.Count);
                var known = classes.GetValueOrDefault(g.Key);
                return new DeviceFigures(
                    known?.Os,
                    known?.Browser,
                    known?.Device ?? DeviceKind.Other,
                    Of(Metric.DeviceUsers),
                    Of(Metric.DeviceOpenTotal),
                    Of(Metric.DeviceClickTotal)
                );
            })
            .Where(d => d.Recipients + d.Opens + d.Clicks > 0)
            .OrderByDescending(d => d.Recipients)
            .ThenBy(d => d.Os, StringComparer.Ordinal)
            .ThenBy(d => d.Browser, StringComparer.Ordinal)
            .ToList();
    }
}
