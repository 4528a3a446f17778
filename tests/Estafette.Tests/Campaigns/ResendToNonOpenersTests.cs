using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Tests.Statistics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Campaigns;

public abstract class ResendToNonOpenersTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private async Task<CampaignId?> DraftAsync(CampaignId id, CustomerId? customer = null)
    {
        await using var db = App.OpenDb();
        return await ResendToNonOpeners.RunAsync(
            new Actor(customer ?? App.Customer, "me"),
            id,
            "Relance",
            "Non-ouvreurs",
            db,
            App.Clock,
            Token
        );
    }

    private async Task<SentCampaign> SentAsync()
    {
        await App.AddListAsync("L", "opened@x.test", "not@x.test", "machine@x.test", "bounced@x.test", "left@x.test");
        var campaign = await SentCampaign.AddAsync(App);
        await campaign.AddAsync(["opened@x.test", "not@x.test", "machine@x.test", "left@x.test"]);
        await campaign.AddAsync(["bounced@x.test"], DeliveryStatus.HardBounced);
        await App.ExecuteAsync(
            $"""
            UPDATE deliveries SET contact_id = (SELECT id FROM contacts c WHERE c.contact_key = deliveries.address_key);
            UPDATE deliveries SET opened_at = 5 WHERE address = 'opened@x.test';
            INSERT INTO tracking_events (customer_id, campaign_id, delivery_id, kind, machine, at)
              SELECT customer_id, campaign_id, id, 1, 2, 6 FROM deliveries WHERE address = 'machine@x.test';
            UPDATE subscriptions SET status = 2 WHERE contact_id = (SELECT id FROM contacts WHERE contact_key = 'left@x.test');
            UPDATE campaigns SET launched_at = 1, status = 4 WHERE id = {campaign.Id};
            """
        );
        return campaign;
    }

    [Fact]
    public async Task Draft_goes_to_those_who_got_it_and_did_not_open_it()
    {
        var campaign = await SentAsync();
        var draft = (await DraftAsync(campaign.Id)).ShouldNotBeNull();
        await using (var launching = App.OpenDb())
        {
            await FreezeAudience.KeepDefinitionsAsync(
                await launching.Set<Campaign>().SingleAsync(c => c.Id == draft, Token),
                launching,
                Token
            );
            await launching.SaveChangesAsync(Token);
        }
        await App.ExecuteAsync($"UPDATE campaigns SET status = 2 WHERE id = {draft}");
        // The rows above were written with keys of the test's own.
        if (App.Store.Kind == DatabaseKind.PostgreSql)
            await App.ExecuteAsync("SELECT setval(pg_get_serial_sequence('deliveries', 'id'), 1000000)");
        var expander = App.Services.GetServices<IHostedService>().OfType<CampaignExpander>().Single();
        while (await expander.ExpandSomeAsync(Token)) { }
        await using var db = App.OpenDb();
        (
            await db.Of<DeliveryRecord>(App.Customer)
                .Where(d => d.CampaignId == draft)
                .OrderBy(d => d.Address)
                .Select(d => d.Address)
                .ToListAsync(Token)
        ).ShouldBe(["machine@x.test", "not@x.test"]);
    }

    [Fact]
    public async Task Second_draft_uses_the_same_segment()
    {
        var campaign = await SentAsync();
        await DraftAsync(campaign.Id);
        await DraftAsync(campaign.Id);
        (await App.CountAsync("segments")).ShouldBe(1);
    }

    [Fact]
    public async Task Campaign_of_others_or_never_launched_has_no_draft()
    {
        var campaign = await SentAsync();
        (await DraftAsync(campaign.Id, await App.AddCustomerAsync("Autre"))).ShouldBeNull();
        await App.ExecuteAsync($"UPDATE campaigns SET launched_at = NULL WHERE id = {campaign.Id}");
        (await DraftAsync(campaign.Id)).ShouldBeNull();
    }
}

public sealed class ResendToNonOpenersTestsOnSqlite() : ResendToNonOpenersTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ResendToNonOpenersTestsOnPostgreSql() : ResendToNonOpenersTests(DatabaseKind.PostgreSql);
