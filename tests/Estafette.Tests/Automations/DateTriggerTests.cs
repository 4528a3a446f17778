using Estafette.Core.Automations;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Automations;

public abstract class DateTriggerTests(DatabaseKind kind) : AutomationTests(kind)
{
    protected override TestSetup Setup => new() { Clock = new FakeTimeProvider(new DateTimeOffset(2027, 2, 20, 12, 0, 0, TimeSpan.Zero)) };

    [Fact]
    public async Task Birthday_comes_every_year_on_its_day_at_the_hour_of_the_customer()
    {
        await PeopleAsync(("anne", "1985-03-01"), ("bob", "02/03/1990"), ("eve", "1990-03-04T08:00:00"));
        var id = await BirthdayAsync();
        await AtAsync(2027, 3, 1, 7, 59);
        (await MessagesAsync()).ShouldBeEmpty();
        await AtAsync(2027, 3, 1, 8, 0);
        (await MessagesAsync()).ShouldBe(["Message 1 > anne@r.test"]);
        await AtAsync(2027, 3, 1, 20, 0);
        await AtAsync(2027, 3, 2, 9, 0);
        await AtAsync(2027, 3, 4, 9, 0);
        (await MessagesAsync()).ShouldBe(["Message 1 > anne@r.test", "Message 1 > bob@r.test", "Message 1 > eve@r.test"]);
        await AtAsync(2028, 3, 1, 9, 0);
        (await MessagesAsync()).Count.ShouldBe(4);
        (await base.PeopleAsync(id)).Select(p => p.Round).ShouldBe([2028, 2027, 2027, 2027]);
    }

    [Fact]
    public async Task Born_on_29_February_is_meant_on_the_28th_in_other_years()
    {
        await PeopleAsync(("leap", "1992-02-29"), ("plain", "1992-02-28"));
        await BirthdayAsync();
        await AtAsync(2027, 2, 28, 9, 0);
        (await MessagesAsync()).Count.ShouldBe(2);
        await AtAsync(2028, 2, 28, 9, 0);
        (await MessagesAsync()).Skip(2).ShouldBe(["Message 1 > plain@r.test"]);
        await AtAsync(2028, 2, 29, 9, 0);
        (await MessagesAsync()).Skip(3).ShouldBe(["Message 1 > leap@r.test"]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 1)]
    public async Task Birthdays_of_a_stopped_server_are_sent_the_same_day_or_as_far_back_as_the_rule_says(int catchUp, int expected)
    {
        await PeopleAsync(("missed", "1985-03-01"), ("today", "1985-03-03"));
        await BirthdayAsync(t => t with { CatchUpDays = catchUp });
        await AtAsync(2027, 2, 28, 9, 0);
        await App.RestartAsync();
        await AtAsync(2027, 3, 3, 22, 30);
        (await MessagesAsync()).Count(m => m.EndsWith("today@r.test", StringComparison.Ordinal)).ShouldBe(1);
        (await MessagesAsync()).Count(m => m.EndsWith("missed@r.test", StringComparison.Ordinal)).ShouldBe(expected);
    }

    [Fact]
    public async Task Days_before_a_date_count_once_and_again_when_the_date_moves()
    {
        await PeopleAsync(("anne", "2027-03-10"));
        var id = await BirthdayAsync(t => t with { Repeat = DateRepeat.Once, OffsetDays = -7 });
        await EditAsync(id, d => d with { ReentryDays = 1 });
        await PublishAsync(id);
        await AtAsync(2027, 3, 3, 9, 0);
        await AtAsync(2027, 3, 3, 10, 0);
        (await MessagesAsync()).Count.ShouldBe(1);
        await App.ExecuteAsync("UPDATE contacts SET attributes = '{\"naissance\":\"2028-03-10\"}'");
        await AtAsync(2028, 3, 3, 9, 0);
        (await MessagesAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Start_after_the_hour_leaves_the_day_alone_and_the_list_limits_the_people()
    {
        await PeopleAsync(("anne", "1985-02-20"), ("bob", "1985-02-21"), ("eve", "1985-02-21"));
        var only = await App.AddListAsync("Clients", "bob@r.test");
        var id = await BirthdayAsync();
        await EditAsync(id, d => d with { OnlyList = only.Value });
        await PublishAsync(id);
        await RunAsync();
        await AtAsync(2027, 2, 21, 9, 0);
        (await MessagesAsync()).ShouldBe(["Message 1 > bob@r.test"]);
    }

    private async Task<AutomationId> BirthdayAsync(Func<TriggerDefinition, TriggerDefinition>? change = null)
    {
        await Scenario.AddSmtpAsync("s", 1);
        var id = await CreateAsync("Anniversaire");
        var trigger = new TriggerDefinition { Kind = TriggerKind.Date, Attribute = "naissance" };
        await TriggerAsync(id, change?.Invoke(trigger) ?? trigger);
        await AddAsync(id, StepKind.Send);
        await PublishAsync(id);
        return id;
    }

    private async Task PeopleAsync(params (string Name, string Date)[] people)
    {
        foreach (var (name, date) in people)
            await App.AddContactAsync($"{name}@r.test", c => c.Attributes = $$"""{"naissance":"{{date}}"}""");
        await App.AddListAsync("Tous", people.Select(p => $"{p.Name}@r.test"));
    }

    /// <summary>The clock of a wall in Greenwich shows this; the customer lives in Paris, one hour ahead in winter.</summary>
    private async Task AtAsync(int year, int month, int day, int hour, int minute)
    {
        var at = new DateTimeOffset(year, month, day, hour, minute, 0, TimeSpan.Zero);
        App.Clock.Advance(at - App.Now);
        await RunAsync();
    }
}

public sealed class DateTriggerTestsOnSqlite() : DateTriggerTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class DateTriggerTestsOnPostgreSql() : DateTriggerTests(DatabaseKind.PostgreSql);
