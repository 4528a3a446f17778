using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Protocols.Smtp;
using Estafette.Testing;
using Estafette.Testing.Http;
using Estafette.Testing.Smtp;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Delivery;

public abstract class FailoverTests(DatabaseKind kind) : CampaignTests(kind)
{
    [Fact]
    public async Task Api_that_answers_503_loses_its_messages_to_the_next_server()
    {
        await using var api = await FakeMailApi.StartAsync();
        api.Answers(503, "busy");
        await using var smtp = FakeSmtpServer.Start();
        var first = await AddApiAsync(api);
        var second = await Scenario.AddSmtpAsync("second", smtp.Port, change: s => s.Priority = 20);
        var id = await LaunchAsync(await AddPeopleAsync(3), first, second);
        await SendDueAsync();
        await EverybodyOnceAsync(id, smtp, 3);
        var attempts = await AttemptsAsync(id);
        attempts.Count(a => a.ServerId == first && a.Code == 503).ShouldBe(3);
        attempts.Count(a => a.ServerId == second && a.Outcome == AttemptOutcome.Accepted).ShouldBe(3);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Fact]
    public async Task Server_that_refuses_connections_loses_its_messages_to_the_next()
    {
        await using var smtp = FakeSmtpServer.Start();
        var first = await Scenario.AddSmtpAsync("first", 1);
        var second = await Scenario.AddSmtpAsync("second", smtp.Port, change: s => s.Priority = 20);
        var id = await LaunchAsync(await AddPeopleAsync(30), first, second);
        await SendDueAsync();
        await EverybodyOnceAsync(id, smtp, 30);
        var attempts = await AttemptsAsync(id);
        attempts.ShouldContain(a => a.ServerId == first && a.Outcome == AttemptOutcome.Unreachable);
        (await ServerAsync(first)).BreakerOpenUntil.ShouldNotBeNull();
    }

    [Fact]
    public async Task Wrong_password_marks_the_server_and_the_next_takes_over()
    {
        await using var strict = FakeSmtpServer.Start(new FakeSmtpBehaviour { Username = "u", Password = "right" });
        await using var smtp = FakeSmtpServer.Start();
        var first = await AddLoginAsync("first", strict.Port, "wrong");
        var second = await Scenario.AddSmtpAsync("second", smtp.Port, change: s => s.Priority = 20);
        var id = await LaunchAsync(await AddPeopleAsync(30), first, second);
        await SendDueAsync();
        await EverybodyOnceAsync(id, smtp, 30);
        strict.Accepted.ShouldBe(0);
        await Eventually.TrueAsync(async () => (await ServerAsync(first)).NeedsCheck);
        (await AttemptsAsync(id)).ShouldContain(a => a.ServerId == first && a.Code == 535);
    }

