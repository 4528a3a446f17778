using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Testing.Smtp;
using Estafette.Tests.Delivery;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Campaigns;

public abstract class CampaignLifeTests(DatabaseKind kind) : CampaignTests(kind)
{
    [Fact]
    public async Task Audience_is_confirmed_members_once_without_excluded_ones_and_suppressed_are_recorded()
    {
        var one = await App.AddListAsync("One", "a@r.test", "b@r.test", "c@r.test", "gone@r.test", "bad@r.test");
        var two = await App.AddListAsync("Two", "b@r.test", "d@r.test", "out@r.test");
        var not = await App.AddListAsync("Not", "out@r.test", "c@r.test");
        await App.ExecuteAsync(
            $"UPDATE subscriptions SET status = 2 WHERE contact_id = (SELECT id FROM contacts WHERE email = 'gone@r.test')"
        );
        await App.ExecuteAsync(
            $"UPDATE subscriptions SET status = 2 WHERE list_id = {not} AND contact_id = (SELECT id FROM contacts WHERE email = 'c@r.test')"
        );
        await App.ExecuteAsync(
            $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, created_at) VALUES ({App.Customer}, 1, 'bad@r.test', 1, 1, 0)"
        );
        var server = await Scenario.AddSmtpAsync("s", 1);
        var id = await Scenario.AddCampaignAsync(one, [server], Html);
        await using (var db = App.OpenDb())
            (await SetCampaignLists.RunAsync(App.Customer, id, [one, two], [not], db, Clock, Token)).ShouldBe(
                CampaignOutcome.Done.Instance
            );
        await Scenario.LaunchAsync(id);
        await ExpandAsync();
        await ExpandAsync();
        var deliveries = await DeliveriesAsync(id);
        deliveries.Select(d => d.Address).Order().ShouldBe(["a@r.test", "b@r.test", "bad@r.test", "c@r.test", "d@r.test"]);
        var bad = deliveries.Single(d => d.Address == "bad@r.test");
        (bad.Status, bad.Reason).ShouldBe((DeliveryStatus.Suppressed, DeliveryReason.OptOut));
        (await App.CountAsync($"delivery_queue WHERE campaign_id = {id}")).ShouldBe(4);
        (await FigureAsync(id, Metric.Audience), await FigureAsync(id, Metric.Suppressed)).ShouldBe((5, 1));
        (await App.ScalarAsync<long>($"SELECT audience FROM campaigns WHERE id = {id}")).ShouldBe(5);
        // Frozen: who joins now is not in it.
        await App.AddListAsync("Late", "late@r.test");
        await ExpandAsync();
        (await DeliveriesAsync(id)).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Interrupted_launch_goes_on_where_it_stopped_and_doubles_nobody()
    {
        var list = await Scenario.AddContactsAsync(25_000);
        var server = await Scenario.AddSmtpAsync("s", 1);
        var id = await Scenario.AddCampaignAsync(list, [server], Html);
        await Scenario.LaunchAsync(id);
        (await Expander().ExpandSomeAsync(Token)).ShouldBeTrue();
        (await App.CountAsync($"deliveries WHERE campaign_id = {id}")).ShouldBe(10_000);
        await App.RestartAsync();
        // As if the cursor had been lost too: the unique key still holds.
        await App.ExecuteAsync($"UPDATE campaigns SET expansion_cursor = 0 WHERE id = {id}");
        await ExpandAsync();
        (await App.CountAsync($"deliveries WHERE campaign_id = {id}")).ShouldBe(25_000);
        (await App.CountAsync($"delivery_queue WHERE campaign_id = {id}")).ShouldBe(25_000);
        (await FigureAsync(id, Metric.Audience)).ShouldBe(25_000);
        (await App.ScalarAsync<long>($"SELECT audience FROM campaigns WHERE id = {id}")).ShouldBe(25_000);
    }

