using Estafette.Core.Campaigns;
using Estafette.Core.Inbound.Abuse;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Notices;

/// <summary>What people said about campaigns, and campaigns that paused because of what came back.</summary>
internal static class FindComplaints
{
    /// <summary>One a day for each campaign.</summary>
    public static async Task<List<Notice>> ReportsAsync(EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        var since = now - FindNotices.Past;
        var reports = await (
            from report in db.Set<AbuseReport>()
            where report.ReceivedAt >= since && report.CampaignId != null
            join campaign in db.Set<Campaign>() on report.CampaignId equals campaign.Id
            select new
            {
                report.CustomerId,
                campaign.Id,
                campaign.Name,
                report.ReceivedAt,
            }
        ).ToListAsync(ct);
        return
        [
            .. reports
                .GroupBy(r => (r.Id, r.ReceivedAt.UtcDateTime.Date))
                .Select(g => new Notice
                {
                    CustomerId = g.First().CustomerId,
                    Kind = NoticeKind.AbuseReported,
                    Key = $"abuse {g.Key.Id} {g.Key.Date:yyyyMMdd}",
                    SubjectId = g.Key.Id.Value,
                    Name = g.First().Name,
                    Number = g.Count(),
                    At = g.Min(r => r.ReceivedAt),
                }),
        ];
    }

    public static async Task<List<Notice>> HeldAsync(EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        var since = now - FindNotices.Past;
        var held = await db.Set<Campaign>().AsNoTracking().Where(c => c.HeldAt != null && c.HeldAt >= since).ToListAsync(ct);
        return
        [
            .. held.Select(c => new Notice
            {
                CustomerId = c.CustomerId,
                Kind = NoticeKind.CampaignHeld,
                Key = $"held {c.Id} {c.HeldAt!.Value.ToUnixTimeMilliseconds()}",
                SubjectId = c.Id.Value,
                Name = c.Name,
                Number = c.HoldCount,
                Share = c.HoldPercent,
                At = c.HeldAt.Value,
            }),
        ];
    }
}
