using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Privacy;
using Estafette.Core.Statistics;
using Estafette.Core.Suppression;
using Estafette.Testing.Smtp;
using Estafette.Tests.Delivery;

namespace Estafette.Tests.Privacy;

public abstract class EraseContactTests(DatabaseKind kind) : CampaignTests(kind)
{
    private const string Person = "ana@r.test";

    private Actor Actor => new(App.Customer, "dominique");

    private ErasedAddresses Erased => App.Get<ErasedAddresses>();

    [Fact]
    public async Task Erased_person_is_nowhere_in_the_database_and_the_figures_stay()
    {
        var (campaign, id) = await SentAsync();
        (await EraseAsync(id)).ShouldBeTrue();
        (await DatabaseText.PlacesOfAsync(App, "ana@", Token)).ShouldBeEmpty();
        (await App.CountAsync($"contacts WHERE id = {id}")).ShouldBe(0);
        (await App.CountAsync($"subscriptions WHERE contact_id = {id}")).ShouldBe(0);
        (await App.CountAsync($"deliveries WHERE contact_id = {id}")).ShouldBe(0);
        (await App.CountAsync("tracking_events WHERE ip IS NOT NULL OR user_agent_id IS NOT NULL")).ShouldBe(0);
        (await App.CountAsync("consent_records WHERE contact_id <> 0 OR ip IS NOT NULL OR subject IS NULL")).ShouldBe(0);
        (await App.CountAsync($"deliveries WHERE campaign_id = {campaign} AND sent_at IS NOT NULL")).ShouldBe(2);
        var hash = await Erased.HashAsync(App.Customer, Channel.Email, Person, Token);
        (await App.CountAsync($"deliveries WHERE address = '{hash}' AND address_key = '{hash}'")).ShouldBe(1);
        (await App.CountAsync($"suppressions WHERE address_key = '{hash}'")).ShouldBe(1);
    }

    [Fact]
    public async Task Erased_person_who_is_imported_again_is_suppressed_under_the_name_and_gets_nothing()
    {
        var (_, id) = await SentAsync();
        await EraseAsync(id);
        var found = await Erased.FindAsync(App.Customer, Channel.Email, [Person, "bob@r.test"], Token);
        found.Keys.ShouldBe([Person]);
        await Erased.SuppressAgainAsync(App.Customer, Channel.Email, [Person, "bob@r.test"], Token);
        (await App.CountAsync($"suppressions WHERE address_key = '{Person}'")).ShouldBe(1);
        (await App.CountAsync("suppressions WHERE address_key = 'bob@r.test'")).ShouldBe(0);
    }

    [Fact]
    public async Task Erased_person_who_is_typed_again_counts_as_one_that_cannot_be_reached()
    {
        var (_, id) = await SentAsync();
        await EraseAsync(id);
        await using var db = App.OpenDb();
        var again = (await AddContact.RunAsync(App.Customer, new ContactInput(Person), Erased, db, Clock, Token)).Id.ShouldNotBeNull();
        (await App.CountAsync($"suppressions WHERE address_key = '{Person}'")).ShouldBe(1);
        await App.ExecuteAsync($"DELETE FROM suppressions WHERE address_key = '{Person}'");
        (
            await EditContact.RunAsync(App.Customer, again, new ContactInput(Person, FirstName: "A"), Erased, db, Clock, Token)
        ).IsDone.ShouldBeTrue();
        (await App.CountAsync($"suppressions WHERE address_key = '{Person}'")).ShouldBe(1);
    }