    [Fact]
    public async Task Every_problem_of_a_campaign_is_told_at_once()
    {
        await using var db = App.OpenDb();
        var id = (await CreateCampaign.RunAsync(App.Customer, new NewCampaign(" "), db, Clock, Token))!.Value;
        (await CheckCampaign.RunAsync(App.Customer, id, db, Token))!
            .Where(p => p.IsError)
            .Select(p => p.Code)
            .Order()
            .ShouldBe(["content.missing", "from.missing", "lists.missing", "name.missing", "servers.missing", "subject.missing"]);
        (await LaunchCampaign.RunAsync(App.Customer, id, db, Signals, Clock, Token))
            .ShouldBeOfType<CampaignOutcome.Invalid>()
            .Problems.Count.ShouldBe(6);
        await EditCampaign.RunAsync(
            App.Customer,
            id,
            new CampaignEdit { Subject = "Hi {{#if", Html = "<p>{{first_name</p><p>{{#each x}}</p>" },
            db,
            Clock,
            Token
        );
        var codes = (await CheckCampaign.RunAsync(App.Customer, id, db, Token))!.Where(p => p.IsError).Select(p => p.Field).ToList();
        codes.ShouldContain("subject");
        codes.ShouldContain("html");
    }

    [Fact]
    public async Task Line_breaks_and_wrong_addresses_are_refused_with_their_field()
    {
        await using var db = App.OpenDb();
        var id = (await CreateCampaign.RunAsync(App.Customer, new NewCampaign("x"), db, Clock, Token))!.Value;
        var edit = new CampaignEdit
        {
            Subject = "a\r\nBcc: b@r.test",
            FromName = "a\nb",
            FromEmail = "a@b\r\n.test",
            ReplyTo = "nobody",
            Preheader = "a\0b",
            Html = new string('x', 2_000_000),
        };
        var wrong = (await EditCampaign.RunAsync(App.Customer, id, edit, db, Clock, Token)).ShouldBeOfType<CampaignOutcome.Invalid>();
        wrong.Problems.Select(p => p.Field).Distinct().Order().ShouldBe(["from", "from_name", "html", "preheader", "reply_to", "subject"]);
        var server = await Scenario.AddSmtpAsync("s", 1);
        (
            await SetCampaignServers.RunAsync(
                App.Customer,
                id,
                [new CampaignServerChoice(server, FromName: "x\r\nBcc: y@r.test")],
                db,
                Signals,
                Clock,
                Token
            )
        ).ShouldBeOfType<CampaignOutcome.Invalid>();
    }

    [Fact]
    public async Task Edit_of_a_campaign_launched_meanwhile_saves_nothing_and_says_so()
    {
        var list = await AddPeopleAsync(1);
        var server = await Scenario.AddSmtpAsync("s", 1);
        var id = await Scenario.AddCampaignAsync(list, [server], Html);
        var late = new CampaignEdit { Subject = "Too late" };
        await using var db = App.OpenDb();
        (await db.Of<Campaign>(App.Customer).SingleAsync(c => c.Id == id, Token)).IsEditable.ShouldBeTrue();
        await Scenario.LaunchAsync(id);
        (await EditCampaign.RunAsync(App.Customer, id, late, db, Clock, Token)).ShouldBe(CampaignOutcome.Changed.Instance);
        // Loaded again, it is what it became.
        (await EditCampaign.RunAsync(App.Customer, id, late, db, Clock, Token)).ShouldBe(
            new CampaignOutcome.WrongStatus(CampaignStatus.Running)
        );
        (await App.ScalarAsync<string>($"SELECT subject FROM campaigns WHERE id = {id}")).ShouldNotBe("Too late");
    }

    [Fact]
    public async Task Lists_and_servers_of_a_campaign_launched_meanwhile_stay_and_it_says_so()
    {
        var list = await AddPeopleAsync(1);
        var server = await Scenario.AddSmtpAsync("s", 1);
        var id = await Scenario.AddCampaignAsync(list, [server], Html);
        await using var lists = App.OpenDb();
        await using var servers = App.OpenDb();
        foreach (var db in new[] { lists, servers })
            (await db.Of<Campaign>(App.Customer).SingleAsync(c => c.Id == id, Token)).IsEditable.ShouldBeTrue();
        await Scenario.LaunchAsync(id);
        (await SetCampaignLists.RunAsync(App.Customer, id, [], [], lists, Clock, Token)).ShouldBe(CampaignOutcome.Changed.Instance);
        (await SetCampaignServers.RunAsync(App.Customer, id, [], servers, Signals, Clock, Token)).ShouldBe(
            CampaignOutcome.Changed.Instance
        );
        (await App.CountAsync($"campaign_lists WHERE campaign_id = {id}")).ShouldBe(1);
        (await App.CountAsync($"campaign_servers WHERE campaign_id = {id}")).ShouldBe(1);
    }

