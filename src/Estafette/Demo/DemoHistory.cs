using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Messages.Gallery;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Journal;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Demo;

/// <summary>
/// Campaigns of the last weeks as if they had been sent and read, so that reports, comparisons and segments of the demo have something to show.
/// The rows are invented, the same every time; the figures are counted from them as for any campaign. Nothing was sent to anybody.
/// </summary>
internal static class DemoHistory
{
    /// <summary>Who made these campaigns: the guided start does not take them for the user's own.</summary>
    public const string Author = "demo";

    private static readonly Past[] Campaigns =
    [
        new("Lettre d’octobre", "newsletter", 26, 41, 30, 11),
        new("Sélection d’automne", "digest", 12, 36, 44, 17),
        new("Soirée à l’atelier", "event", 4, 48, 36, 23),
    ];

    private static readonly string[] Agents =
    [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
        "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    ];

    /// <summary>Adds the campaigns that are missing.</summary>
    public static async Task RunAsync(IServiceProvider provider, CancellationToken ct)
    {
        await using var scope = provider.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var clock = scope.ServiceProvider.GetRequiredService<TimeProvider>();
        var writes = scope.ServiceProvider.GetRequiredService<WriteQueue>();
        var customer = await db.Set<Customer>().SingleAsync(c => c.Name == DemoSeeder.CustomerName, ct);
        var list = await db.Of<ContactList>(customer.Id).Where(l => l.Name == DemoSeeder.ListName).Select(l => l.Id).SingleAsync(ct);
        var server = await db.Of<SendingServer>(customer.Id).Where(s => s.Name == DemoSeeder.ServerName).Select(s => s.Id).SingleAsync(ct);
        foreach (var past in Campaigns)
        {
            if (await db.Of<Campaign>(customer.Id).AnyAsync(c => c.Name == past.Name && c.CreatedBy == Author, ct))
                continue;
            // Ten in the morning of a day that is over.
            var at = new DateTimeOffset(clock.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).AddDays(-past.DaysAgo).AddHours(8);
            var campaign = await AddAsync(customer, (list, server), past, at, db, ct);
            await writes.RunAsync(session => FillAsync(session, campaign, server, past, at, ct), ct);
            await Recount.RepairAsync(campaign.Id, writes, ct);
        }
    }

    private static async Task<Campaign> AddAsync(
        Customer customer,
        (ListId List, ServerId Server) use,
        Past past,
        DateTimeOffset at,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var template = GalleryTemplates.Find(past.Template, "fr")!;
        await using var write = await db.BeginWriteAsync(ct);
        var campaign = new Campaign(customer.Id, past.Name, at)
        {
            FromName = DemoSeeder.CustomerName,
            FromEmail = DemoSeeder.FromEmail,
            Subject = template.Subject,
            Preheader = template.Preheader,
            Html = template.Html,
            CreatedBy = Author,
        };
        db.Add(campaign);
        await db.SaveChangesAsync(ct);
        var (list, server) = use;
        db.Add(
            new CampaignList
            {
                CampaignId = campaign.Id,
                ListId = list,
                CustomerId = customer.Id,
            }
        );
        db.Add(
            new CampaignServer
            {
                CampaignId = campaign.Id,
                ServerId = server,
                CustomerId = customer.Id,
            }
        );
        var (content, problems) = CampaignContent.Process(campaign, customer);
        if (content is null)
            throw new InvalidOperationException($"Template {past.Template}: {problems[0].Message}");
        campaign.Launch(await CampaignContent.StoreAsync(db, campaign, CampaignContent.SourceOf(campaign), content, at, ct), at);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return campaign;
    }

    private static async ValueTask<bool> FillAsync(
        WriteSession session,
        Campaign campaign,
        ServerId server,
        Past past,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        var agents = AgentClasses.Read(Agents.Select(a => new JournalEvent(TokenPurpose.Open, default, 0, 0, 0, 0, null, a)));
        await agents.StoreAsync(session, ct);
        foreach (var statement in Statements(agents))
            await session
                .Prepare(statement)
                .Set("@campaign", campaign.Id.Value)
                .Set("@customer", campaign.CustomerId.Value)
                .Set("@content", campaign.ContentId!.Value.Value)
                .Set("@server", server.Value)
                .Set("@start", at.ToUnixTimeMilliseconds())
                .Set("@opens", (long)past.Opens)
                .Set("@clicks", (long)past.Clicks)
                .Set("@seed", (long)past.Seed)
                .ExecuteNonQueryAsync(ct);
        await session
            .Statement("Campaigns/choose-domains")
            .Set("@campaign", campaign.Id.Value)
            .Set("@customer", campaign.CustomerId.Value)
            .ExecuteNonQueryAsync(ct);
        return true;
    }

    /// <summary>
    /// The rows of one campaign. Whether somebody opens, and when, follows from the key of the contact and a seed; half of those who open do so in
    /// the first hours, the last after two days. SQL because a thousand rows of four tables are made of the contacts at once, on both databases.
    /// </summary>
    private static IEnumerable<string> Statements(AgentClasses agents)
    {
        yield return """
            INSERT INTO deliveries (customer_id, campaign_id, contact_id, channel, address, address_key, status, tracking, attempts, content_id, server_id,
              created_at, status_at, sent_at, opened_at, clicked_at)
            SELECT @customer, @campaign, id, 1, email, contact_key, CASE WHEN fate < 14 THEN 7 ELSE 2 END, 2, 1, @content, @server,
              @start, sent, CASE WHEN fate >= 14 THEN sent END,
              CASE WHEN fate >= 14 AND opens < @opens THEN sent + delay END,
              CASE WHEN fate >= 14 AND opens < @opens AND clicks < @clicks THEN sent + delay + 15000 + fate * 170 END
            FROM (
              SELECT c.id, c.email, c.contact_key, (c.id * 7919 + @seed * 31) % 1000 AS fate, (c.id * 613 + @seed) % 100 AS opens,
                (c.id * 271 + @seed * 7) % 100 AS clicks, @start + 2000 + (c.id % 1000) * 90 AS sent,
                60000 + ((c.id * 389 + @seed) % 1700) * ((c.id * 389 + @seed) % 1700) * 60 AS delay
              FROM contacts c JOIN subscriptions s ON s.contact_id = c.id AND s.source = 6
              WHERE c.customer_id = @customer
            ) AS person ORDER BY sent
            """;
        yield return """
            INSERT INTO attempts (delivery_id, attempt, customer_id, campaign_id, server_id, content_id, started_at, duration_ms, outcome, phase, code,
              enhanced, text, cause)
            SELECT id, 1, customer_id, campaign_id, server_id, content_id, status_at - 40, 40, CASE status WHEN 7 THEN 3 ELSE 1 END,
              CASE status WHEN 7 THEN 8 ELSE 10 END, CASE status WHEN 7 THEN 550 ELSE 250 END, CASE status WHEN 7 THEN '5.1.1' ELSE '2.0.0' END,
              CASE status WHEN 7 THEN 'User unknown in virtual mailbox table' ELSE 'Ok: queued' END, CASE status WHEN 7 THEN 1 END
            FROM deliveries WHERE campaign_id = @campaign
            """;
        var agent =
            "CASE contact_id * 17 % 20 "
            + string.Concat(Enumerable.Range(0, 20).Select(i => $"WHEN {i} THEN {agents.AgentOf(Agents[Share(i)])} "))
            + "END";
        // Each opens once, a third twice; a tenth of all mailboxes are looked at by a machine; few links get most clicks.
        yield return $"""
            INSERT INTO tracking_events (customer_id, campaign_id, delivery_id, content_id, kind, link_no, machine, at, user_agent_id)
            SELECT customer_id, campaign_id, id, content_id, 1, 0, 0, opened_at, {agent} FROM deliveries
            WHERE campaign_id = @campaign AND opened_at IS NOT NULL
            UNION ALL
            SELECT customer_id, campaign_id, id, content_id, 1, 0, 0, opened_at + 5400000, {agent} FROM deliveries
            WHERE campaign_id = @campaign AND opened_at IS NOT NULL AND contact_id % 3 = 0
            UNION ALL
            SELECT customer_id, campaign_id, id, content_id, 1, 0, 2, sent_at + 4000, NULL FROM deliveries
            WHERE campaign_id = @campaign AND sent_at IS NOT NULL AND contact_id % 10 = 0
            UNION ALL
            SELECT customer_id, campaign_id, id, content_id, 2,
              (SELECT max(link_no) FROM content_links l WHERE l.content_id = @content AND l.link_no <= 1 + (contact_id % 3) * (contact_id % 4)),
              0, clicked_at, {agent} FROM deliveries
            WHERE campaign_id = @campaign AND clicked_at IS NOT NULL
            """;
        yield return """
            UPDATE campaigns SET status = 4, expanded_at = @start + 1500, finished_at = @start + 94000,
              audience = (SELECT count(*) FROM deliveries WHERE campaign_id = @campaign)
            WHERE id = @campaign
            """;
    }

    /// <summary>Of twenty readers, how many use each agent.</summary>
    private static int Share(int reader) =>
        reader switch
        {
            < 7 => 0,
            < 11 => 1,
            < 15 => 2,
            < 17 => 3,
            17 => 4,
            18 => 5,
            _ => 6,
        };

    /// <summary>A campaign of the past.</summary>
    /// <param name="Name">As the team calls it.</param>
    /// <param name="Template">Key of the gallery.</param>
    /// <param name="DaysAgo">When it went out.</param>
    /// <param name="Opens">Of a hundred who got it.</param>
    /// <param name="Clicks">Of a hundred who opened it.</param>
    /// <param name="Seed">Makes it different from the others.</param>
    private sealed record Past(string Name, string Template, int DaysAgo, int Opens, int Clicks, int Seed);
}
