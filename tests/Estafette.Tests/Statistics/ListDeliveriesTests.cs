using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Core.Tracking;

namespace Estafette.Tests.Statistics;

public abstract class ListDeliveriesTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private async Task<List<string>> AllAsync(CampaignId campaign, DeliveryFilter filter, int size)
    {
        var addresses = new List<string>();
        string? after = null;
        do
        {
            var page = (await ListDeliveries.RunAsync(App.Customer, campaign, filter, after, size, App.Store, Token)).ShouldNotBeNull();
            page.Rows.Count.ShouldBeLessThanOrEqualTo(size);
            addresses.AddRange(page.Rows.Select(r => r.Address));
            after = page.Next;
        } while (after is not null);
        return addresses;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(25)]
    [InlineData(100)]
    public async Task Pages_show_every_delivery_once_in_order(int size)
    {
        var campaign = await SentCampaign.AddAsync(App);
        var other = await SentCampaign.AddAsync(App);
        var addresses = Enumerable.Range(0, 25).Select(i => $"{(char)('a' + (i * 7 % 25))}@x.test").ToList();
        await campaign.AddAsync(addresses);
        await other.AddAsync(["other@x.test"]);
        (await AllAsync(campaign.Id, new DeliveryFilter(), size)).ShouldBe(addresses.Order(StringComparer.Ordinal));
        (await AllAsync(campaign.Id, new DeliveryFilter { Status = DeliveryStatus.Sent }, size)).ShouldBe(addresses);
    }

    [Fact]
    public async Task Filters_narrow_the_list()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var sent = await campaign.AddAsync(["Anne.Martin@x.test", "anne@x.test", "bob@x.test", "zoé@x.test"]);
        await campaign.AddAsync(["anna@x.test"], DeliveryStatus.HardBounced);
        await App.ExecuteAsync($"UPDATE deliveries SET opened_at = 1, clicked_at = 2 WHERE id = {sent[2]}");
        await App.ExecuteAsync($"UPDATE deliveries SET opened_at = 1, unsubscribed_at = 3 WHERE id = {sent[3]}");

        (await AllAsync(campaign.Id, new DeliveryFilter { AddressPrefix = "ANN" }, 10)).ShouldBe([
            "anna@x.test",
            "Anne.Martin@x.test",
            "anne@x.test",
        ]);
        (await AllAsync(campaign.Id, new DeliveryFilter { AddressPrefix = "an", Status = DeliveryStatus.Sent }, 10)).Count.ShouldBe(2);
        (
            await AllAsync(campaign.Id, new DeliveryFilter { AddressPrefix = "anne", Status = DeliveryStatus.HardBounced }, 10)
        ).ShouldBeEmpty();
        (await AllAsync(campaign.Id, new DeliveryFilter { AddressPrefix = "100%_'\"" }, 10)).ShouldBeEmpty();
        (await AllAsync(campaign.Id, new DeliveryFilter { Engagement = EngagementFilter.Opened }, 1)).ShouldBe([
            "bob@x.test",
            "zoé@x.test",
        ]);
        (await AllAsync(campaign.Id, new DeliveryFilter { Engagement = EngagementFilter.Clicked }, 10)).ShouldBe(["bob@x.test"]);
        (await AllAsync(campaign.Id, new DeliveryFilter { Engagement = EngagementFilter.Unsubscribed }, 10)).ShouldBe(["zoé@x.test"]);
        (await AllAsync(campaign.Id, new DeliveryFilter { Engagement = EngagementFilter.Complained }, 10)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Foreign_campaign_and_delivery_do_not_exist()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var sent = await campaign.AddAsync(["a@x.test"]);
        var other = await App.AddCustomerAsync("Autre");
        (await ListDeliveries.RunAsync(other, campaign.Id, new DeliveryFilter(), null, 10, App.Store, Token)).ShouldBeNull();
        await using var db = App.OpenDb();
        (await ShowDelivery.RunAsync(other, sent[0], db, Token)).ShouldBeNull();
        using var text = new StringWriter();
        (
            await ExportDeliveries.RunAsync(other, campaign.Id, new DeliveryFilter(), TimeZoneInfo.Utc, text, App.Store, Token)
        ).ShouldBeFalse();
        text.ToString().ShouldBeEmpty();
    }

    [Fact]
    public async Task Nonsense_as_next_page_is_harmless()
    {
        var campaign = await SentCampaign.AddAsync(App);
        await campaign.AddAsync(["a@x.test"]);
        var filter = new DeliveryFilter { Status = DeliveryStatus.Sent };
        var page = await ListDeliveries.RunAsync(App.Customer, campaign.Id, filter, "'; DROP TABLE deliveries", 10, App.Store, Token);
        page!.Rows.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Timeline_tells_all_facts_in_order()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var delivery = (await campaign.AddAsync(["a@x.test"]))[0];
        await App.ExecuteAsync(
            $"INSERT INTO contents (id, customer_id, campaign_id, version, subject, processed, created_at) VALUES (7, {App.Customer}, {campaign.Id}, 1, 'S', '', 0)"
        );
        await App.ExecuteAsync("INSERT INTO content_links (content_id, link_no, url) VALUES (7, 1, 'https://x.test/offer')");
        await campaign.AddEventsAsync([delivery], kind: 1);
        App.Clock.Advance(TimeSpan.FromMinutes(1));
        await campaign.AddEventsAsync([delivery], kind: 2, link: 1);
        await App.ExecuteAsync(
            $"INSERT INTO delivery_events (delivery_id, customer_id, at, status, source, text) VALUES ({delivery}, {App.Customer}, {App.Now.AddMinutes(-5).ToUnixTimeMilliseconds()}, 5, 3, 'delivered')"
        );
        await App.ExecuteAsync(
            $"UPDATE deliveries SET unsubscribed_at = {App.Now.AddMinutes(1).ToUnixTimeMilliseconds()} WHERE id = {delivery}"
        );

        await using var db = App.OpenDb();
        var details = (await ShowDelivery.RunAsync(App.Customer, delivery, db, Token)).ShouldNotBeNull();
        details.Delivery.Address.ShouldBe("a@x.test");
        details
            .Timeline.Select(f => f.Kind)
            .ShouldBe([
                DeliveryFactKind.Created,
                DeliveryFactKind.Attempt,
                DeliveryFactKind.Event,
                DeliveryFactKind.Tracking,
                DeliveryFactKind.Tracking,
                DeliveryFactKind.Unsubscribed,
            ]);
        (details.Timeline[1].Server, details.Timeline[1].Attempt!.Code).ShouldBe(("Relais", 250));
        details.Timeline[3].Tracking!.Kind.ShouldBe(TrackingEventKind.Open);
        details.Timeline[4].Url.ShouldBe("https://x.test/offer");
    }

    [Fact]
    public async Task Export_guards_cells_that_a_spreadsheet_would_compute()
    {
        var campaign = await SentCampaign.AddAsync(App);
        await campaign.AddAsync(["=cmd@x.test", "plain@x.test"]);
        using var text = new StringWriter();
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");
        (await ExportDeliveries.RunAsync(App.Customer, campaign.Id, new DeliveryFilter(), zone, text, App.Store, Token)).ShouldBeTrue();
        var lines = text.ToString().Split("\r\n");
        lines[0].ShouldStartWith("address;status;");
        lines[1].ShouldStartWith("\"'=cmd@x.test\";Sent;");
        lines[2].ShouldBe("plain@x.test;Sent;;2026-03-03T09:50:00+01:00;2026-03-03T09:50:00+01:00;1;Relais;;;;;2");
    }
}

public sealed class ListDeliveriesTestsOnSqlite() : ListDeliveriesTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ListDeliveriesTestsOnPostgreSql() : ListDeliveriesTests(DatabaseKind.PostgreSql);
