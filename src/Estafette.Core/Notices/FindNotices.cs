using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Forms;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Core.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Notices;

/// <summary>
/// Looks at the state of campaigns, servers and imports and writes a notice for each event that has none yet, with the mails that are owed for
/// it, in one transaction. It may run as often as one likes and be interrupted anywhere: what was missed is found by the next run, what was
/// written is recognised by its key.
/// </summary>
internal static class FindNotices
{
    /// <summary>Failed messages in percent that warn, when the customer has not said.</summary>
    public const int DefaultFailurePercent = 10;

    /// <summary>Fewer attempts say nothing about a share.</summary>
    private const int LeastAttempts = 100;

    /// <summary>From one complaint in a thousand on providers think ill of a sender, said of this many at least.</summary>
    private const int LeastForComplaints = 500;

    /// <summary>How far back events are looked for: a longer stop of the program is not told afterwards.</summary>
    internal static readonly TimeSpan Past = TimeSpan.FromDays(1);

    /// <summary>Writes what is new and returns how many notices that was.</summary>
    public static async Task<int> RunAsync(EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        List<Notice> found =
        [
            .. await FinishedCampaignsAsync(db, now, ct),
            .. await FailuresAsync(db, now, ct),
            .. await QuotasAsync(db, clock, ct),
            .. await ImportsAsync(db, now, ct),
            .. await FormsAsync(db, now, ct),
            .. await WebhooksAsync(db, now, ct),
            .. await FindComplaints.ReportsAsync(db, now, ct),
            .. await FindComplaints.HeldAsync(db, now, ct),
        ];
        var (down, up) = await ServersAsync(db, now, ct);
        found.AddRange(down);
        var keys = found.Select(n => n.Key).ToList();
        var known = await db.Set<Notice>().Where(n => keys.Contains(n.Key)).Select(n => new { n.CustomerId, n.Key }).ToListAsync(ct);
        var fresh = found
            .Where(n => !known.Any(k => k.CustomerId == n.CustomerId && k.Key == n.Key))
            .DistinctBy(n => (n.CustomerId, n.Key))
            .ToList();
        if (fresh.Count == 0 && up.Count == 0)
            return 0;
        await StoreAsync(fresh, up, db, now, ct);
        return fresh.Count;
    }

    private static async Task StoreAsync(List<Notice> fresh, List<long> over, EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (over.Count > 0)
            await db.Set<Notice>()
                .Where(n => over.Contains(n.Id))
                .ExecuteUpdateAsync(set => set.SetProperty(n => n.ClosedAt, (DateTimeOffset?)now), ct);
        db.AddRange(fresh);
        await db.SaveChangesAsync(ct);
        var customers = fresh.Select(n => n.CustomerId).Distinct().ToList();
        var choices = await db.Set<NoticeChoice>()
            .AsNoTracking()
            .Where(c => customers.Contains(c.CustomerId) && c.MailKinds != 0)
            .ToListAsync(ct);
        foreach (var notice in fresh)
        foreach (var choice in choices.Where(c => c.CustomerId == notice.CustomerId && c.Wants(notice.Kind)))
            db.Add(
                new NoticeMail
                {
                    NoticeId = notice.Id,
                    UserId = choice.UserId,
                    CustomerId = notice.CustomerId,
                }
            );
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        db.ChangeTracker.Clear();
    }

    private static async Task<List<Notice>> FinishedCampaignsAsync(EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        var since = now - Past;
        var finished = await db.Set<Campaign>()
            .AsNoTracking()
            .Where(c => c.FinishedAt != null && c.FinishedAt >= since && c.Status == CampaignStatus.Finished)
            .Select(c => new
            {
                c.Id,
                c.CustomerId,
                c.Name,
                c.FinishedAt,
            })
            .ToListAsync(ct);
        var notices = new List<Notice>();
        foreach (var campaigns in finished.GroupBy(c => c.CustomerId))
        {
            var figures = await ReportCampaign.ManyAsync(campaigns.Key, [.. campaigns.Select(c => c.Id)], db, ct);
            notices.AddRange(
                campaigns.Select(c => new Notice
                {
                    CustomerId = c.CustomerId,
                    Kind = NoticeKind.CampaignFinished,
                    Key = $"campaign-finished {c.Id} {c.FinishedAt!.Value.ToUnixTimeMilliseconds()}",
                    SubjectId = c.Id.Value,
                    Name = c.Name,
                    Number = figures[c.Id].Sent,
                    At = c.FinishedAt.Value,
                })
            );
        }
        return notices;
    }

    private static async Task<List<Notice>> FailuresAsync(EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        var since = now - Past;
        var campaigns = await db.Set<Campaign>()
            .AsNoTracking()
            .Where(c => c.Status == CampaignStatus.Running || (c.FinishedAt != null && c.FinishedAt >= since))
            .Select(c => new
            {
                c.Id,
                c.CustomerId,
                c.Name,
            })
            .ToListAsync(ct);
        var limits = await db.Set<NoticeRule>().AsNoTracking().ToDictionaryAsync(r => r.CustomerId, r => r.FailurePercent, ct);
        var notices = new List<Notice>();
        foreach (var group in campaigns.GroupBy(c => c.CustomerId))
        {
            var figures = await ReportCampaign.ManyAsync(group.Key, [.. group.Select(c => c.Id)], db, ct);
            var limit = limits.GetValueOrDefault(group.Key, DefaultFailurePercent);
            foreach (var campaign in group)
            {
                var f = figures[campaign.Id];
                if (f.Attempted >= LeastForComplaints && f.Complained * 1000 >= f.Attempted)
                    notices.Add(
                        new Notice
                        {
                            CustomerId = group.Key,
                            Kind = NoticeKind.TooManyComplaints,
                            Key = $"complaints {campaign.Id}",
                            SubjectId = campaign.Id.Value,
                            Name = campaign.Name,
                            Number = f.Complained,
                            Share = 100.0 * f.Complained / f.Attempted,
                            At = now,
                        }
                    );
                if (f.Attempted < LeastAttempts || f.BounceRate is not { } rate || rate < limit)
                    continue;
                notices.Add(
                    new Notice
                    {
                        CustomerId = group.Key,
                        Kind = NoticeKind.TooManyFailures,
                        Key = $"failures {campaign.Id}",
                        SubjectId = campaign.Id.Value,
                        Name = campaign.Name,
                        Number = f.Bounced,
                        Share = (double)rate,
                        At = now,
                    }
                );
            }
        }
        return notices;
    }

