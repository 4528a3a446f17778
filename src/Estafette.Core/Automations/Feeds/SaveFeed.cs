using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations.Feeds;

/// <summary>What a person says about a feed.</summary>
public sealed record FeedInput(string Name, string Url, bool IsOn, int Weekdays, int MinuteOfDay, int MostItems, bool SendsOld);

/// <summary>Adds a feed with a content to begin with, or changes one. Lists, sender, servers and content lie in its campaign.</summary>
public static class SaveFeed
{
    public static async Task<FeedId?> RunAsync(
        Actor actor,
        FeedId? id,
        FeedInput input,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var now = clock.GetUtcNow();
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == actor.Customer, ct);
        var feed = id is { } known
            ? await db.Of<Feed>(actor.Customer).SingleOrDefaultAsync(f => f.Id == known, ct)
            : await AddAsync(actor, input, owner.Language, db, now, ct);
        if (feed is null)
            return null;
        if (feed.Url != input.Url)
            (feed.Etag, feed.LastModified, feed.HasStarted) = (null, null, false);
        (feed.Name, feed.Url, feed.Status) = (input.Name, input.Url, input.IsOn ? FeedStatus.On : FeedStatus.Off);
        (feed.Weekdays, feed.MinuteOfDay, feed.MostItems, feed.SendsOld) = (
            input.Weekdays,
            input.MinuteOfDay,
            input.MostItems,
            input.SendsOld
        );
        // What the feed holds when it is switched on is noted at once; from then on it is looked at by its calendar.
        feed.NextAt =
            !input.IsOn ? null
            : feed.HasStarted || input.SendsOld ? MailFeed.NextTime(feed, owner, now)
            : now;
        (feed.UpdatedAt, feed.Problem) = (now, null);
        db.Add(actor, id is null ? "feed.created" : "feed.changed", $"feed {feed.Name}", now, feed.Url);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        signals.Ring(Signal.AutomationChanged);
        return feed.Id;
    }

    private static async Task<Feed> AddAsync(
        Actor actor,
        FeedInput input,
        string language,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var model = new Campaign(actor.Customer, CreateAutomation.Shorten(input.Name), now)
        {
            Kind = CampaignKind.FeedModel,
            CreatedBy = actor.UserName,
            Subject = "{{feed.title}} : {{first.title}}",
            Html = Begin(language == "fr"),
        };
        if (await db.Of<SenderIdentity>(actor.Customer).AsNoTracking().OrderBy(s => s.Id).FirstOrDefaultAsync(ct) is { } sender)
            (model.FromEmail, model.FromName, model.ReplyTo) = (sender.Email, sender.Name, sender.ReplyTo);
        db.Add(model);
        await db.SaveChangesAsync(ct);
        foreach (var server in await db.Of<SendingServer>(actor.Customer).Where(s => s.Active).Select(s => s.Id).ToListAsync(ct))
            db.Add(
                new CampaignServer
                {
                    CampaignId = model.Id,
                    ServerId = server,
                    CustomerId = actor.Customer,
                }
            );
        var feed = new Feed
        {
            CustomerId = actor.Customer,
            Name = input.Name,
            Url = input.Url,
            CampaignId = model.Id,
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Add(feed);
        return feed;
    }

    private static string Begin(bool french) =>
        $$$"""
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7"><tr><td align="center" style="padding:24px">
            <table role="presentation" width="600" cellpadding="0" cellspacing="0" style="max-width:600px;background:#ffffff;font-family:Arial,Helvetica,sans-serif;color:#1f2937">
            <tr><td style="padding:32px 32px 0"><h1 style="margin:0;font-size:26px">{{feed.title}}</h1></td></tr>
            {{#each items}}
            <tr><td style="padding:24px 32px 0;font-size:16px;line-height:1.6">
            {{#if image}}<p><a href="{{link}}"><img src="{{image}}" alt="{{title}}" width="536" style="max-width:100%"></a></p>{{/if}}
            <h2 style="margin:0 0 8px;font-size:20px"><a href="{{link}}" style="color:#1d4ed8">{{title}}</a></h2>
            <p style="margin:0;color:#6b7280;font-size:13px">{{date}}</p>
            <p>{{summary}}</p>
            <p><a href="{{link}}" style="color:#1d4ed8">{{{(french ? "Lire la suite" : "Read on")}}}</a></p>
            </td></tr>
            {{/each}}
            <tr><td style="padding:24px"></td></tr>
            </table></td></tr></table>
            """;
}

/// <summary>Deletes a feed. The issues that went out stay.</summary>
public static class DeleteFeed
{
    public static async Task<bool> RunAsync(Actor actor, FeedId id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Feed>(actor.Customer).SingleOrDefaultAsync(f => f.Id == id, ct) is not { } feed)
            return false;
        await db.Set<FeedItemSeen>().Where(i => i.FeedId == id).ExecuteDeleteAsync(ct);
        await db.Of<CampaignServer>(actor.Customer).Where(s => s.CampaignId == feed.CampaignId).ExecuteDeleteAsync(ct);
        await db.Of<CampaignList>(actor.Customer).Where(l => l.CampaignId == feed.CampaignId).ExecuteDeleteAsync(ct);
        await db.Of<Campaign>(actor.Customer)
            .Where(c => c.Id == feed.CampaignId && c.Kind == CampaignKind.FeedModel)
            .ExecuteDeleteAsync(ct);
        db.Remove(feed);
        db.Add(actor, "feed.deleted", $"feed {feed.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return true;
    }
}
