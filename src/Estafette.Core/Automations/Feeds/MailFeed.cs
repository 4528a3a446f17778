using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Automations.Steps;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Protocols.Feeds;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations.Feeds;

/// <summary>
/// Looks at one feed and mails what is new as an ordinary campaign. Issue, items and next time are one transaction, begun by taking the
/// due time: two nodes, or a crash, never mail an item twice.
/// </summary>
internal sealed class MailFeed(IDbContextFactory<EstafetteDb> databases, FetchFeed fetch, Signals signals, TimeProvider clock)
{
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromMinutes(10),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(6),
    ];

    /// <returns>The campaign of the issue; null when there was nothing to mail.</returns>
    public async Task<CampaignId?> RunAsync(FeedId id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var feed = await db.Set<Feed>().AsNoTracking().SingleAsync(f => f.Id == id, ct);
        var fetched = await fetch.RunAsync(feed.Url, feed.Etag, feed.LastModified, ct);
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == feed.CustomerId, ct);
        CampaignId? issue;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            if (!await TakeAsync(db, feed, ct))
                return null;
            var row = await db.Set<Feed>().SingleAsync(f => f.Id == id, ct);
            var now = clock.GetUtcNow();
            row.CheckedAt = now;
            row.Problem = fetched.Problem;
            row.Failures = fetched.Problem is null ? 0 : row.Failures + 1;
            row.NextAt = fetched.Problem is null ? NextTime(row, owner, now) : now + Pauses[Math.Min(row.Failures - 1, Pauses.Length - 1)];
            issue = fetched.Document is { } document ? await IssueAsync(db, row, owner, document, now, ct) : null;
            // Kept only when the items were dealt with: a look that failed must see them again.
            if (fetched.Document is not null && row.Problem is null)
                (row.Etag, row.LastModified) = (fetched.Etag, fetched.LastModified);
            await db.SaveChangesAsync(ct);
            await write.CommitAsync(ct);
        }
        if (issue is not null)
            signals.Ring(Signal.CampaignChanged);
        return issue;
    }

    /// <summary>The next moment the feed is looked at.</summary>
    public static DateTimeOffset NextTime(Feed feed, Customer owner, DateTimeOffset now) =>
        Waits.EndOf(
            new StepDefinition
            {
                Id = 0,
                Kind = StepKind.Wait,
                Wait = WaitKind.Until,
                Minute = feed.MinuteOfDay,
                Weekdays = feed.Weekdays,
            },
            now,
            TimeZoneInfo.FindSystemTimeZoneById(owner.TimeZone)
        );

    private static async Task<bool> TakeAsync(EstafetteDb db, Feed feed, CancellationToken ct) =>
        await db.Set<Feed>()
            .Where(f => f.Id == feed.Id && f.Status == FeedStatus.On && f.NextAt == feed.NextAt)
            .ExecuteUpdateAsync(set => set.SetProperty(f => f.NextAt, (DateTimeOffset?)null), ct) == 1;

    private async Task<CampaignId?> IssueAsync(
        EstafetteDb db,
        Feed feed,
        Customer owner,
        FeedDocument document,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        feed.Title = document.Title is { Length: > 200 } title ? title[..200] : document.Title;
        var keys = document.Items.Select(i => i.Key).ToList();
        var seen = await db.Set<FeedItemSeen>()
            .Where(i => i.FeedId == feed.Id && keys.Contains(i.ItemKey))
            .Select(i => i.ItemKey)
            .ToListAsync(ct);
        var fresh = document.Items.Where(i => !seen.Contains(i.Key, StringComparer.Ordinal)).DistinctBy(i => i.Key).ToList();
        var passesOver = !feed.HasStarted && !feed.SendsOld;
        feed.HasStarted = true;
        if (fresh.Count == 0)
            return null;
        var mailed = passesOver ? [] : fresh.OrderByDescending(i => i.PublishedAt ?? now).Take(feed.MostItems).ToList();
        CampaignId? issue = null;
        if (mailed.Count > 0 && (issue = await LaunchAsync(db, feed, owner, document, mailed, now, ct)) is null)
            return null;
        foreach (var item in fresh)
            db.Add(
                new FeedItemSeen
                {
                    FeedId = feed.Id,
                    ItemKey = item.Key,
                    Title = item.Title.Length > 300 ? item.Title[..300] : item.Title,
                    Link = item.Link?.AbsoluteUri,
                    SeenAt = now,
                    CampaignId = mailed.Contains(item) ? issue : null,
                }
            );
        return issue;
    }

    private async Task<CampaignId?> LaunchAsync(
        EstafetteDb db,
        Feed feed,
        Customer owner,
        FeedDocument document,
        List<FeedItem> items,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var model = await db.Of<Campaign>(feed.CustomerId).AsNoTracking().SingleAsync(c => c.Id == feed.CampaignId, ct);
        var culture = CultureInfo.GetCultureInfo(owner.Language == "fr" ? "fr-FR" : "en-GB");
        var local = TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById(owner.TimeZone));
        var campaign = new Campaign(
            feed.CustomerId,
            CreateAutomation.Shorten($"{feed.Name} – {local.ToString("d MMMM yyyy", culture)}"),
            now
        )
        {
            ClonedFrom = model.Id,
            CreatedBy = "estafette",
        };
        StepCampaigns.CopyFields(model, campaign);
        var subject = FeedTemplate.Text(model.Subject, document, items, culture);
        campaign.Subject = subject.Length > 250 ? subject[..250] : subject;
        campaign.Preheader = model.Preheader is { } preheader ? FeedTemplate.Text(preheader, document, items, culture) : null;
        campaign.Html = model.Html is { } html ? FeedTemplate.Html(html, document, items, culture) : null;
        campaign.Text = model.Text is { } text ? FeedTemplate.Text(text, document, items, culture) : null;
        db.Add(campaign);
        await db.SaveChangesAsync(ct);
        await StepCampaigns.CopyServersAsync(model, campaign.Id, db, ct);
        foreach (var list in await db.Of<CampaignList>(feed.CustomerId).AsNoTracking().Where(l => l.CampaignId == model.Id).ToListAsync(ct))
            db.Add(
                new CampaignList
                {
                    CampaignId = campaign.Id,
                    ListId = list.ListId,
                    CustomerId = feed.CustomerId,
                    Excluded = list.Excluded,
                }
            );
        await db.SaveChangesAsync(ct);
        if (await CampaignControl.LaunchAsync(campaign, db, clock, ct) is CampaignOutcome.Invalid invalid)
        {
            var problem = string.Join(' ', invalid.Problems.Select(p => p.Message));
            feed.Problem = problem.Length > 500 ? problem[..500] : problem;
            db.RemoveRange(db.ChangeTracker.Entries<CampaignList>().Select(e => e.Entity).ToList());
            db.RemoveRange(db.ChangeTracker.Entries<CampaignServer>().Select(e => e.Entity).ToList());
            db.Remove(campaign);
            feed.HasStarted = true;
            return null;
        }
        return campaign.Id;
    }
}