    [Fact]
    public async Task Row_refused_by_one_server_is_not_lost_when_the_other_must_be_checked()
    {
        await using var strict = FakeSmtpServer.Start(new FakeSmtpBehaviour { Username = "u", Password = "right" });
        var busy = true;
        await using var smtp = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(step =>
                step.Moment == FakeSmtpMoment.Mail && busy ? FakeSmtpAnswer.Reply("451 4.3.2 not now") : null
            )
        );
        var first = await Scenario.AddSmtpAsync("first", smtp.Port);
        var second = await AddLoginAsync("second", strict.Port, "wrong");
        var id = await LaunchAsync(await AddPeopleAsync(20), first, second);
        await SendDueAsync();
        busy = false;
        for (var i = 0; i < 6 && await StatusAsync(id) != CampaignStatus.Finished; i++)
        {
            App.Clock.Advance(TimeSpan.FromMinutes(31));
            await SendDueAsync();
        }
        await EverybodyOnceAsync(id, smtp, 20);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Theory]
    [InlineData("550 5.1.1 user unknown", DeliveryStatus.HardBounced, 1)]
    [InlineData("550 5.7.1 blocked by policy", DeliveryStatus.HardBounced, 0)]
    [InlineData("552 5.2.2 mailbox full", DeliveryStatus.HardBounced, 0)]
    public async Task Refused_recipient_is_final_and_only_an_unknown_one_is_suppressed(string reply, DeliveryStatus status, int suppressed)
    {
        await using var first = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(
                FakeSmtpScripts.For(FakeSmtpMoment.Rcpt, r => r.StartsWith("p1@", StringComparison.Ordinal), FakeSmtpAnswer.Reply(reply))
            )
        );
        await using var other = FakeSmtpServer.Start();
        var id = await LaunchAsync(
            await AddPeopleAsync(3),
            await Scenario.AddSmtpAsync("first", first.Port),
            await Scenario.AddSmtpAsync("other", other.Port, change: s => s.Priority = 20)
        );
        await SendDueAsync();
        (await StatusesAsync(id)).ShouldBe(
            new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Sent] = 2, [status] = 1 },
            ignoreOrder: true
        );
        other.Accepted.ShouldBe(0);
        (await App.CountAsync("suppressions WHERE address_key = 'p1@r.test'")).ShouldBe(suppressed);
    }

    [Fact]
    public async Task Api_that_calls_a_message_bad_is_believed()
    {
        await using var api = await FakeMailApi.StartAsync();
        api.Answers(400, "{\"error\":\"bad recipient\"}");
        await using var other = FakeSmtpServer.Start();
        var id = await LaunchAsync(
            await AddPeopleAsync(2),
            await AddApiAsync(api),
            await Scenario.AddSmtpAsync("other", other.Port, change: s => s.Priority = 20)
        );
        await SendDueAsync();
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Rejected] = 2 });
        (other.Accepted, api.Requests.Count).ShouldBe((0, 2));
        (await AttemptsAsync(id)).Count.ShouldBe(2);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Fact]
    public async Task Silence_after_the_dot_is_doubt_and_is_resent_with_the_same_message_id_by_the_same_server()
    {
        var quiet = true;
        await using var smtp = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(step => step.Moment == FakeSmtpMoment.Dot && quiet ? FakeSmtpAnswer.TakeAndClose : null)
        );
        await using var other = FakeSmtpServer.Start();
        var id = await LaunchAsync(
            await AddPeopleAsync(2),
            await Scenario.AddSmtpAsync("first", smtp.Port),
            await Scenario.AddSmtpAsync("other", other.Port, change: s => s.Priority = 20)
        );
        await SendDueAsync();
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.InDoubt] = 2 });
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Running);
        quiet = false;
        App.Clock.Advance(TimeSpan.FromSeconds(61));
        await SendDueAsync();
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Sent] = 2 });
        other.Accepted.ShouldBe(0);
        smtp.Accepted.ShouldBe(4);
        foreach (var person in smtp.Messages.GroupBy(m => m.RcptTo[0]))
            person.Select(Wire.MessageId).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Server_that_never_answers_the_dot_gets_a_message_a_few_times_and_no_more()
    {
        await using var smtp = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(FakeSmtpScripts.At(FakeSmtpMoment.Dot, FakeSmtpAnswer.TakeAndClose))
        );
        var id = await LaunchAsync(await AddPeopleAsync(1), await Scenario.AddSmtpAsync("first", smtp.Port));
        for (var i = 0; i < 12 && await StatusAsync(id) != CampaignStatus.Finished; i++)
        {
            await SendDueAsync();
            App.Clock.Advance(TimeSpan.FromMinutes(31));
        }
        smtp.Accepted.ShouldBe(4);
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.InDoubt] = 1 });
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Fact]
    public async Task Api_that_hangs_after_the_body_leaves_doubt_that_is_held()
    {
        await using var api = await FakeMailApi.StartAsync();
        api.Day = FakeDay.ResetAfterBody;
        await using var other = FakeSmtpServer.Start();
        var id = await LaunchAsync(
            await AddPeopleAsync(2),
            await AddApiAsync(api),
            await Scenario.AddSmtpAsync("other", other.Port, change: s => s.Priority = 20)
        );
        await SendDueAsync();
        App.Clock.Advance(TimeSpan.FromHours(5));
        await SendDueAsync();
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.InDoubt] = 2 });
        (api.Requests.Count, other.Accepted).ShouldBe((2, 0));
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Fact]
    public async Task Greylisted_message_is_tried_again_by_the_same_server_after_five_minutes()
    {
        var grey = true;
        await using var smtp = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(step =>
                step.Moment == FakeSmtpMoment.Rcpt && grey ? FakeSmtpAnswer.Reply("450 4.7.1 Greylisted, come back") : null
            )
        );
        await using var other = FakeSmtpServer.Start();
        var first = await Scenario.AddSmtpAsync("first", smtp.Port);
        var id = await LaunchAsync(
            await AddPeopleAsync(4),
            first,
            await Scenario.AddSmtpAsync("other", other.Port, change: s => s.Priority = 20)
        );
        await SendDueAsync();
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Deferred] = 4 });
        (await App.CountAsync($"delivery_queue WHERE server_id = {first}")).ShouldBe(4);
        grey = false;
        App.Clock.Advance(TimeSpan.FromMinutes(4));
        await SendDueAsync();
        smtp.Accepted.ShouldBe(0);
        App.Clock.Advance(TimeSpan.FromSeconds(91));
        await SendDueAsync();
        await EverybodyOnceAsync(id, smtp, 4);
        other.Accepted.ShouldBe(0);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Fact]
    public async Task Row_that_waits_for_a_server_which_was_switched_off_is_freed()
    {
        await using var smtp = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(FakeSmtpScripts.At(FakeSmtpMoment.Rcpt, FakeSmtpAnswer.Reply("450 4.2.0 greylisted")))
        );
        await using var other = FakeSmtpServer.Start();
        var first = await Scenario.AddSmtpAsync("first", smtp.Port);
        var id = await LaunchAsync(
            await AddPeopleAsync(2),
            first,
            await Scenario.AddSmtpAsync("other", other.Port, change: s => s.Priority = 20)
        );
        await SendDueAsync();
        await App.ExecuteAsync(
            $"UPDATE sending_servers SET active = {(App.Store.Kind == DatabaseKind.Sqlite ? "0" : "false")} WHERE id = {first}"
        );
        App.Clock.Advance(TimeSpan.FromMinutes(6));
        await SendDueAsync();
        await EverybodyOnceAsync(id, other, 2);
    }

    [Fact]
    public async Task When_all_servers_are_dead_the_campaign_waits_and_goes_on_when_one_is_back()
    {
        var first = await Scenario.AddSmtpAsync("first", 1);
        var second = await Scenario.AddSmtpAsync("second", 1);
        var id = await LaunchAsync(await AddPeopleAsync(12), first, second);
        await SendDueAsync();
        var statuses = await StatusesAsync(id);
        statuses.Keys.ShouldBeSubsetOf([DeliveryStatus.Pending, DeliveryStatus.Deferred]);
        statuses.Values.Sum().ShouldBe(12);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Running);
        await using var smtp = FakeSmtpServer.Start();
        await using (var db = App.OpenDb())
        {
            var server = await db.Of<SendingServer>(App.Customer).SingleAsync(s => s.Id == second, Token);
            server.Settings = ((SmtpSettings)ServerSettings.Parse(ServerKind.Smtp, server.Settings) with { Port = smtp.Port }).ToJson();
            server.UpdatedAt = App.Now;
            await db.SaveChangesAsync(Token);
        }
        for (var i = 0; i < 15 && await StatusAsync(id) != CampaignStatus.Finished; i++)
        {
            App.Clock.Advance(TimeSpan.FromMinutes(31));
            await SendDueAsync();
        }
        await EverybodyOnceAsync(id, smtp, 12);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Fact]
    public async Task Load_is_shared_by_weight_among_two_smtp_servers_and_an_api_and_one_may_die_midway()
    {
        await using var api = await FakeMailApi.StartAsync();
        await using var heavy = FakeSmtpServer.Start();
        var died = 0;
        await using var dying = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(step =>
                step.Moment == FakeSmtpMoment.Mail && Interlocked.Increment(ref died) > 50
                    ? FakeSmtpAnswer.ReplyAndClose("421 4.3.2 shutting down")
                    : null
            )
        );
        var servers = new[]
        {
            await Scenario.AddSmtpAsync("heavy", heavy.Port, change: s => s.Weight = 3),
            await Scenario.AddSmtpAsync("dying", dying.Port),
            await AddApiAsync(api),
        };
        var id = await LaunchAsync(await AddPeopleAsync(600), servers);
        await SendDueAsync();
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Sent] = 600 });
        (heavy.Accepted + dying.Accepted + api.Requests.Count).ShouldBe(600);
        dying.Accepted.ShouldBeInRange(1, 50);
        heavy.Accepted.ShouldBeGreaterThan(api.Requests.Count);
        api.Requests.Count.ShouldBeGreaterThan(50);
        var people = heavy.Messages.Concat(dying.Messages).Select(m => m.RcptTo[0]).ToList();
        people.Distinct().Count().ShouldBe(people.Count);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    [Fact]
    public async Task Daily_maximum_reached_lets_the_next_priority_take_over_and_a_single_run_ends()
    {
        await using var first = FakeSmtpServer.Start();
        await using var second = FakeSmtpServer.Start();
        var id = await LaunchAsync(
            await AddPeopleAsync(100),
            await Scenario.AddSmtpAsync("first", first.Port, change: s => s.DailyMaximum = 30),
            await Scenario.AddSmtpAsync(
                "second",
                second.Port,
                change: s =>
                {
                    s.Priority = 20;
                    s.DailyMaximum = 45;
                }
            )
        );
        await SendDueAsync();
        (first.Accepted, second.Accepted).ShouldBe((30, 45));
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Running);
        App.Clock.Advance(TimeSpan.FromDays(1));
        await SendDueAsync();
        (first.Accepted + second.Accepted).ShouldBe(100);
        (await StatusAsync(id)).ShouldBe(CampaignStatus.Finished);
    }

    private async Task EverybodyOnceAsync(CampaignId id, FakeSmtpServer server, int people)
    {
        (await StatusesAsync(id)).ShouldBe(new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Sent] = people });
        server.Messages.Select(m => m.RcptTo.Single()).Order().ShouldBe(Enumerable.Range(0, people).Select(i => $"p{i}@r.test").Order());
    }

    private Task<ServerId> AddApiAsync(FakeMailApi api) =>
        Scenario.AddServerAsync(
            "api",
            ServerKind.JsonPost,
            new JsonPostSettings
            {
                Url = api.BaseUrl + "/custom",
                AllowPrivateAddress = true,
                TimeoutSeconds = 5,
            }
        );

    private Task<ServerId> AddLoginAsync(string name, int port, string password) =>
        Scenario.AddServerAsync(
            name,
            ServerKind.Smtp,
            new SmtpSettings
            {
                Host = "127.0.0.1",
                Port = port,
                Tls = SmtpTls.None,
                AllowPrivateAddress = true,
                AllowPlainTextAuth = true,
                UserName = "u",
            },
            change: s => s.ProtectedSecret = App.Get<Secrets>().Protect(new ServerSecret(password).Serialize())
        );
}

public sealed class FailoverTestsOnSqlite() : FailoverTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class FailoverTestsOnPostgreSql() : FailoverTests(DatabaseKind.PostgreSql);
