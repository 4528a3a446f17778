using Estafette.Core.Automations;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;

namespace Estafette.Tests.Automations;

public abstract class EditWhileRunningTests(DatabaseKind kind) : AutomationTests(kind)
{
    [Fact]
    public async Task Draft_changes_nothing_until_it_is_published_and_people_inside_go_on_by_their_step()
    {
        var (id, list) = await WelcomeAsync();
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        await AddAsync(id, StepKind.Send);
        await LaterAsync(TimeSpan.FromDays(1));
        (await ShowAsync(id)).Automation.HasChanges.ShouldBeTrue();
        await PublishAsync(id);
        await LaterAsync(TimeSpan.FromDays(1));
        (await MessagesAsync()).ShouldBe(["Message 1 > anne@r.test", "Message 3 > anne@r.test", "Message 4 > anne@r.test"]);
        (await ShowAsync(id)).Automation.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Who_is_at_a_deleted_step_goes_on_at_once_with_the_next_that_is_left()
    {
        var (id, list) = await WelcomeAsync();
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        await EditAsync(id, d => d.Remove(2));
        await PublishAsync(id);
        await RunAsync();
        (await MessagesAsync()).ShouldBe(["Message 1 > anne@r.test", "Message 3 > anne@r.test"]);
    }

    [Fact]
    public async Task Moved_message_is_not_sent_twice_to_who_had_it()
    {
        var (id, list) = await WelcomeAsync();
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        await EditAsync(id, d => d.Move(1, 1).Move(1, 1));
        await PublishAsync(id);
        await LaterAsync(TimeSpan.FromDays(2));
        (await MessagesAsync()).ShouldBe(["Message 1 > anne@r.test", "Message 3 > anne@r.test"]);
        (await ShowAsync(id)).Figures.Finished.ShouldBe(1);
    }

    [Fact]
    public async Task Wait_under_way_keeps_its_end_when_the_step_changes()
    {
        var (id, list) = await WelcomeAsync();
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        await EditAsync(id, d => d.Replace(d.Find(2)! with { Amount = 30 }));
        await PublishAsync(id);
        await LaterAsync(TimeSpan.FromDays(2));
        (await MessagesAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task New_words_of_a_message_go_out_after_publishing_only()
    {
        var (id, list) = await WelcomeAsync();
        await using (var db = App.OpenDb())
            (await EditAutomation.SaveMessageAsync(Actor, id, 1, new CampaignEdit { Subject = "Autre objet" }, db, Clock, Token)).ShouldBe(
                CampaignOutcome.Done.Instance
            );
        var campaign = (await ShowAsync(id)).Draft.Find(1)!.Campaign;
        (await App.CountAsync($"contents WHERE campaign_id = {campaign}")).ShouldBe(1);
        await PublishAsync(id);
        (await App.CountAsync($"contents WHERE campaign_id = {campaign}")).ShouldBe(2);
        (await App.ScalarAsync<int>($"SELECT status FROM campaigns WHERE id = {campaign}")).ShouldBe((int)CampaignStatus.Running);
        await SubscribeAsync(list, "anne@r.test");
        await RunAsync();
        (await MessagesAsync()).ShouldBe(["Autre objet > anne@r.test"]);
    }
}

public sealed class EditWhileRunningTestsOnSqlite() : EditWhileRunningTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class EditWhileRunningTestsOnPostgreSql() : EditWhileRunningTests(DatabaseKind.PostgreSql);
