using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Testing.Smtp;
using Estafette.Tests.Delivery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Campaigns.Variants;

public abstract class AbTestTests(DatabaseKind kind) : CampaignTests(kind)
{
    private const int People = 600;

    [Fact]
    public async Task Test_group_gets_the_variants_the_rest_waits_and_then_gets_the_winner()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchTestAsync(smtp, share: 50, automatic: true);
        await SendDueAsync();
        var subjects = Subjects(smtp);
        subjects.Keys.Order().ShouldBe(["Objet A", "Objet B"]);
        var tested = subjects.Values.Sum();
        tested.ShouldBeInRange(220, 380);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Running);
        (await App.CountAsync($"delivery_queue WHERE campaign_id = {id}")).ShouldBe(People - tested);
        // B is opened far more often.
        await App.ExecuteAsync($"UPDATE deliveries SET opened_at = 1 WHERE campaign_id = {id} AND variant = 2");
        await ClockOfTests().MoveAsync(Token);
        App.Clock.Advance(TimeSpan.FromMinutes(59));
        await ClockOfTests().MoveAsync(Token);
        (await ReportAsync(id)).Test.Winner.ShouldBeNull();
        App.Clock.Advance(TimeSpan.FromMinutes(2));
        await ClockOfTests().MoveAsync(Token);
        var report = await ReportAsync(id);
        (report.Test.Winner, report.Test.Verdict, report.Rest).ShouldBe(((short?)2, (Verdict?)Verdict.Significant, People - tested));
        await SendDueAsync();
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
        Subjects(smtp)["Objet B"].ShouldBe(subjects["Objet B"] + People - tested);
        Subjects(smtp)["Objet A"].ShouldBe(subjects["Objet A"]);
        smtp.Messages.Select(m => m.RcptTo.Single()).Distinct().Count().ShouldBe(People);
    }

    [Fact]
    public async Task Crash_after_the_decision_and_in_the_middle_of_the_release_sends_everybody_the_winner_once()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchTestAsync(smtp, share: 20, automatic: true);
        await SendDueAsync();
        await ClockOfTests().MoveAsync(Token);
        App.Clock.Advance(TimeSpan.FromHours(2));
        await ClockOfTests().MoveAsync(Token);
        (await ReportAsync(id)).Test.Winner.ShouldNotBeNull();
        // As if half of the rest had been made due before the end.
        await App.ExecuteAsync(
            $"UPDATE delivery_queue SET due_at = 1 WHERE campaign_id = {id} AND due_at = {VariantDraw.WaitingDue} AND delivery_id % 2 = 0"
        );
        await App.RestartAsync();
        await ClockOfTests().MoveAsync(Token);
        await SendDueAsync();
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
        smtp.Messages.Select(m => m.RcptTo.Single()).Distinct().Count().ShouldBe(People);
        smtp.Messages.Count.ShouldBe(People);
    }

    [Fact]
    public async Task Nothing_is_decided_by_itself_when_a_person_chooses_and_their_choice_is_taken_once()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchTestAsync(smtp, share: 20, automatic: false);
        await SendDueAsync();
        await ClockOfTests().MoveAsync(Token);
        App.Clock.Advance(TimeSpan.FromDays(3));
        await ClockOfTests().MoveAsync(Token);
        (await ReportAsync(id)).Test.Winner.ShouldBeNull();
        var marie = new Actor(App.Customer, "marie");
        await using (var db = App.OpenDb())
        {
            (await DecideVariant.ChooseAsync(marie, id, 9, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.NotFound.Instance);
            (await DecideVariant.ChooseAsync(marie, id, 2, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
            (await DecideVariant.ChooseAsync(marie, id, 1, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Changed.Instance);
        }
        var report = await ReportAsync(id);
        (report.Test.Winner, report.Test.Verdict, report.Test.DecidedBy).ShouldBe(((short?)2, (Verdict?)Verdict.Chosen, "marie"));
    }

    [Fact]
    public async Task Paused_test_is_not_decided_and_a_cancelled_one_leaves_nothing_behind()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchTestAsync(smtp, share: 20, automatic: true);
        await SendDueAsync();
        await ClockOfTests().MoveAsync(Token);
        await using var db = App.OpenDb();
        (await PauseCampaign.RunAsync(App.Customer, id, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        App.Clock.Advance(TimeSpan.FromDays(1));
        await ClockOfTests().MoveAsync(Token);
        (await ReportAsync(id)).Test.Winner.ShouldBeNull();
        (await CancelCampaign.RunAsync(App.Customer, id, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        while (await App.Services.GetServices<IHostedService>().OfType<CampaignCloser>().Single().CloseSomeAsync(Token) > 0) { }
        (await App.CountAsync($"delivery_queue WHERE campaign_id = {id}")).ShouldBe(0);
        (await StatusesAsync(id))[DeliveryStatus.Cancelled].ShouldBeGreaterThan(400);
    }

    [Fact]
    public async Task Frozen_variants_are_those_of_the_rule_and_an_interrupted_launch_keeps_them()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchTestAsync(smtp, share: 40, automatic: true);
        var before = await DeliveriesAsync(id);
        await App.ExecuteAsync($"UPDATE campaigns SET expansion_cursor = 0, expanded_at = NULL WHERE id = {id}");
        await App.RestartAsync();
        await ExpandAsync();
        var after = await DeliveriesAsync(id);
        after.Select(d => (d.Id, d.Variant)).ShouldBe(before.Select(d => (d.Id, d.Variant)));
        foreach (var delivery in after)
            ((int)delivery.Variant).ShouldBe(VariantDraw.Of(delivery.ContactId!.Value, VariantDraw.Seed(id), 40, 2));
    }

    [Fact]
    public async Task Empty_variant_keeps_the_campaign_from_leaving_and_limits_are_told_at_once()
    {
        var server = await Scenario.AddSmtpAsync("s", 1);
        var id = await Scenario.AddCampaignAsync(await AddPeopleAsync(3), [server], Html);
        await using var db = App.OpenDb();
        var wrong = new AbTestWish(VariantKind.Subject, 4, VariantMetric.Opened, 5, true, []);
        (await SetAbTest.RunAsync(App.Customer, id, wrong, db, Clock, Token))
            .ShouldBeOfType<CampaignOutcome.Invalid>()
            .Problems.Select(p => p.Code)
            .ShouldBe(["variants.count", "variants.share", "variants.wait"]);
        var empty = new AbTestWish(VariantKind.FromName, 20, VariantMetric.Opened, 60, true, [new VariantWish()]);
        (await SetAbTest.RunAsync(App.Customer, id, empty, db, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        (await LaunchCampaign.RunAsync(App.Customer, id, db, Signals, Clock, Token))
            .ShouldBeOfType<CampaignOutcome.Invalid>()
            .Problems.Single()
            .Code.ShouldBe("variants.empty");
        (await SetAbTest.RunAsync(App.Customer, id, null, db, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        (await App.CountAsync($"variants WHERE campaign_id = {id}")).ShouldBe(0);
    }

    private async Task<CampaignId> LaunchTestAsync(FakeSmtpServer smtp, int share, bool automatic)
    {
        var list = await AddPeopleAsync(People);
        await App.ExecuteAsync("UPDATE contacts SET tracking_consent = 1");
        var server = await Scenario.AddSmtpAsync("s", smtp.Port);
        var id = await Scenario.AddCampaignAsync(list, [server], Html);
        await using (var db = App.OpenDb())
        {
            await EditCampaign.RunAsync(App.Customer, id, new CampaignEdit { Subject = "Objet A" }, db, Clock, Token);
            var wish = new AbTestWish(VariantKind.Subject, share, VariantMetric.Opened, 60, automatic, [new VariantWish("Objet B")]);
            (await SetAbTest.RunAsync(App.Customer, id, wish, db, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        }
        await Scenario.LaunchAsync(id);
        await ExpandAsync();
        return id;
    }

    private AbTestClock ClockOfTests() => App.Services.GetServices<IHostedService>().OfType<AbTestClock>().Single();

    private async Task<VariantReport> ReportAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        return (await ReportVariants.RunAsync(App.Customer, id, db, App.Store, Token))!;
    }

    private static Dictionary<string, int> Subjects(FakeSmtpServer smtp) =>
        smtp.Messages.CountBy(m => Wire.Header(m, "Subject")!).ToDictionary();
}

public sealed class AbTestTestsOnSqlite() : AbTestTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class AbTestTestsOnPostgreSql() : AbTestTests(DatabaseKind.PostgreSql);
