using Estafette.Core.Accounts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Notices;

/// <summary>
/// Queues the mails that are owed: one for each user, with everything that waits for them, in their language. A user gets at most one every ten
/// minutes, so that many events make one mail. Rows are marked in the transaction that queues the mail: a crash loses none and sends none twice.
/// </summary>
internal static class SendNotices
{
    /// <summary>Lines of one mail; the rest is behind the link.</summary>
    private const int MaxLines = 10;

    private static readonly TimeSpan Between = TimeSpan.FromMinutes(10);

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
        var before = clock.GetUtcNow() - Between;
        var users = await (
            from mail in db.Set<NoticeMail>()
            where mail.SentAt == null
            join choice in db.Set<NoticeChoice>() on mail.UserId equals choice.UserId
            where choice.LastMailAt == null || choice.LastMailAt < before
            select mail.UserId
        )
            .Distinct()
            .ToListAsync(ct);
        foreach (var id in users)
            if (await db.Set<User>().AsNoTracking().SingleOrDefaultAsync(u => u.Id == id, ct) is { Email: { Length: > 0 } address } user)
            {
                var outcome = await SendAsync(user, address, db, writes, signals, pages, clock, ct);
                if (outcome != SystemMailOutcome.Queued)
                    Log.MailWaits(logger, id, outcome.ToString());
            }
    }

    private static async Task<SystemMailOutcome> SendAsync(
        User user,
        string address,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        PageAddress pages,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var notices = await (
            from mail in db.Of<NoticeMail>(user.CustomerId)
            where mail.UserId == user.Id && mail.SentAt == null
            join notice in db.Of<Notice>(user.CustomerId) on mail.NoticeId equals notice.Id
            orderby notice.Id
            select notice
        )
            .AsNoTracking()
            .ToListAsync(ct);
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == user.CustomerId, ct);
        var (now, last) = (clock.GetUtcNow(), notices[^1].Id);
        var message = new SystemMail(user.CustomerId, address, BodyIn(user.Language ?? owner.Language))
        {
            Data = DataOf(notices, pages, user.Language ?? owner.Language),
            With = async session =>
            {
                await session
                    .Prepare("UPDATE notice_mails SET sent_at = @now WHERE user_id = @user AND notice_id <= @last AND sent_at IS NULL")
                    .Set("@now", now.ToUnixTimeMilliseconds())
                    .Set("@user", user.Id)
                    .Set("@last", last)
                    .ExecuteNonQueryAsync(ct);
                await session
                    .Prepare("UPDATE notice_choices SET last_mail_at = @now WHERE user_id = @user")
                    .Set("@now", now.ToUnixTimeMilliseconds())
                    .Set("@user", user.Id)
                    .ExecuteNonQueryAsync(ct);
            },
        };
        return (await SendSystemMail.RunAsync(message, db, writes, signals, clock, ct)).Outcome;
    }

    /// <summary>The same text for everybody of a language; what happened stands in the values.</summary>
    private static SystemMailBody BodyIn(string language)
    {
        var culture = NoticeWords.CultureOf(language);
        var open = NoticeWords.Get("open", culture);
        var html = string.Concat(
            Enumerable
                .Range(1, MaxLines)
                .Select(i =>
                    $"{{{{#if line{i}}}}}<p><strong>{{{{line{i}}}}}</strong><br>{{{{advice{i}}}}}<br><a href=\"{{{{url{i}}}}}\">{open}</a></p>{{{{/if}}}}"
                )
        );
        var text = string.Concat(
            Enumerable
                .Range(1, MaxLines)
                .Select(i => $"{{{{#if line{i}}}}}{{{{line{i}}}}}\n{{{{advice{i}}}}}\n{{{{url{i}}}}}\n\n{{{{/if}}}}")
        );
        var choose = NoticeWords.Get("choose", culture);
        return new SystemMailBody(
            "{{subject}}",
            $"<!DOCTYPE html><html lang=\"{culture.TwoLetterISOLanguageName}\"><body><p>{{{{intro}}}}</p>{html}<p><small>{choose} <a href=\"{{{{choices}}}}\">{{{{choices}}}}</a></small></p></body></html>",
            $"{{{{intro}}}}\n\n{text}{choose} {{{{choices}}}}\n"
        );
    }

    private static Dictionary<string, string?> DataOf(List<Notice> notices, PageAddress pages, string language)
    {
        var culture = NoticeWords.CultureOf(language);
        var data = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["subject"] =
                notices.Count == 1
                    ? NoticeWords.Of(notices[0], culture)
                    : NoticeWords.Get("digest-subject", culture, notices.Count.ToString(culture)),
            ["intro"] = notices.Count == 1 ? "" : NoticeWords.Get("digest-intro", culture),
            ["choices"] = pages.Of("/notices"),
        };
        foreach (var (notice, i) in notices.TakeLast(MaxLines).Select((n, i) => (n, i + 1)))
        {
            data[$"line{i}"] = NoticeWords.Of(notice, culture);
            data[$"advice{i}"] = NoticeWords.AdviceOf(notice.Kind, culture) ?? "";
            data[$"url{i}"] = pages.Of(NoticeWords.PathOf(notice));
        }
        return data;
    }
}