    [Fact]
    public async Task Campaign_of_another_customer_does_not_exist()
    {
        var id = await LaunchAsync(await AddPeopleAsync(1), await Scenario.AddSmtpAsync("s", 1));
        var mine = await Scenario.AddCampaignAsync(
            await App.AddListAsync("Mine", "m@r.test"),
            [await Scenario.AddSmtpAsync("s2", 1)],
            Html
        );
        var stranger = await App.AddCustomerAsync("Other");
        var contact = await App.AddContactAsync("secret@r.test");
        await using var db = App.OpenDb();
        var no = CampaignOutcome.NotFound.Instance;
        (await LaunchCampaign.RunAsync(stranger, mine, db, Signals, Clock, Token)).ShouldBe(no);
        (await ScheduleCampaign.RunAsync(stranger, mine, App.Now.AddDays(1), db, Signals, Clock, Token)).ShouldBe(no);
        (await PauseCampaign.RunAsync(stranger, id, db, Signals, Clock, Token)).ShouldBe(no);
        (await ResumeCampaign.RunAsync(stranger, id, db, Signals, Clock, Token)).ShouldBe(no);
        (await CancelCampaign.RunAsync(stranger, id, db, Signals, Clock, Token)).ShouldBe(no);
        (await EditCampaign.RunAsync(stranger, id, new CampaignEdit { Name = "x" }, db, Clock, Token)).ShouldBe(no);
        (await SetCampaignLists.RunAsync(stranger, mine, [], [], db, Clock, Token)).ShouldBe(no);
        (await SetCampaignServers.RunAsync(stranger, mine, [], db, Signals, Clock, Token)).ShouldBe(no);
        (await CheckCampaign.RunAsync(stranger, id, db, Token)).ShouldBeNull();
        (await PreviewCampaign.RunAsync(stranger, id, null, db, Token)).ShouldBeNull();
        (await CloneCampaign.RunAsync(stranger, id, "x", null, db, Clock, Token)).ShouldBeNull();
        (await RetryFailed.RunAsync(stranger, id, false, db, App.Writes, Signals, Clock, Token)).ShouldBeNull();
        (await SendTest.RunAsync(stranger, id, ["a@r.test"], null, db, App.Writes, Signals, Clock, Token)).ShouldBe(no);
        // A campaign of one's own may not use what is another's.
        var own = (await CreateCampaign.RunAsync(stranger, new NewCampaign("own"), db, Clock, Token))!.Value;
        var list = await App.ScalarAsync<long>("SELECT min(id) FROM lists");
        var server = await App.ScalarAsync<long>("SELECT min(id) FROM sending_servers");
        (
            await SetCampaignLists.RunAsync(stranger, own, [new ListId(list)], [], db, Clock, Token)
        ).ShouldBeOfType<CampaignOutcome.Invalid>();
        (
            await SetCampaignServers.RunAsync(stranger, own, [new CampaignServerChoice(new ServerId(server))], db, Signals, Clock, Token)
        ).ShouldBeOfType<CampaignOutcome.Invalid>();
        (await PreviewCampaign.RunAsync(stranger, own, contact, db, Token)).ShouldBeNull();
        (await SendTest.RunAsync(stranger, own, ["a@r.test"], contact, db, App.Writes, Signals, Clock, Token)).ShouldBe(no);
    }

