using Estafette.Core.Automations;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Automations;

public abstract class SequenceTests(DatabaseKind kind) : AutomationTests(kind)
{
    [Fact]
    public async Task Subscriber_gets_the_first_message_at_once_and_the_second_after_the_wait()
    {
        var (id, list) = await WelcomeAsync();
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        (await MessagesAsync()).ShouldBe(["Message 1 > anne@r.test"]);
        (await App.CountAsync("delivery_queue WHERE band = 1")).ShouldBe(1);
        await LaterAsync(TimeSpan.FromDays(1));
        (await MessagesAsync()).Count.ShouldBe(1);
        (await ShowAsync(id)).Of(2).Here.ShouldBe(1);
        await LaterAsync(TimeSpan.FromDays(1));
        (await MessagesAsync()).ShouldBe(["Message 1 > anne@r.test", "Message 3 > anne@r.test"]);
        var view = await ShowAsync(id);
        view.Figures.ShouldBe(new AutomationFigures(1, 0, 1, 0));
        (view.Of(1).Passed, view.Of(2).Passed, view.Of(3).Passed).ShouldBe((1, 1, 1));
    }

    [Fact]
    public async Task Who_was_in_the_list_before_the_start_does_not_enter_and_nobody_enters_twice()
    {
        await Scenario.AddSmtpAsync("s", 1);
        var (_, list) = await WelcomeAsync(await App.AddListAsync("Anciens", "old@r.test"));
        App.Clock.Advance(TimeSpan.FromMinutes(1));
        await SubscribeAsync(list, "new@r.test");
        await RunAsync();
        await SubscribeAsync(list, "new@r.test");
        await LaterAsync(TimeSpan.FromMinutes(10));
        (await MessagesAsync()).ShouldBe(["Message 1 > new@r.test"]);
    }

    [Fact]
    public async Task Imported_contacts_enter_only_when_the_trigger_says_so()
    {
        var (id, list) = await WelcomeAsync();
        await ImportAsync(list, 7, "imported@r.test");
        await RunAsync();
        (await MessagesAsync()).ShouldBeEmpty();
        await EditAsync(id, d => d with { Trigger = d.Trigger with { WithImports = true } });
        await PublishAsync(id);
        await RunAsync();
        (await MessagesAsync()).ShouldBe(["Message 1 > imported@r.test"]);
    }

