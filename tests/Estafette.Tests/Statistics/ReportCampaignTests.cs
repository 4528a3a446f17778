using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Statistics;

namespace Estafette.Tests.Statistics;

public abstract class ReportCampaignTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private async Task<CampaignReport> ReportAsync(SentCampaign campaign)
    {
        await using var db = App.OpenDb();
        return (await ReportCampaign.RunAsync(App.Customer, campaign.Id, db, Token)).ShouldNotBeNull();
    }

    private static IEnumerable<string> Addresses(string prefix, int count) =>
        Enumerable.Range(1, count).Select(i => $"{prefix}{i:D4}@x.test");

    // Vector 15 of interfaces.md §8: E=200, opened 50, clicked only 10, clickers 20, clicks 45, expired 6, in error 4, complaint 1, unsubscribed 3.
    [Fact]
    public async Task Rates_follow_their_formulas()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var sent = await campaign.AddAsync(Addresses("sent", 190));
        await campaign.AddAsync(Addresses("expired", 6), DeliveryStatus.Expired);
        await campaign.AddAsync(Addresses("error", 4), DeliveryStatus.HardBounced);
        await campaign.AddAsync(Addresses("suppressed", 7), DeliveryStatus.Suppressed);
        await campaign.AddAsync(Addresses("rejected", 3), DeliveryStatus.Rejected);
        await campaign.AddEventsAsync(sent.Take(50), kind: 1);
        await campaign.AddEventsAsync(sent.Skip(40).Take(20), kind: 2, link: 1, times: 2);
        await campaign.AddEventsAsync(sent.Skip(40).Take(5), kind: 2, link: 2);
        await App.ExecuteAsync($"UPDATE deliveries SET complained_at = created_at WHERE id = {sent[0]}");
        await App.ExecuteAsync($"UPDATE deliveries SET unsubscribed_at = created_at WHERE id IN ({sent[1]}, {sent[2]}, {sent[3]})");
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);

        var figures = (await ReportAsync(campaign)).Figures;
        figures.Audience.ShouldBe(210);
        figures.Attempted.ShouldBe(200);
        figures.Sent.ShouldBe(190);
        figures.Opened.ShouldBe(60);
        figures.Clicked.ShouldBe(20);
        figures.Clicks.ShouldBe(45);
        figures.OpenRate.ShouldBe(30.0m);
        figures.ClickRate.ShouldBe(10.0m);
        Math.Round(figures.ReactivityRate!.Value, 1).ShouldBe(33.3m);
        figures.BounceRate.ShouldBe(5.0m);
        figures.ComplaintRate.ShouldBe(0.500m);
        figures.UnsubscribeRate.ShouldBe(1.50m);
    }

    [Fact]
    public async Task Open_rate_is_computed_over_recipients_with_individual_tracking()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var tracked = await campaign.AddAsync(Addresses("t", 10));
        await campaign.AddAsync(Addresses("a", 90), tracking: DeliveryTracking.Aggregate);
        await campaign.AddEventsAsync(tracked.Take(5), kind: 1);
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);

        var figures = (await ReportAsync(campaign)).Figures;
        (figures.Attempted, figures.AttemptedTracked).ShouldBe((100, 10));
        figures.OpenRate.ShouldBe(50m);
        figures.BounceRate.ShouldBe(0m);
    }

    [Fact]
    public async Task Rate_without_base_is_no_number()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var figures = (await ReportAsync(campaign)).Figures;
        figures.OpenRate.ShouldBeNull();
        figures.ReactivityRate.ShouldBeNull();
        figures.BounceRate.ShouldBeNull();
    }

    [Fact]
    public async Task Same_url_at_two_places_is_two_links_and_versions_are_kept_apart()
    {
        var campaign = await SentCampaign.AddAsync(App);
        await App.ExecuteAsync(
            $"""
            INSERT INTO contents (id, customer_id, campaign_id, version, subject, processed, created_at) VALUES
              (7, {App.Customer}, {campaign.Id}, 1, 'S', '', 0), (8, {App.Customer}, {campaign.Id}, 2, 'S', '', 0);
            INSERT INTO content_links (content_id, link_no, url, label) VALUES
              (7, 1, 'https://x.test/', 'Top'), (7, 2, 'https://x.test/', 'Bottom'), (8, 1, 'https://x.test/', 'Top');
            """
        );
        var sent = await campaign.AddAsync(Addresses("s", 4));
        await campaign.AddEventsAsync(sent.Take(3), kind: 2, link: 1);
        await campaign.AddEventsAsync(sent.Take(1), kind: 2, link: 2, times: 4);
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);

        (await ReportAsync(campaign))
            .Links.Select(l => (l.Version, l.LinkNo, l.Label, l.Clickers, l.Clicks))
            .ShouldBe([(1, 1, "Top", 3L, 3L), (1, 2, "Bottom", 1L, 4L), (2, 1, "Top", 0L, 0L)]);
    }

    [Fact]
    public async Task Servers_causes_and_hours_are_told()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var sent = await campaign.AddAsync(Addresses("s", 8));
        await campaign.AddAsync(Addresses("b", 2), DeliveryStatus.HardBounced);
        await campaign.AddEventsAsync(sent.Take(2), kind: 1);
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);

        var report = await ReportAsync(campaign);
        var server = report.Servers.ShouldHaveSingleItem();
        (server.Name, server.Accepted, server.Failed, server.AcceptedRate).ShouldBe(("Relais", 8, 2, 80m));
        report.Causes.ShouldHaveSingleItem().ShouldBe(new CauseFigures(FailureCause.UnknownRecipient, 2));
        report.Hours.Select(h => h.Start).ShouldBe([App.Now.AddHours(-1), App.Now]);
        report.Hours.Select(h => (h.Sent, h.Bounced, h.Opened)).ShouldBe([(8L, 2L, 0L), (0L, 0L, 2L)]);
    }

    [Fact]
    public async Task Campaign_of_another_customer_does_not_exist()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var other = await App.AddCustomerAsync("Autre");
        await using var db = App.OpenDb();
        (await ReportCampaign.RunAsync(other, campaign.Id, db, Token)).ShouldBeNull();
        (await ReportCampaign.FiguresAsync(other, campaign.Id, db, Token)).ShouldBeNull();
        (await ReadProgress.RunAsync(other, campaign.Id, db, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Progress_counts_what_is_still_queued()
    {
        var campaign = await SentCampaign.AddAsync(App);
        await campaign.AddAsync(Addresses("s", 6));
        var waiting = await campaign.AddAsync(Addresses("w", 4), DeliveryStatus.Pending);
        foreach (var delivery in waiting)
            await App.ExecuteAsync(
                $"INSERT INTO delivery_queue (campaign_id, due_at, delivery_id, customer_id, band) VALUES ({campaign.Id}, 0, {delivery}, {App.Customer}, 0)"
            );
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);

        await using var db = App.OpenDb();
        var progress = (await ReadProgress.RunAsync(App.Customer, campaign.Id, db, Token)).ShouldNotBeNull();
        (progress.Audience, progress.Done, progress.Remaining, progress.IsEstimate).ShouldBe((10, 6, 4, false));
    }

    [Fact]
    public async Task Recount_names_what_is_wrong_and_repairs_it()
    {
        var campaign = await SentCampaign.AddAsync(App);
        await campaign.AddAsync(Addresses("s", 6));
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);
        (await Recount.RunAsync(campaign.Id, App.Store, Token)).ShouldBeEmpty();

        await App.ExecuteAsync($"UPDATE rollups SET count = count + 5 WHERE metric = {(int)Metric.Sent}");
        await App.ExecuteAsync($"DELETE FROM rollups WHERE metric = {(int)Metric.Audience}");
        var wrong = await Recount.RunAsync(campaign.Id, App.Store, Token);
        wrong.Select(w => (w.Metric, w.Stored, w.Counted)).ShouldBe([(Metric.Audience, 0L, 6L), (Metric.Sent, 11L, 6L)]);

        (await Recount.RepairAsync(campaign.Id, App.Writes, Token)).ShouldBe(wrong);
        (await Recount.RunAsync(campaign.Id, App.Store, Token)).ShouldBeEmpty();
    }
}

public sealed class ReportCampaignTestsOnSqlite() : ReportCampaignTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ReportCampaignTestsOnPostgreSql() : ReportCampaignTests(DatabaseKind.PostgreSql);
