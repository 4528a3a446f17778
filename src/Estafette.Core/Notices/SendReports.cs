using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Notices;

/// <summary>
/// Queues the promised reports whose time has come: the report itself as HTML, and a link of 30 days to its PDF and to the figures of the day.
/// A promise is marked in the transaction that queues its mail.
/// </summary>
internal static class SendReports
{
    private const int LinkDays = 30;

    public static async Task RunAsync(
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        PageAddress pages,
        TimeProvider clock,
        ILogger logger,
        CancellationToken ct
    )
    {
        var waiting = await (
            from mail in db.Set<ReportMail>()
            where mail.SentAt == null && mail.CancelledAt == null
            join campaign in db.Set<Campaign>() on mail.CampaignId equals campaign.Id
            where mail.Moment == ReportMoment.Now || campaign.FinishedAt != null
            orderby mail.Id
            select new { Mail = mail, campaign.FinishedAt }
        )
            .AsNoTracking()
            .Take(200)
            .ToListAsync(ct);
        foreach (var due in waiting.Where(w => w.Mail.DueAt(w.FinishedAt) <= clock.GetUtcNow()))
        {
            var outcome = await SendAsync(due.Mail, db, writes, signals, pages, clock, ct);
            if (outcome is not (null or SystemMailOutcome.Queued))
                Log.MailWaits(logger, 0, outcome.Value.ToString());
            db.ChangeTracker.Clear();
        }
    }

    private static async Task<SystemMailOutcome?> SendAsync(
        ReportMail mail,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        PageAddress pages,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await ReportSheet.ReadAsync(mail.CustomerId, mail.CampaignId, mail.Language, db, clock, ct) is not { } sheet)
            return null;
        var actor = new Actor(mail.CustomerId, mail.CreatedBy);
        var token = await ShareReport.CreateAsync(actor, mail.CampaignId, LinkDays, db, clock, ct);
        var culture = NoticeWords.CultureOf(mail.Language);
        var url = pages.Of($"/r/{token}");
        List<(string, string)> links = token is null
            ? []
            : [($"{url}/report.pdf", NoticeWords.Get("report-pdf", culture)), (url, NoticeWords.Get("report-live", culture))];
        var now = clock.GetUtcNow();
        var message = new SystemMail(
            mail.CustomerId,
            mail.Address,
            new SystemMailBody(Plain(NoticeWords.Get("report-subject", culture, sheet.Name)), Plain(HtmlSheet.Write(sheet, links)))
        )
        {
            With = async session =>
                await session
                    .Prepare("UPDATE report_mails SET sent_at = @now WHERE id = @id AND sent_at IS NULL")
                    .Set("@now", now.ToUnixTimeMilliseconds())
                    .Set("@id", mail.Id)
                    .ExecuteNonQueryAsync(ct),
        };
        return (await SendSystemMail.RunAsync(message, db, writes, signals, clock, ct)).Outcome;
    }

    /// <summary>Names of campaigns and links are no templates, whatever stands in them.</summary>
    private static string Plain(string text) => text.Replace("{{", "{\u200b{", StringComparison.Ordinal);
}