    [Fact]
    public async Task Unsubscribed_people_leave_before_the_next_step_and_suppressed_ones_are_never_sent_to()
    {
        var (id, list) = await WelcomeAsync();
        var gone = await SubscribeAsync(list, "gone@r.test");
        await SubscribeAsync(list, "blocked@r.test");
        await RunAsync();
        await using (var db = App.OpenDb())
            await UnsubscribeContact.RunAsync(App.Customer, (list, gone), new ConsentProof(SubscriptionSource.Link), db, Clock, Token);
        await App.ExecuteAsync(
            $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, created_at) VALUES ({App.Customer}, 1, 'blocked@r.test', 1, 1, 0)"
        );
        await LaterAsync(TimeSpan.FromDays(2));
        var second = (await ShowAsync(id)).Of(3);
        (second.Passed, second.Suppressed).ShouldBe((1, 1));
        (await App.CountAsync("deliveries WHERE status = 0")).ShouldBe(2);
        var view = await ShowAsync(id);
        view.Exits[ExitReason.Unsubscribed].ShouldBe(1);
        (await PeopleAsync(id, new PeopleFilter(Search: "gone"))).Single().ExitReason.ShouldBe(ExitReason.Unsubscribed);
    }

    [Fact]
    public async Task Condition_parts_those_who_opened_from_the_others_and_both_go_on_behind_it()
    {
        await Scenario.AddSmtpAsync("s", 1);
        var list = await App.AddListAsync("Abonnés");
        var id = await CreateAsync();
        await TriggerAsync(id, new TriggerDefinition { Kind = TriggerKind.List, List = list.Value });
        await AddAsync(id, StepKind.Send);
        await AddWaitAsync(id, 1);
        var condition = await AddAsync(
            id,
            StepKind.Condition,
            s =>
                s with
                {
                    Condition = new ConditionDefinition { Kind = ConditionKind.Opened, Step = 1 },
                }
        );
        await AddAsync(id, StepKind.Send, place: new StepPlace(condition, true, 0));
        await AddAsync(id, StepKind.SetAttribute, s => s with { Attribute = "endormi", Value = "oui" }, new StepPlace(condition, false, 0));
        await AddAsync(id, StepKind.Send);
        await PublishAsync(id);
        await SubscribeAsync(list, "reader@r.test");
        await SubscribeAsync(list, "sleeper@r.test");
        await RunAsync();
        await App.ExecuteAsync("UPDATE deliveries SET opened_at = 1 WHERE address = 'reader@r.test'");
        await LaterAsync(TimeSpan.FromDays(1));
        (await MessagesAsync())
            .Skip(2)
            .ShouldBe(["Message 4 > reader@r.test", "Message 6 > reader@r.test", "Message 6 > sleeper@r.test"], ignoreOrder: true);
        await using var db = App.OpenDb();
        (await db.Of<Contact>(App.Customer).Where(c => c.ContactKey == "sleeper@r.test").Select(c => c.Attributes).SingleAsync(Token))!
            .Replace(" ", "")
            .ShouldBe("""{"endormi":"oui"}""");
        var figures = (await ShowAsync(id)).Of(condition);
        (figures.Yes, figures.No).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Steps_on_lists_add_with_a_proof_and_never_bring_back_who_unsubscribed()
    {
        await Scenario.AddSmtpAsync("s", 1);
        var list = await App.AddListAsync("Abonnés");
        var vip = await App.AddListAsync("Fidèles", "left@r.test");
        var old = await App.AddListAsync("Prospects", "anne@r.test");
        var id = await CreateAsync();
        await TriggerAsync(id, new TriggerDefinition { Kind = TriggerKind.List, List = list.Value });
        await AddAsync(id, StepKind.AddToList, s => s with { List = vip.Value });
        await AddAsync(id, StepKind.RemoveFromList, s => s with { List = old.Value });
        await PublishAsync(id);
        await App.ExecuteAsync($"UPDATE subscriptions SET status = 2 WHERE list_id = {vip}");
        await SubscribeAsync(list, "anne@r.test");
        await SubscribeAsync(list, "left@r.test");
        await RunAsync();
        (await App.CountAsync($"subscriptions WHERE list_id = {vip} AND status = 1 AND source = 20")).ShouldBe(1);
        (await App.CountAsync($"subscriptions WHERE list_id = {vip} AND status = 2")).ShouldBe(1);
        (await App.CountAsync($"subscriptions WHERE list_id = {old}")).ShouldBe(0);
        (await App.CountAsync($"consent_records WHERE list_id = {vip} AND source = 'automation' AND operator = 'Bienvenue'")).ShouldBe(1);
    }

    [Fact]
    public async Task Goal_lets_people_leave_before_the_next_step()
    {
        var (id, list) = await WelcomeAsync();
        var buyers = await App.AddListAsync("Clients");
        await EditAsync(
            id,
            d =>
                d with
                {
                    Goal = new ConditionDefinition { Kind = ConditionKind.InList, List = buyers.Value },
                }
        );
        await PublishAsync(id);
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        await SubscribeAsync(buyers, "anne@r.test");
        await LaterAsync(TimeSpan.FromDays(2));
        (await MessagesAsync()).Count.ShouldBe(1);
        (await ShowAsync(id)).Exits[ExitReason.GoalReached].ShouldBe(1);
    }

    [Fact]
    public async Task Who_may_enter_again_gets_each_message_once_in_every_round()
    {
        var (id, list) = await WelcomeAsync();
        await EditAsync(id, d => d with { ReentryDays = 30 });
        await PublishAsync(id);
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        await LaterAsync(TimeSpan.FromDays(10));
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        (await MessagesAsync()).Count.ShouldBe(2);
        await LaterAsync(TimeSpan.FromDays(30));
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        await LaterAsync(TimeSpan.FromDays(2));
        (await MessagesAsync()).ShouldBe([
            "Message 1 > anne@r.test",
            "Message 3 > anne@r.test",
            "Message 1 > anne@r.test",
            "Message 3 > anne@r.test",
        ]);
        (await ShowAsync(id)).Of(1).Campaigns.Count.ShouldBe(2);
        (await PeopleAsync(id)).Select(p => p.Round).ShouldBe([1, 0]);
    }

    [Fact]
    public async Task Pause_holds_people_and_messages_and_resume_goes_on()
    {
        var (id, list) = await WelcomeAsync();
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        await using (var db = App.OpenDb())
            (await PauseAutomation.RunAsync(Actor, id, db, Signals, Clock, Token)).ShouldBe(AutomationOutcome.Done.Instance);
        await SubscribeAsync(list, "late@r.test");
        await LaterAsync(TimeSpan.FromDays(3));
        (await MessagesAsync()).Count.ShouldBe(1);
        (await App.CountAsync($"campaigns WHERE automation_id = {id} AND status = 3")).ShouldBe(2);
        await using (var db = App.OpenDb())
            (await ResumeAutomation.RunAsync(Actor, id, db, Signals, Clock, Token)).ShouldBe(AutomationOutcome.Done.Instance);
        await RunAsync();
        (await MessagesAsync()).Skip(1).ShouldBe(["Message 1 > late@r.test", "Message 3 > anne@r.test"], ignoreOrder: true);
    }

    [Fact]
    public async Task Stop_lets_everybody_leave_and_cancels_what_is_queued()
    {
        var (id, list) = await WelcomeAsync();
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        await using (var db = App.OpenDb())
            (await StopAutomation.RunAsync(Actor, id, db, Signals, Clock, Token)).ShouldBe(AutomationOutcome.Done.Instance);
        await RunAsync();
        var closer = Microsoft
            .Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetServices<Microsoft.Extensions.Hosting.IHostedService>(
                App.Services
            )
            .OfType<CampaignCloser>()
            .Single();
        while (await closer.CloseSomeAsync(Token) > 0) { }
        (await App.CountAsync("delivery_queue")).ShouldBe(0);
        (await ShowAsync(id)).Exits[ExitReason.Stopped].ShouldBe(1);
    }

    [Fact]
    public async Task Person_taken_out_by_hand_gets_nothing_more()
    {
        var (id, list) = await WelcomeAsync();
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        var person = (await PeopleAsync(id)).Single();
        await using (var db = App.OpenDb())
        {
            (await RemovePerson.RunAsync(Actor, id, person.Id, db, App.Writes, Clock, Token)).ShouldBeTrue();
            (await RemovePerson.RunAsync(Actor, id, person.Id, db, App.Writes, Clock, Token)).ShouldBeFalse();
        }
        await LaterAsync(TimeSpan.FromDays(2));
        (await MessagesAsync()).Count.ShouldBe(1);
        (await ShowAsync(id)).Exits[ExitReason.Removed].ShouldBe(1);
    }

    [Fact]
    public async Task Campaign_of_a_step_is_never_expanded_finished_or_controlled_from_elsewhere()
    {
        var (id, list) = await WelcomeAsync();
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        var campaign = (await ShowAsync(id)).Of(1).Campaigns[0];
        await using var db = App.OpenDb();
        (await PauseCampaign.RunAsync(App.Customer, campaign, db, Signals, Clock, Token)).ShouldBe(
            new CampaignOutcome.WrongStatus(CampaignStatus.Running)
        );
        (await CancelCampaign.RunAsync(App.Customer, campaign, db, Signals, Clock, Token)).ShouldBe(
            new CampaignOutcome.WrongStatus(CampaignStatus.Running)
        );
        await App.ExecuteAsync($"DELETE FROM delivery_queue WHERE campaign_id = {campaign}");
        await App.Writes.RunAsync(
            async session =>
                await session
                    .Statement("Delivery/finish-campaign")
                    .Set("@campaign", campaign.Value)
                    .Set("@now", 1L)
                    .ExecuteNonQueryAsync(Token),
            Token
        );
        (await App.ScalarAsync<int>($"SELECT status FROM campaigns WHERE id = {campaign}")).ShouldBe((int)CampaignStatus.Running);
    }

    [Fact]
    public async Task Publishing_says_everything_that_is_missing_at_once()
    {
        var id = await CreateAsync();
        await TriggerAsync(id, new TriggerDefinition { Kind = TriggerKind.List, List = 999 });
        await AddAsync(id, StepKind.Wait, s => s with { Amount = 0 });
        await AddAsync(id, StepKind.Webhook, s => s with { Url = "ftp://example.test" });
        await AddAsync(
            id,
            StepKind.Condition,
            s =>
                s with
                {
                    Condition = new ConditionDefinition { Kind = ConditionKind.Opened, Step = 9 },
                }
        );
        await using var db = App.OpenDb();
        var outcome = await PublishAutomation.RunAsync(Actor, id, db, Signals, Clock, Token);
        outcome
            .ShouldBeOfType<AutomationOutcome.Invalid>()
            .Problems.Select(p => (p.Step, p.Code))
            .ShouldBe([(0, "trigger-list"), (1, "wait-length"), (2, "step-url"), (3, "condition-opened")], ignoreOrder: true);
    }

    [Fact]
    public async Task Another_customer_finds_nothing()
    {
        var (id, _) = await WelcomeAsync();
        var stranger = new Core.Accounts.Actor(await App.AddCustomerAsync("Autre"), "x");
        await using var db = App.OpenDb();
        (await ShowAutomation.RunAsync(stranger.Customer, id, db, Token)).ShouldBeNull();
        (await PauseAutomation.RunAsync(stranger, id, db, Signals, Clock, Token)).ShouldBe(AutomationOutcome.NotFound.Instance);
        (await EnrolPeople.RunAsync(stranger, id, ["a@r.test"], db, App.Writes, Signals, Clock, Token)).ShouldBeNull();
    }

    private async Task<(AutomationId Id, ListId List)> WelcomeAsync(ListId list)
    {
        var id = await CreateAsync();
        await TriggerAsync(id, new TriggerDefinition { Kind = TriggerKind.List, List = list.Value });
        await AddAsync(id, StepKind.Send);
        App.Clock.Advance(TimeSpan.FromMinutes(1));
        await PublishAsync(id);
        return (id, list);
    }

    private async Task ImportAsync(ListId list, long import, string email)
    {
        var contact = await App.AddContactAsync(email);
        var now = App.Now.ToUnixTimeMilliseconds();
        await App.ExecuteAsync(
            $"""
            INSERT INTO imports (id, customer_id, list_id, file_name, file_path, format, mapping, known_contacts, subscription_status, default_country,
              status, bytes_total, created_at, finished_at)
            VALUES ({import}, {App.Customer}, {list}, 'x', 'x', 'json', '', 0, 1, 'FR', {(int)
                Core.Contacts.Import.ImportStatus.Finished}, 1, {now}, {now})
            """
        );
        await App.ExecuteAsync(
            $"INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, import_id, created_at, changed_at) VALUES ({list}, {contact}, {App.Customer}, 1, 1, {import}, {now}, {now})"
        );
    }
}

public sealed class SequenceTestsOnSqlite() : SequenceTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class SequenceTestsOnPostgreSql() : SequenceTests(DatabaseKind.PostgreSql);