    /// <summary>Servers that went down, and the open notices of those that work again.</summary>
    private static async Task<(List<Notice> Down, List<long> Up)> ServersAsync(EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        var down = await db.Set<SendingServer>()
            .AsNoTracking()
            .Where(s => s.Active && (s.NeedsCheck || s.BreakerOpenUntil != null))
            .ToListAsync(ct);
        var open = await db.Set<Notice>().AsNoTracking().Where(n => n.Kind == NoticeKind.ServerDown && n.ClosedAt == null).ToListAsync(ct);
        var fresh = down.Where(s => open.TrueForAll(n => n.SubjectId != s.Id.Value))
            .Select(s => new Notice
            {
                CustomerId = s.CustomerId,
                Kind = NoticeKind.ServerDown,
                Key = $"server-down {s.Id} {now.ToUnixTimeMilliseconds()}",
                SubjectId = s.Id.Value,
                Name = s.Name,
                At = now,
            })
            .ToList();
        return (fresh, [.. open.Where(n => down.TrueForAll(s => s.Id.Value != n.SubjectId)).Select(n => n.Id)]);
    }

    private static async Task<List<Notice>> QuotasAsync(EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var limited = await db.Set<SendingServer>().AsNoTracking().Where(s => s.Active && s.DailyMaximum != null).ToListAsync(ct);
        var notices = new List<Notice>();
        foreach (var servers in limited.GroupBy(s => s.CustomerId))
        {
            var used = await ListServers.UsedTodayAsync(servers.Key, db, clock, ct);
            var zone = await db.Set<Customer>().Where(c => c.Id == servers.Key).Select(c => c.TimeZone).SingleAsync(ct);
            var today = TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById(zone));
            foreach (var server in servers.Where(s => used.GetValueOrDefault(s.Id.Value) >= s.DailyMaximum))
                notices.Add(
                    new Notice
                    {
                        CustomerId = servers.Key,
                        Kind = NoticeKind.QuotaReached,
                        Key = $"quota {server.Id} {today:yyyyMMdd}",
                        SubjectId = server.Id.Value,
                        Name = server.Name,
                        Number = server.DailyMaximum!.Value,
                        At = now,
                    }
                );
        }
        return notices;
    }

    /// <summary>One a day for each form.</summary>
    private static async Task<List<Notice>> FormsAsync(EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        var since = now - Past;
        var forms = await db.Set<SignUpForm>().AsNoTracking().Where(f => f.RefusedAt != null && f.RefusedAt >= since).ToListAsync(ct);
        return
        [
            .. forms.Select(f => new Notice
            {
                CustomerId = f.CustomerId,
                Kind = NoticeKind.SignUpsRefused,
                Key = $"sign-ups {f.Id} {f.RefusedAt!.Value.UtcDateTime:yyyyMMdd}",
                SubjectId = f.Id,
                Name = f.Name,
                Number = f.Refused,
                At = f.RefusedAt.Value,
            }),
        ];
    }

    private static async Task<List<Notice>> WebhooksAsync(EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        var since = now - Past;
        var webhooks = await db.Set<Webhook>().AsNoTracking().Where(w => w.DisabledAt != null && w.DisabledAt >= since).ToListAsync(ct);
        return
        [
            .. webhooks.Select(w => new Notice
            {
                CustomerId = w.CustomerId,
                Kind = NoticeKind.WebhookOff,
                Key = $"webhook-off {w.Id} {w.DisabledAt!.Value.ToUnixTimeMilliseconds()}",
                SubjectId = w.Id,
                Name = w.Url,
                At = w.DisabledAt.Value,
            }),
        ];
    }

    private static async Task<List<Notice>> ImportsAsync(EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        var since = now - Past;
        var imports = await db.Set<ContactImport>()
            .AsNoTracking()
            .Where(i =>
                i.FinishedAt != null && i.FinishedAt >= since && (i.Status == ImportStatus.Finished || i.Status == ImportStatus.Failed)
            )
            .Select(i => new
            {
                i.Id,
                i.CustomerId,
                i.FileName,
                i.Status,
                i.RowsAdded,
                i.RowsUpdated,
                i.FinishedAt,
            })
            .ToListAsync(ct);
        return
        [
            .. imports.Select(i => new Notice
            {
                CustomerId = i.CustomerId,
                Kind = i.Status == ImportStatus.Finished ? NoticeKind.ImportFinished : NoticeKind.ImportFailed,
                Key = $"import {i.Id} {i.FinishedAt!.Value.ToUnixTimeMilliseconds()}",
                SubjectId = i.Id.Value,
                Name = i.FileName,
                Number = i.RowsAdded + i.RowsUpdated,
                At = i.FinishedAt.Value,
            }),
        ];
    }
}
