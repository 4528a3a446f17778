using Estafette.Core.Automations;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;

namespace Estafette.Tests.Automations;

public abstract class SegmentTriggerTests(DatabaseKind kind) : AutomationTests(kind)
{
    private ListId _list;

    private Task<SegmentId> LyonAsync(string name = "Lyon", string city = "Lyon") => SaveAsync(name, AttributeIs("city", city));

    private async Task<SegmentId> SaveAsync(string name, SegmentCondition condition)
    {
        await using var db = App.OpenDb();
        var definition = new SegmentDefinition(new SegmentGroup(false, [condition]));
        var saved = await SaveSegment.RunAsync(Actor, null, new SegmentInputs(name, null, definition), db, Clock, Token);
        saved.Faults.ShouldBeEmpty();
        return saved.Id.ShouldNotBeNull();
    }

    private static SegmentCondition AttributeIs(string name, string value) =>
        new(SegmentSubject.Attribute, SegmentOperator.Is, name, Value: value);

    private async Task<AutomationId> ReadyAsync(SegmentId segment, int? reentry = null)
    {
        await Scenario.AddSmtpAsync("s", 1);
        var id = await CreateAsync();
        await TriggerAsync(id, new TriggerDefinition { Kind = TriggerKind.Segment, Segment = segment.Value });
        await EditAsync(id, d => d with { ReentryDays = reentry });
        await AddAsync(id, StepKind.Send);
        await PublishAsync(id);
        await RunAsync();
        return id;
    }

    private async Task PeopleAsync(params string[] names)
    {
        if (_list == default)
            _list = await App.AddListAsync("Abonnés");
        foreach (var name in names)
            await SubscribeAsync(_list, $"{name}@r.test");
    }

    private Task MoveAsync(string name, string city) =>
        App.ExecuteAsync($$"""UPDATE contacts SET attributes = '{"city":"{{city}}"}' WHERE contact_key = '{{name}}@r.test'""");

    private Task LookAsync() => LaterAsync(TimeSpan.FromMinutes(2));

    [Fact]
    public async Task Who_comes_into_the_segment_enters_once_and_who_was_there_does_not()
    {
        await PeopleAsync("anne", "bob", "eve");
        await MoveAsync("anne", "Lyon");
        var id = await ReadyAsync(await LyonAsync());
        await LookAsync();
        (await MessagesAsync()).ShouldBeEmpty();
        await MoveAsync("bob", "Lyon");
        await LookAsync();
        await LookAsync();
        (await MessagesAsync()).ShouldBe(["Message 1 > bob@r.test"]);
        await MoveAsync("bob", "Nantes");
        await LookAsync();
        await MoveAsync("bob", "Lyon");
        await LookAsync();
        (await MessagesAsync()).Count.ShouldBe(1, "nobody enters again without a rule that says so");
        (await ShowAsync(id)).Figures.Entered.ShouldBe(1);
    }

