using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.PreFlight;
using Estafette.Core.Campaigns.Review;
using Estafette.Core.Campaigns.Schedule;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Testing.Http;
using Estafette.Testing.Smtp;
using Estafette.Tests.Delivery;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Campaigns.Review;

public abstract class ReviewTests(DatabaseKind kind) : CampaignTests(kind)
{
    [Fact]
    public async Task Read_warnings_hold_until_the_campaign_changes()
    {
        var id = await AddAsync();
        await using var db = App.OpenDb();
        var warnings = (await RunPreFlight.RunAsync(App.Customer, id, QueryTime.Asked, db, Clock, Token))!
            .Problems.Where(p => !p.IsError)
            .ToList();
        warnings.Select(w => w.Code).ShouldContain("unsubscribe.added");
        await AcknowledgeWarnings.RunAsync(new Actor(App.Customer, "marie"), id, warnings, db, Clock, Token);
        (await ReadAsync(id)).Count.ShouldBe(warnings.Count);
        (await ReadAsync(id)).Values.First().UserName.ShouldBe("marie");
        await EditCampaign.RunAsync(App.Customer, id, new CampaignEdit { Name = "Un autre nom" }, db, Clock, Token);
        (await ReadAsync(id)).Count.ShouldBe(warnings.Count);
        await EditCampaign.RunAsync(App.Customer, id, new CampaignEdit { Subject = "Un autre objet" }, db, Clock, Token);
        (await ReadAsync(id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Campaign_that_needs_approval_leaves_only_after_somebody_else_approved_it_as_it_is()
    {
        var id = await AddAsync();
        await App.ExecuteAsync("UPDATE customers SET requires_approval = " + (App.Store.Kind == DatabaseKind.Sqlite ? "1" : "true"));
        var (marie, paul) = (new Actor(App.Customer, "marie"), new Actor(App.Customer, "paul"));
        (await LaunchCodesAsync(id)).ShouldBe(["approval.missing"]);
        await using var db = App.OpenDb();
        (await Approvals.AskAsync(marie, id, "Prête ?", db, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        (await Approvals.AnswerAsync(marie, id, true, null, db, Clock, Token)).ShouldBeOfType<CampaignOutcome.Invalid>();
        (await Approvals.AnswerAsync(paul, id, false, " ", db, Clock, Token)).ShouldBeOfType<CampaignOutcome.Invalid>();
        (await Approvals.AnswerAsync(paul, id, true, "Oui", db, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        (await Approvals.AnswerAsync(paul, id, true, "Oui", db, Clock, Token)).ShouldBe(CampaignOutcome.Changed.Instance);
        // A change after the approval voids it; the same campaign again is approved again.
        var subject = await App.ScalarAsync<string>($"SELECT subject FROM campaigns WHERE id = {id}");
        await EditCampaign.RunAsync(App.Customer, id, new CampaignEdit { Subject = "Changé" }, db, Clock, Token);
        (await LaunchCodesAsync(id)).ShouldBe(["approval.missing"]);
        await EditCampaign.RunAsync(App.Customer, id, new CampaignEdit { Subject = subject }, db, Clock, Token);
        (await LaunchCodesAsync(id)).ShouldBeEmpty();
        (await App.CountAsync("audit_log WHERE action IN ('campaign.approval_asked', 'campaign.approved')")).ShouldBe(2);
    }

    [Fact]
    public async Task Field_that_members_lack_is_told_with_its_number_and_one_that_nobody_has_as_unknown()
    {
        var list = await App.AddListAsync("Clients", "a@r.test", "b@r.test", "c@r.test");
        await App.ExecuteAsync("UPDATE contacts SET first_name = 'Anne' WHERE email = 'a@r.test'");
        var server = await Scenario.AddSmtpAsync("s", 1);
        var id = await Scenario.AddCampaignAsync(list, [server], "<p>{{first_name}} {{vile}} {{default city \"ici\"}}</p>");
        await using var db = App.OpenDb();
        await EditCampaign.RunAsync(App.Customer, id, new CampaignEdit { Subject = "Bonjour" }, db, Clock, Token);
        var problems = (await RunPreFlight.RunAsync(App.Customer, id, QueryTime.Asked, db, Clock, Token))!.Problems;
        problems.Single(p => p.Code == "fields.missing").Argument.ShouldBe("first_name (2/3)");
        problems.Single(p => p.Code == "fields.unknown").Argument.ShouldBe("vile");
    }

    [Fact]
    public async Task Links_are_asked_in_the_background_and_a_broken_one_is_told()
    {
        await using var good = await FakeMailApi.StartAsync();
        await using var broken = await FakeMailApi.StartAsync();
        good.Answers(200, "ok");
        broken.Answers(404, "gone");
        var list = await AddPeopleAsync(1);
        var html = $"<a href=\"{good.BaseUrl}/a\">x</a><a href=\"{broken.BaseUrl}/b\">y</a><a href=\"http://169.254.169.254/\">z</a>";
        var id = await Scenario.AddCampaignAsync(list, [await Scenario.AddSmtpAsync("s", 1)], html);
        await using var db = App.OpenDb();
        var before = (await CheckLinks.RunAsync(App.Customer, id, false, db, Signals, Clock, Token))!;
        (before.Done, before.Total).ShouldBe((0, 3));
        while (await App.Services.GetServices<IHostedService>().OfType<LinkCheckRunner>().Single().CheckSomeAsync(Token) > 0) { }
        var after = (await CheckLinks.RunAsync(App.Customer, id, false, db, Signals, Clock, Token))!;
        after.IsDone.ShouldBeTrue();
        after.Problems.Select(p => p.Code).Order().ShouldBe(["links.broken", "links.unreachable"]);
    }

    [Fact]
    public async Task Campaign_sends_only_in_its_hours_and_goes_on_by_itself_without_losing_its_place()
    {
        await using var smtp = FakeSmtpServer.Start();
        var list = await AddPeopleAsync(30);
        var id = await Scenario.AddCampaignAsync(list, [await Scenario.AddSmtpAsync("s", smtp.Port)], Html);
        await using (var db = App.OpenDb())
        {
            // The clock stands at Tuesday 10:00 in Paris; the campaign may send from 11 to 12.
            var wish = new ScheduleWish(null, new SendingHours(127, 11 * 60, 12 * 60), false);
            (await SetSchedule.RunAsync(App.Customer, id, wish, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        }
        await Scenario.LaunchAsync(id);
        await ExpandAsync();
        await SendDueAsync();
        (smtp.Messages.Count, await StatusAsync(id)).ShouldBe((0, CampaignStatus.Running));
        App.Clock.Advance(TimeSpan.FromHours(1));
        await App.RestartAsync();
        await SendDueAsync();
        smtp.Messages.Select(m => m.RcptTo.Single()).Distinct().Count().ShouldBe(30);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Fact]
    public async Task Campaign_on_the_calendar_is_moved_without_being_taken_off()
    {
        var id = await AddAsync();
        await using var db = App.OpenDb();
        var at = App.Now.AddDays(1);
        (await ScheduleCampaign.RunAsync(App.Customer, id, at, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        var wish = new ScheduleWish(at.AddHours(2), new SendingHours(127, null, null), false);
        (await SetSchedule.RunAsync(App.Customer, id, wish, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        var moved = await db.Of<Campaign>(App.Customer).AsNoTracking().SingleAsync(c => c.Id == id, Token);
        (moved.Status, moved.ScheduledAt).ShouldBe((CampaignStatus.Scheduled, at.AddHours(2)));
        (await SetSchedule.RunAsync(App.Customer, id, wish with { At = App.Now.AddMinutes(-1) }, db, Signals, Clock, Token))
            .ShouldBeOfType<CampaignOutcome.Invalid>()
            .Problems.Single()
            .Code.ShouldBe("schedule.past");
    }

    private async Task<CampaignId> AddAsync() =>
        await Scenario.AddCampaignAsync(await AddPeopleAsync(3), [await Scenario.AddSmtpAsync("s", 1)], Html);

    private async Task<IReadOnlyDictionary<(string Code, string Argument), Acknowledgement>> ReadAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        var campaign = await db.Of<Campaign>(App.Customer).AsNoTracking().SingleAsync(c => c.Id == id, Token);
        return await AcknowledgeWarnings.ReadAsync(campaign, db, Token);
    }

    private async Task<List<string>> LaunchCodesAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        return [.. (await CheckCampaign.RunAsync(App.Customer, id, db, Token))!.Where(p => p.IsError).Select(p => p.Code)];
    }
}

public sealed class ReviewTestsOnSqlite() : ReviewTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ReviewTestsOnPostgreSql() : ReviewTests(DatabaseKind.PostgreSql);