    [Fact]
    public async Task Scheduled_campaign_leaves_at_its_time_and_can_be_taken_off_the_calendar()
    {
        await AddPeopleAsync(1);
        var server = await Scenario.AddSmtpAsync("s", 1);
        var list = new ListId(await App.ScalarAsync<long>("SELECT min(id) FROM lists"));
        var id = await Scenario.AddCampaignAsync(list, [server], Html);
        var other = await Scenario.AddCampaignAsync(list, [server], Html);
        await using var db = App.OpenDb();
        (await ScheduleCampaign.RunAsync(App.Customer, id, App.Now.AddSeconds(-1), db, Signals, Clock, Token))
            .ShouldBeOfType<CampaignOutcome.Invalid>()
            .Problems.Single()
            .Code.ShouldBe("schedule.past");
        foreach (var campaign in new[] { id, other })
            (await ScheduleCampaign.RunAsync(App.Customer, campaign, App.Now.AddHours(1), db, Signals, Clock, Token)).ShouldBe(
                CampaignOutcome.Done.Instance
            );
        (await ScheduleCampaign.RunAsync(App.Customer, other, null, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        App.Clock.Advance(TimeSpan.FromMinutes(59));
        await Launcher().LaunchDueAsync(Token);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Scheduled);
        App.Clock.Advance(TimeSpan.FromMinutes(1));
        await Launcher().LaunchDueAsync(Token);
        (await StatusAsync(id), await StatusAsync(other)).ShouldBe((CampaignStatus.Running, CampaignStatus.Draft));
    }

    [Fact]
    public async Task Scheduled_campaign_that_lost_its_server_goes_back_to_draft_and_the_audit_log_says_why()
    {
        var server = await Scenario.AddSmtpAsync("s", 1);
        var id = await Scenario.AddCampaignAsync(await AddPeopleAsync(1), [server], Html);
        await using (var db = App.OpenDb())
            await ScheduleCampaign.RunAsync(App.Customer, id, App.Now.AddHours(1), db, Signals, Clock, Token);
        await App.ExecuteAsync($"UPDATE sending_servers SET active = {(App.Store.Kind == DatabaseKind.Sqlite ? "0" : "false")}");
        App.Clock.Advance(TimeSpan.FromHours(2));
        await Launcher().LaunchDueAsync(Token);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Draft);
        (await App.CountAsync("audit_log WHERE action = 'campaign.not_launched'")).ShouldBe(1);
    }