    [Fact]
    public async Task Message_to_an_address_that_was_erased_and_added_by_hand_is_suppressed_when_it_is_claimed()
    {
        var (_, id) = await SentAsync();
        await EraseAsync(id);
        var list = await App.AddListAsync("Again", Person, "carl@r.test");
        await using var smtp = FakeSmtpServer.Start();
        var server = await Scenario.AddSmtpAsync("again", smtp.Port);
        var campaign = await LaunchAsync(list, server);
        await SendDueAsync();
        var statuses = await StatusesAsync(campaign);
        statuses.ShouldBe(
            new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Suppressed] = 1, [DeliveryStatus.Sent] = 1 },
            ignoreOrder: true
        );
    }

    [Fact]
    public async Task Message_that_waits_when_the_person_is_erased_is_never_sent()
    {
        var list = await App.AddListAsync("News", Person, "bob@r.test");
        await using var smtp = FakeSmtpServer.Start();
        var server = await Scenario.AddSmtpAsync("s", smtp.Port);
        var campaign = await LaunchAsync(list, server);
        await EraseAsync(await IdAsync());
        await SendDueAsync();
        var statuses = await StatusesAsync(campaign);
        statuses.ShouldBe(
            new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Suppressed] = 1, [DeliveryStatus.Sent] = 1 },
            ignoreOrder: true
        );
    }

    [Fact]
    public async Task Audit_log_tells_the_suppression_of_an_erased_person_without_the_address()
    {
        var (_, id) = await SentAsync();
        var request = new SuppressAddressRequest(
            Channel.Email,
            Person,
            SuppressionReason.Manual,
            SuppressionOrigin.Manual,
            $"mail of {Person}"
        );
        (await SuppressAddress.RunAsync(Actor, request, App.Writes, Clock, Token)).IsDone.ShouldBeTrue();
        (await EraseAsync(id)).ShouldBeTrue();
        (await App.CountAsync("audit_log WHERE action = 'suppression.added'")).ShouldBe(1);
        (await App.CountAsync("audit_log WHERE object LIKE '%ana@%' OR detail LIKE '%ana@%'")).ShouldBe(0);
    }

    [Fact]
    public async Task Export_holds_profile_subscriptions_consents_messages_and_events()
    {
        var (campaign, id) = await SentAsync();
        await using var db = App.OpenDb();
        var json = JsonDocument.Parse((await ExportContact.RunAsync(App.Customer, new ContactId(id), db, Clock, Token))!).RootElement;
        json.GetProperty("contact").GetProperty("email").GetString().ShouldBe(Person);
        json.GetProperty("subscriptions").GetArrayLength().ShouldBe(1);
        json.GetProperty("consents").GetArrayLength().ShouldBe(1);
        var message = json.GetProperty("messages").EnumerateArray().Single();
        message.GetProperty("campaign").GetInt64().ShouldBe(campaign.Value);
        message.GetProperty("attempts").GetArrayLength().ShouldBe(1);
        message.GetProperty("events").GetArrayLength().ShouldBe(1);
        (await ExportContact.RunAsync(await App.AddCustomerAsync("Other"), new ContactId(id), db, Clock, Token)).ShouldBeNull();
        (await ShowContact.HistoryAsync(App.Customer, new ContactId(id), db, Token))!
            .Select(f => f.Kind)
            .ShouldBe(
                [
                    ContactFactKind.Added,
                    ContactFactKind.Subscribed,
                    ContactFactKind.Consented,
                    ContactFactKind.Sent,
                    ContactFactKind.Opened,
                ],
                ignoreOrder: true
            );
    }

    /// <summary>A campaign that two people got; the far end named the person, who opened it and had consented.</summary>
    private async Task<(CampaignId Campaign, long Contact)> SentAsync()
    {
        var list = await App.AddListAsync("News", Person, "bob@r.test");
        await using var smtp = FakeSmtpServer.Start();
        var server = await Scenario.AddSmtpAsync("s", smtp.Port);
        var campaign = await LaunchAsync(list, server);
        await SendDueAsync();
        var id = await IdAsync();
        await App.ExecuteAsync(
            $"UPDATE attempts SET text = '250 <{Person}> is glad' WHERE delivery_id IN (SELECT id FROM deliveries WHERE contact_id = {id})"
        );
        await App.ExecuteAsync("INSERT INTO user_agents (id, text) VALUES (7, 'Mail')");
        await App.ExecuteAsync(
            $"INSERT INTO tracking_events (customer_id, campaign_id, delivery_id, kind, machine, at, ip, user_agent_id) SELECT customer_id, campaign_id, id, 1, 0, {App.Now.ToUnixTimeMilliseconds()}, '192.0.2.1', 7 FROM deliveries WHERE contact_id = {id}"
        );
        await App.ExecuteAsync(
            $"INSERT INTO consent_records (customer_id, contact_id, purpose, granted, source, at, ip) VALUES ({App.Customer}, {id}, 1, {(App.Store.Kind == DatabaseKind.Sqlite ? "1" : "true")}, 'form', 5, '192.0.2.1')"
        );
        // What came back from the person, in the mail and on the public pages.
        var blob = App.Store.Kind == DatabaseKind.Sqlite ? "x'00'" : "'\\x00'";
        await App.ExecuteAsync(
            $"INSERT INTO inbound_messages (customer_id, delivery_id, received_at, envelope_from, envelope_to, kind, class, outcome, digest, source) SELECT customer_id, id, 1, '', '{Person}', 1, 1, 1, 'd', {blob} FROM deliveries WHERE contact_id = {id}"
        );
        await App.ExecuteAsync(
            $"INSERT INTO abuse_reports (customer_id, delivery_id, received_at, reporter, words, ip, opted_out) SELECT customer_id, id, 1, '{Person}', 'I am {Person}', '192.0.2.1', true FROM deliveries WHERE contact_id = {id}"
        );
        await App.ExecuteAsync(
            $"INSERT INTO opt_out_requests (customer_id, address, language, asked_at, expires_at) VALUES ({App.Customer}, 'Ana@r.test', 'fr', 1, 2)"
        );
        return (campaign, id);
    }

    private Task<long> IdAsync() => App.ScalarAsync<long>($"SELECT id FROM contacts WHERE contact_key = '{Person}'");

    private async Task<bool> EraseAsync(long id)
    {
        await using var db = App.OpenDb();
        return (await EraseContact.RunAsync(Actor, new ContactId(id), Erased, db, Clock, Token)).IsDone;
    }
}

public sealed class EraseContactTestsOnSqlite() : EraseContactTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class EraseContactTestsOnPostgreSql() : EraseContactTests(DatabaseKind.PostgreSql);
