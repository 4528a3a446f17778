using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Protocols.UserAgents;

namespace Estafette.Tests.Statistics;

public abstract class ReportPartsTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private static IEnumerable<string> Addresses(string domain, int count) => Enumerable.Range(1, count).Select(i => $"a{i:D4}@{domain}");

    private Task DomainsAsync(SentCampaign campaign, params string[] domains) =>
        App.ExecuteAsync(
            string.Concat(
                domains.Select(
                    (d, i) =>
                        $"INSERT INTO campaign_domains (campaign_id, domain, no, customer_id) VALUES ({campaign.Id}, '{d}', {i + 1}, {App.Customer});"
                )
            )
        );

    [Fact]
    public async Task Devices_are_told_by_system_browser_and_kind()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var sent = await campaign.AddAsync(Addresses("x.test", 3));
        await campaign.AddEventsAsync(sent, kind: 1, times: 2);
        await campaign.AddEventsAsync(sent.Take(1), kind: 2, link: 1);
        await App.ExecuteAsync(
            $"""
            INSERT INTO agent_classes (id, os, browser, device) VALUES (70, 'iOS', 'Mobile Safari', 2);
            INSERT INTO user_agents (id, text, class_id) VALUES (7, 'phone', 70), (8, 'never classed', NULL);
            UPDATE tracking_events SET user_agent_id = 7 WHERE delivery_id IN ({sent[0]}, {sent[1]});
            UPDATE tracking_events SET user_agent_id = 8 WHERE delivery_id = {sent[2]};
            """
        );
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);

        await using var db = App.OpenDb();
        (await ReportDevices.RunAsync(App.Customer, campaign.Id, db, Token)).ShouldBe([
            new DeviceFigures("iOS", "Mobile Safari", DeviceKind.Mobile, 2, 4, 1),
            new DeviceFigures(null, null, DeviceKind.Other, 1, 2, 0),
        ]);
    }

    [Fact]
    public async Task Domains_are_told_under_their_provider_and_the_rest_together()
    {
        var campaign = await SentCampaign.AddAsync(App);
        await DomainsAsync(campaign, "gmail.com", "googlemail.com", "dupont.test");
        var sent = await campaign.AddAsync(Addresses("gmail.com", 5));
        await campaign.AddAsync(Addresses("googlemail.com", 1), DeliveryStatus.HardBounced);
        await campaign.AddAsync(Addresses("dupont.test", 2));
        await campaign.AddAsync(Addresses("small.test", 1));
        await campaign.AddEventsAsync(sent.Take(2), kind: 1);
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);

        await using var db = App.OpenDb();
        var providers = (await ReportDomains.RunAsync(App.Customer, campaign.Id, db, Token)).ShouldNotBeNull();
        providers
            .Select(p => (p.Provider, p.Total.Attempted, p.Total.Sent, p.Total.Bounced, p.Total.Opened))
            .ShouldBe([("Google", 6L, 5L, 1L, 2L), (null, 2L, 2L, 0L, 0L), (null, 1L, 1L, 0L, 0L)]);
        providers.Select(p => p.Total.Domain).Skip(1).ShouldBe(["dupont.test", null]);
        providers[0].Domains.Select(d => d.Domain).ShouldBe(["gmail.com", "googlemail.com"]);
        providers[0].Domains[0].TimeToAccept.ShouldBe(TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public async Task Errors_are_grouped_by_cause_and_by_words_without_addresses()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var bounced = await campaign.AddAsync(Addresses("x.test", 3), DeliveryStatus.HardBounced);
        foreach (var id in bounced.Take(2))
            await App.ExecuteAsync(
                $"UPDATE attempts SET text = '5.1.1 <a{id}@x.test> unknown, queue 9F{id}AB77C1' WHERE delivery_id = {id}"
            );
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);

        await using var db = App.OpenDb();
        var cause = (await ReportErrors.RunAsync(App.Customer, campaign.Id, db, Token)).ShouldHaveSingleItem();
        (cause.Cause, cause.Attempts, cause.Read).ShouldBe((FailureCause.UnknownRecipient, 3, 3));
        cause.Answers.Select(a => (a.Words, a.Code, a.Count)).ShouldBe([("5.1.1 … unknown, queue …", 550, 2), ("words", 550, 1)]);
        cause.Answers[0].Delivery.ShouldBe(bounced[1]);
    }

    [Fact]
    public async Task Zones_mark_each_place_of_a_url_and_lead_nowhere()
    {
        var campaign = await SentCampaign.AddAsync(App);
        await App.ExecuteAsync(
            $$$$"""
            INSERT INTO contents (id, customer_id, campaign_id, version, subject, processed, created_at) VALUES (7, {{{{App.Customer}}}}, {{{{campaign.Id}}}}, 1, 'S',
              '{"Subject":"S","Html":"<html><body><a href=\"{{{__link 1}}}\">Top</a><a href=\"{{{__link 2}}}\">Bottom</a><a href=\"{{{__unsubscribe}}}\">Out</a><script>x()</script></body></html>","Text":null,"Links":[{"Number":1,"Url":"https://x.test/","HasMergeFields":false,"Label":"Top"},{"Number":2,"Url":"https://x.test/","HasMergeFields":false,"Label":"Bottom"}],"Warnings":[]}', 0)
            """
        );
        await using var db = App.OpenDb();
        ZoneMark[] marks = [new(1, "75 %", 4), new(2, "25 %", 2)];
        var html = (await HotZones.RunAsync(App.Customer, campaign.Id, new ContentId(7), marks, db, Token)).ShouldNotBeNull();
        html.ShouldContain("Top<span class=\"estafette-zone-label estafette-zone-4\">75 %</span>");
        html.ShouldContain("Bottom<span class=\"estafette-zone-label estafette-zone-2\">25 %</span>");
        html.ShouldNotContain("href");
        html.ShouldNotContain("<script");
    }

    [Fact]
    public async Task Parts_of_a_campaign_of_another_customer_do_not_exist()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var other = await App.AddCustomerAsync("Autre");
        await using var db = App.OpenDb();
        (await ReportDevices.RunAsync(other, campaign.Id, db, Token)).ShouldBeNull();
        (await ReportDomains.RunAsync(other, campaign.Id, db, Token)).ShouldBeNull();
        (await ReportErrors.RunAsync(other, campaign.Id, db, Token)).ShouldBeNull();
        (await HotZones.RunAsync(other, campaign.Id, new ContentId(7), [], db, Token)).ShouldBeNull();
    }
}

public sealed class ReportPartsTestsOnSqlite() : ReportPartsTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ReportPartsTestsOnPostgreSql() : ReportPartsTests(DatabaseKind.PostgreSql);