    [Fact]
    public async Task Cancelled_campaign_leaves_every_unsent_delivery_cancelled()
    {
        var id = await LaunchAsync(await AddPeopleAsync(50), await Scenario.AddSmtpAsync("s", 1));
        await using (var db = App.OpenDb())
            (await CancelCampaign.RunAsync(App.Customer, id, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        var closer = App.Services.GetServices<IHostedService>().OfType<CampaignCloser>().Single();
        while (await closer.CloseSomeAsync(Token) > 0) { }
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Cancelled] = 50 });
        (await App.CountAsync("delivery_queue")).ShouldBe(0);
        (await FigureAsync(id, Metric.Cancelled)).ShouldBe(50);
        await using var again = App.OpenDb();
        (await ResumeCampaign.RunAsync(App.Customer, id, again, Signals, Clock, Token)).ShouldBeOfType<CampaignOutcome.WrongStatus>();
        (await CancelCampaign.RunAsync(App.Customer, id, again, Signals, Clock, Token)).ShouldBeOfType<CampaignOutcome.WrongStatus>();
    }

    [Fact]
    public async Task Clone_says_the_same_and_has_done_nothing()
    {
        var server = await Scenario.AddSmtpAsync("s", 1);
        var id = await LaunchAsync(await AddPeopleAsync(3), server);
        await using var db = App.OpenDb();
        var copy = (await CloneCampaign.RunAsync(App.Customer, id, " Copy ", "me", db, Clock, Token))!.Value;
        var (a, b) = (
            await db.Of<Campaign>(App.Customer).SingleAsync(c => c.Id == id, Token),
            await db.Of<Campaign>(App.Customer).SingleAsync(c => c.Id == copy, Token)
        );
        (b.Name, b.Status, b.Audience, b.LaunchedAt, b.ContentId, b.ClonedFrom).ShouldBe(("Copy", CampaignStatus.Draft, 0, null, null, id));
        (b.Subject, b.Html, b.FromEmail, b.FromName, b.Tracking).ShouldBe((a.Subject, a.Html, a.FromEmail, a.FromName, a.Tracking));
        (await CheckCampaign.RunAsync(App.Customer, copy, db, Token))!.ShouldNotContain(p => p.IsError);
        (await DeliveriesAsync(copy)).ShouldBeEmpty();
        await Scenario.LaunchAsync(copy);
        await ExpandAsync();
        (await DeliveriesAsync(copy)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Retry_queues_only_what_may_succeed_and_figures_stay_right()
    {
        var broken = true;
        await using var smtp = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(step =>
                step.Moment == FakeSmtpMoment.Rcpt && step.RcptTo == "p1@r.test" ? FakeSmtpAnswer.Reply("550 5.1.1 unknown user")
                : step.Moment == FakeSmtpMoment.Rcpt && step.RcptTo == "p2@r.test" && broken ? FakeSmtpAnswer.Reply("450 4.2.0 no")
                : null
            )
        );
        var id = await LaunchAsync(await AddPeopleAsync(4), await Scenario.AddSmtpAsync("s", smtp.Port));
        for (var i = 0; i < 25 && await StatusAsync(id) != CampaignStatus.Finished; i++)
        {
            await SendDueAsync();
            App.Clock.Advance(TimeSpan.FromHours(4.5));
        }
        (await StatusesAsync(id)).ShouldBe(
            new Dictionary<DeliveryStatus, int>
            {
                [DeliveryStatus.Sent] = 2,
                [DeliveryStatus.HardBounced] = 1,
                [DeliveryStatus.SoftBounced] = 1,
            },
            ignoreOrder: true
        );
        (await FigureAsync(id, Metric.SoftBounced)).ShouldBe(1);
        broken = false;
        (await RetryAsync(id)).ShouldBe(1);
        (await RetryAsync(id)).ShouldBe(0);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Running);
        (await FigureAsync(id, Metric.SoftBounced)).ShouldBe(0);
        await SendDueAsync();
        (await StatusesAsync(id))[DeliveryStatus.Sent].ShouldBe(3);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
        (await FigureAsync(id, Metric.Sent), await FigureAsync(id, Metric.HardBounced)).ShouldBe((3, 1));
        (await RetryAsync(id)).ShouldBe(0);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
        smtp.Messages.Count(m => m.RcptTo[0] == "p2@r.test").ShouldBe(1);
    }

    [Fact]
    public async Task Test_message_arrives_marked_with_inert_links_and_counts_nowhere()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await Scenario.AddCampaignAsync(await AddPeopleAsync(2), [await Scenario.AddSmtpAsync("s", smtp.Port)], Html);
        var contact = await App.AddContactAsync("jeanne@r.test", c => c.FirstName = "Jeanne");
        await using (var db = App.OpenDb())
        {
            (
                await SendTest.RunAsync(App.Customer, id, ["not an address"], null, db, App.Writes, Signals, Clock, Token)
            ).ShouldBeOfType<CampaignOutcome.Invalid>();
            (
                await SendTest.RunAsync(App.Customer, id, ["me@r.test", "you@r.test"], contact, db, App.Writes, Signals, Clock, Token)
            ).ShouldBe(CampaignOutcome.Done.Instance);
        }
        // Messages outside campaigns are not waited for by a single run that finds no campaign: it takes them first.
        await SendDueAsync();
        smtp.Messages.Select(m => m.RcptTo[0]).Order().ShouldBe(["me@r.test", "you@r.test"]);
        var message = smtp.Messages[0];
        var part = Estafette.Protocols.Mime.MimeReader.Read(message.Bytes);
        part.Field("Subject")!.ShouldStartWith("[TEST] ");
        part.Field("Subject")!.ShouldContain("Jeanne");
        part.Field("List-Unsubscribe").ShouldBeNull();
        var text = System.Text.Encoding.UTF8.GetString(message.Bytes);
        text.ShouldNotContain("/l/");
        text.ShouldNotContain("/o/");
        (await App.CountAsync("rollups")).ShouldBe(0);
        (await DeliveriesAsync(id)).ShouldBeEmpty();
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Draft);
    }

    [Theory]
    [InlineData(MissingFieldPolicy.UseDefault)]
    [InlineData(MissingFieldPolicy.Skip)]
    public async Task Missing_field_takes_its_default_or_skips_the_recipient(MissingFieldPolicy policy)
    {
        await using var smtp = FakeSmtpServer.Start();
        var list = await App.AddListAsync("l", "with@r.test", "without@r.test");
        await App.ExecuteAsync("UPDATE contacts SET first_name = 'Zoé' WHERE email = 'with@r.test'");
        var id = await Scenario.AddCampaignAsync(list, [await Scenario.AddSmtpAsync("s", smtp.Port)], Html);
        await using (var db = App.OpenDb())
            await EditCampaign.RunAsync(
                App.Customer,
                id,
                new CampaignEdit
                {
                    MissingFields = policy,
                    FieldDefaults =
                        policy == MissingFieldPolicy.Skip ? null : new Dictionary<string, string> { ["first_name"] = "cher client" },
                },
                db,
                Clock,
                Token
            );
        await Scenario.LaunchAsync(id);
        await ExpandAsync();
        await SendDueAsync();
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
        if (policy == MissingFieldPolicy.UseDefault)
        {
            smtp.Accepted.ShouldBe(2);
            var part = Estafette.Protocols.Mime.MimeReader.Read(smtp.Messages.Single(m => m.RcptTo[0] == "without@r.test").Bytes);
            part.Field("Subject")!.ShouldContain("cher client");
            return;
        }
        smtp.Messages.Select(m => m.RcptTo[0]).ShouldBe(["with@r.test"]);
        var skipped = (await DeliveriesAsync(id)).Single(d => d.Address == "without@r.test");
        (skipped.Status, skipped.Reason, skipped.Attempts).ShouldBe((DeliveryStatus.Suppressed, DeliveryReason.MissingField, 0));
        (await AttemptsAsync(id)).Count.ShouldBe(1);
        (await FigureAsync(id, Metric.Suppressed)).ShouldBe(1);
    }

    [Fact]
    public async Task Delivery_that_could_not_be_rendered_counts_as_attempted_when_it_leaves()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchAsync(await AddPeopleAsync(2), await Scenario.AddSmtpAsync("s", smtp.Port));
        var (render, now) = ((int)Core.Channels.SendPhase.Render, App.Now.ToUnixTimeMilliseconds());
        var one = (await DeliveriesAsync(id))[0].Id;
        await App.ExecuteAsync(
            $"INSERT INTO attempts (delivery_id, attempt, customer_id, campaign_id, server_id, started_at, duration_ms, outcome, phase, text, cause) SELECT {one}, 1, {App.Customer}, {id}, min(id), {now}, 0, 3, {render}, 'loop', 1 FROM sending_servers"
        );
        await App.ExecuteAsync($"UPDATE deliveries SET status = 8, attempts = 1 WHERE id = {one}");
        await App.ExecuteAsync($"DELETE FROM delivery_queue WHERE delivery_id = {one}");
        await Core.Statistics.Recount.RepairAsync(id, App.Writes, Token);
        await SendDueAsync();
        (await FigureAsync(id, Metric.Attempted)).ShouldBe(1);
        (await RetryAsync(id)).ShouldBe(1);
        await SendDueAsync();
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Sent] = 2 });
        (await FigureAsync(id, Metric.Attempted)).ShouldBe(2);
        (await Core.Statistics.Recount.RunAsync(id, App.Store, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Retry_of_a_campaign_that_is_being_settled_never_leaves_rows_in_a_finished_one()
    {
        var id = await LaunchAsync(await AddPeopleAsync(1), await Scenario.AddSmtpAsync("s", 1));
        await App.ExecuteAsync($"UPDATE deliveries SET status = 9 WHERE campaign_id = {id}");
        await App.ExecuteAsync($"DELETE FROM delivery_queue");
        await App.ExecuteAsync($"UPDATE campaigns SET status = 4 WHERE id = {id}");
        (await RetryAsync(id)).ShouldBe(1);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Running);
        var stuck = "campaigns c WHERE c.status = 4 AND EXISTS (SELECT 1 FROM delivery_queue q WHERE q.campaign_id = c.id)";
        (await App.CountAsync(stuck)).ShouldBe(0);
    }

    private CampaignExpander Expander() => App.Services.GetServices<IHostedService>().OfType<CampaignExpander>().Single();

    private ScheduledLauncher Launcher() => App.Services.GetServices<IHostedService>().OfType<ScheduledLauncher>().Single();

    private async Task<long?> RetryAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        return await RetryFailed.RunAsync(App.Customer, id, false, db, App.Writes, Signals, Clock, Token);
    }

    private Task<long> FigureAsync(CampaignId id, Metric metric) =>
        App.ScalarAsync<long>($"SELECT sum(count) FROM rollups WHERE campaign_id = {id} AND metric = {(int)metric}");
}

public sealed class CampaignLifeTestsOnSqlite() : CampaignLifeTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class CampaignLifeTestsOnPostgreSql() : CampaignLifeTests(DatabaseKind.PostgreSql);