    [Fact]
    public async Task Who_left_and_comes_back_enters_again_when_the_rule_says_so()
    {
        await PeopleAsync("anne");
        await ReadyAsync(await LyonAsync(), reentry: 10);
        await MoveAsync("anne", "Lyon");
        await LookAsync();
        App.Clock.Advance(TimeSpan.FromDays(11));
        await LookAsync();
        (await MessagesAsync()).Count.ShouldBe(1, "who stayed is not new");
        await MoveAsync("anne", "Nantes");
        await LookAsync();
        await MoveAsync("anne", "Lyon");
        await LookAsync();
        (await MessagesAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Another_segment_begins_anew_with_those_who_are_there()
    {
        await PeopleAsync("anne", "bob");
        await MoveAsync("bob", "Nantes");
        var id = await ReadyAsync(await LyonAsync());
        await MoveAsync("anne", "Lyon");
        await LookAsync();
        var other = await LyonAsync("Nantes", "Nantes");
        await TriggerAsync(id, new TriggerDefinition { Kind = TriggerKind.Segment, Segment = other.Value });
        App.Clock.Advance(TimeSpan.FromSeconds(1));
        await PublishAsync(id);
        await LookAsync();
        await LookAsync();
        (await MessagesAsync()).ShouldBe(["Message 1 > anne@r.test"]);
        (await App.CountAsync("automation_members")).ShouldBe(1, "what the first trigger saw is gone");
    }

    [Fact]
    public async Task Who_is_not_subscribed_enters_on_the_day_of_the_subscription()
    {
        await PeopleAsync();
        await App.AddContactAsync("anne@r.test", c => c.Attributes = """{"city":"Lyon"}""");
        await ReadyAsync(await LyonAsync());
        await LookAsync();
        (await MessagesAsync()).ShouldBeEmpty();
        await PeopleAsync("anne");
        await LookAsync();
        (await MessagesAsync()).ShouldBe(["Message 1 > anne@r.test"]);
    }

    [Theory]
    [InlineData("noted")]
    [InlineData("entered")]
    [InlineData("forgotten")]
    public async Task Crash_between_batches_lets_everybody_enter_once(string moment)
    {
        await PeopleAsync();
        var segment = await LyonAsync();
        await ManyAsync(2500);
        await App.ExecuteAsync("""UPDATE contacts SET attributes = '{"city":"Lyon"}' WHERE id % 2 = 0""");
        await Scenario.AddSmtpAsync("s", 1);
        var id = await CreateAsync();
        await TriggerAsync(id, new TriggerDefinition { Kind = TriggerKind.Segment, Segment = segment.Value });
        await AddAsync(id, StepKind.Send);
        await PublishAsync(id);
        await CrashAsync(id, moment, "noted");
        await App.RestartAsync();
        await LookAsync();
        (await App.CountAsync("automation_enrolments")).ShouldBe(0);
        (await App.CountAsync("automation_members")).ShouldBe(1250);
        // Those of even number leave, the others come.
        await App.ExecuteAsync("""UPDATE contacts SET attributes = '{"city":"Nantes"}' WHERE id % 2 = 0""");
        await App.ExecuteAsync("""UPDATE contacts SET attributes = '{"city":"Lyon"}' WHERE id % 2 <> 0""");
        App.Clock.Advance(TimeSpan.FromMinutes(2));
        await CrashAsync(id, moment, "entered", "forgotten");
        await App.RestartAsync();
        await LookAsync();
        (await App.CountAsync("automation_enrolments")).ShouldBe(1250);
        (await App.CountAsync("automation_members")).ShouldBe(1250);
        (await App.CountAsync("deliveries")).ShouldBe(1250);
        (await ShowAsync(id)).Figures.Entered.ShouldBe(1250);
    }

    [Fact]
    public async Task Condition_asks_the_segment_as_it_is_after_the_steps_before()
    {
        await PeopleAsync();
        var segment = await LyonAsync();
        await Scenario.AddSmtpAsync("s", 1);
        var id = await CreateAsync();
        await TriggerAsync(id, new TriggerDefinition { Kind = TriggerKind.List, List = _list.Value });
        await AddAsync(id, StepKind.SetAttribute, s => s with { Attribute = "city", Value = "Lyon" });
        var asks = await AddAsync(
            id,
            StepKind.Condition,
            s =>
                s with
                {
                    Condition = new() { Kind = ConditionKind.InSegment, Segment = segment.Value },
                }
        );
        var yes = await AddAsync(id, StepKind.Send, place: new StepPlace(asks, true, 0));
        await AddAsync(id, StepKind.Send, place: new StepPlace(asks, false, 0));
        await PublishAsync(id);
        await PeopleAsync("anne");
        await RunAsync();
        (await MessagesAsync()).ShouldBe([$"Message {yes} > anne@r.test"]);
    }

    [Fact]
    public async Task Trial_and_goal_ask_the_segment_too()
    {
        await PeopleAsync("anne");
        var segment = await LyonAsync();
        var id = await CreateAsync();
        await AddAsync(id, StepKind.SetAttribute, s => s with { Attribute = "seen", Value = "1" });
        await EditAsync(
            id,
            d =>
                d with
                {
                    Goal = new() { Kind = ConditionKind.InSegment, Segment = segment.Value },
                }
        );
        await using var db = App.OpenDb();
        (await TryAutomation.RunAsync(App.Customer, id, "anne@r.test", false, db, Clock, Token))!.Finishes.ShouldBeTrue();
        await MoveAsync("anne", "Lyon");
        (await TryAutomation.RunAsync(App.Customer, id, "anne@r.test", false, db, Clock, Token))!.Reason.ShouldBe(ExitReason.GoalReached);
    }

    [Fact]
    public async Task Segment_of_an_automation_is_not_deleted_and_its_name_is_told()
    {
        await PeopleAsync();
        var (used, asked, free) = (await LyonAsync(), await LyonAsync("Asked"), await LyonAsync("Free"));
        var id = await ReadyAsync(used);
        await AddAsync(
            id,
            StepKind.Condition,
            s =>
                s with
                {
                    Condition = new() { Kind = ConditionKind.InSegment, Segment = asked.Value },
                }
        );
        await using var db = App.OpenDb();
        foreach (var segment in new[] { used, asked })
        {
            var refused = await DeleteSegment.RunAsync(Actor, segment, db, Clock, Token);
            refused.Users.ShouldBe([new SegmentUser("automation", id.Value, "Bienvenue")]);
        }
        (await DeleteSegment.RunAsync(Actor, free, db, Clock, Token)).IsDone.ShouldBeTrue();
    }

    [Fact]
    public async Task Segment_of_another_customer_is_refused()
    {
        var other = await App.AddCustomerAsync("Other");
        await using var db = App.OpenDb();
        var segment = new Segment
        {
            CustomerId = other,
            Name = "x",
            Definition = new SegmentDefinition(new SegmentGroup(false, [AttributeIs("city", "Lyon")])).ToJson(),
            CreatedAt = App.Now,
            UpdatedAt = App.Now,
        };
        db.Add(segment);
        await db.SaveChangesAsync(Token);
        var draft = new AutomationDefinition
        {
            Trigger = new TriggerDefinition { Kind = TriggerKind.Segment, Segment = segment.Id.Value },
            Goal = new() { Kind = ConditionKind.InSegment, Segment = segment.Id.Value },
            Steps = [new StepDefinition { Id = 1, Kind = StepKind.End }],
        };
        var problems = await CheckAutomation.RunAsync(App.Customer, draft, db, Token);
        problems.Select(p => p.Code).ShouldBe(["trigger-segment", "condition-insegment"]);
    }

    /// <summary>Looks once, and ends the look the first time one of these moments is reached when it is the one of the test.</summary>
    private async Task CrashAsync(AutomationId id, string moment, params string[] possible)
    {
        if (!possible.Contains(moment))
            return;
        Entries.Reached = reached =>
        {
            if (reached == moment)
                throw new CrashException();
        };
        await using var db = App.OpenDb();
        var run = (await AutomationRun.LoadAsync(id, db, Token))!;
        await Should.ThrowAsync<CrashException>(() => Entries.RunAsync(run, Token));
    }

    private async Task ManyAsync(int count)
    {
        var numbers =
            App.Store.Kind == DatabaseKind.Sqlite
                ? $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
                : $"WITH n AS (SELECT generate_series(1, {count}) AS i)";
        await App.ExecuteAsync(
            $"INSERT INTO contacts (customer_id, contact_key, email, created_at, updated_at) {numbers} SELECT {App.Customer}, 'm' || i || '@r.test', 'm' || i || '@r.test', 0, 0 FROM n"
        );
        await App.ExecuteAsync(
            $"INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at) SELECT {_list}, id, customer_id, 1, 3, 0, 0 FROM contacts"
        );
    }

    private sealed class CrashException : Exception;
}

public sealed class SegmentTriggerTestsOnSqlite() : SegmentTriggerTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class SegmentTriggerTestsOnPostgreSql() : SegmentTriggerTests(DatabaseKind.PostgreSql);
