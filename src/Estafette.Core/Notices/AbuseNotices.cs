using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Inbound;
using Estafette.Core.Inbound.Abuse;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Notices;

/// <summary>
/// Tells the abuse desk of the installation about reports: one mail for all that wait, at most every ten minutes, however many are sent in. It leaves
/// through the customer that the operators belong to, never through the one that is complained about.
/// </summary>
internal static class AbuseNotices
{
    private const int MaxLines = 50;
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(
        InboundOptions options,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        PageAddress pages,
        TimeProvider clock,
        ILogger logger,
        CancellationToken ct
    )
    {
        var waiting = await db.Set<AbuseReport>().AsNoTracking().Where(r => r.MailedAt == null).OrderBy(r => r.Id).ToListAsync(ct);
        if (waiting.Count == 0)
            return;
        var now = clock.GetUtcNow();
        var recently = now - Between;
        if (await db.Set<AbuseReport>().AnyAsync(r => r.MailedAt > recently, ct))
            return;
        var operators = await db.Set<User>().AsNoTracking().Where(u => u.IsOperator).OrderBy(u => u.Id).ToListAsync(ct);
        if (operators.Count == 0)
            return;
        var home = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == operators[0].CustomerId, ct);
        var desk = options.AbuseContact is { Length: > 0 } contact
            ? contact.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [.. operators.Select(o => o.Email).OfType<string>()];
        var data = await DataOfAsync(waiting, NoticeWords.CultureOf(home.Language), pages, db, ct);
        foreach (var address in desk)
        {
            var isLast = address == desk[^1];
            var mail = new SystemMail(home.Id, address, Body(home.Language))
            {
                Data = data,
                With = session => isLast ? MarkAsync(session, waiting[^1].Id, now, ct) : ValueTask.CompletedTask,
            };
            var outcome = (await SendSystemMail.RunAsync(mail, db, writes, signals, clock, ct)).Outcome;
            if (outcome != SystemMailOutcome.Queued)
                Log.MailWaits(logger, 0, outcome.ToString());
        }
    }

    private static async ValueTask MarkAsync(WriteSession session, long last, DateTimeOffset now, CancellationToken ct) =>
        await session
            .Prepare("UPDATE abuse_reports SET mailed_at = @now WHERE mailed_at IS NULL AND id <= @last")
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@last", last)
            .ExecuteNonQueryAsync(ct);

    private static SystemMailBody Body(string language) =>
        new(
            "{{subject}}",
            $"<!DOCTYPE html><html lang=\"{NoticeWords.CultureOf(language).TwoLetterISOLanguageName}\"><body><p>{{{{intro}}}}</p><pre>{{{{lines}}}}</pre><p><a href=\"{{{{url}}}}\">{{{{url}}}}</a></p></body></html>",
            "{{intro}}\n\n{{lines}}\n\n{{url}}\n"
        );

    private static async Task<Dictionary<string, string?>> DataOfAsync(
        List<AbuseReport> reports,
        CultureInfo culture,
        PageAddress pages,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var owners = reports.Select(r => r.CustomerId).Distinct().ToList();
        var names = await db.Set<Customer>().Where(c => owners.Contains(c.Id)).ToDictionaryAsync(c => c.Id, c => c.Name, ct);
        var ids = reports.Select(r => r.CampaignId).OfType<CampaignId>().Distinct().ToList();
        var campaigns = await db.Set<Campaign>().Where(c => ids.Contains(c.Id)).ToDictionaryAsync(c => c.Id, c => c.Name, ct);
        var lines = reports
            .TakeLast(MaxLines)
            .Select(r =>
                string.Join(
                    "  ",
                    r.ReceivedAt.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
                    names.GetValueOrDefault(r.CustomerId, "–"),
                    r.CampaignId is { } campaign ? campaigns.GetValueOrDefault(campaign, "–") : "–"
                )
            );
        return new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["subject"] = NoticeWords.Get("abuse-subject", culture, reports.Count.ToString(culture)),
            ["intro"] = NoticeWords.Get("abuse-intro", culture),
            ["lines"] = string.Join('\n', lines),
            ["url"] = pages.Of("/operator/reports"),
        };
    }
}
