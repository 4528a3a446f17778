using Estafette.Core.Automations;
using Estafette.Core.Automations.Entry;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Automations;

/// <summary>Nobody gets a step twice and nobody is left out, wherever the process ends.</summary>
public abstract class CrashTests(DatabaseKind kind) : AutomationTests(kind)
{
    private readonly DatabaseKind _kind = kind;

    [Theory]
    [InlineData("campaigns")]
    [InlineData("claimed")]
    [InlineData("effects")]
    [InlineData("passes")]
    [InlineData("moved")]
    [InlineData("counted")]
    [InlineData("committed")]
    public async Task Crash_at_any_moment_of_a_batch_repeats_nothing_after_the_restart(string moment)
    {
        var (id, list) = await WelcomeAsync();
        await SubscribeAsync(list, "anne@r.test");
        await SubscribeAsync(list, "bob@r.test");
        Advance.Reached = Once(moment);
        await Should.ThrowAsync<CrashException>(RunAsync);
        await App.RestartAsync();
        await RunAsync();
        Advance.Reached = Once(moment);
        App.Clock.Advance(TimeSpan.FromDays(2));
        await Should.ThrowAsync<CrashException>(RunAsync);
        await App.RestartAsync();
        await RunAsync();
        (await MessagesAsync()).ShouldBe([
            "Message 1 > anne@r.test",
            "Message 1 > bob@r.test",
            "Message 3 > anne@r.test",
            "Message 3 > bob@r.test",
        ]);
        (await App.CountAsync("delivery_queue")).ShouldBe(4);
        (await App.CountAsync("automation_passes")).ShouldBe(6);
        (await ShowAsync(id)).Figures.ShouldBe(new AutomationFigures(2, 0, 2, 0));
    }

    [Fact]
    public async Task Crash_between_entries_lets_nobody_enter_twice()
    {
        var (id, list) = await WelcomeAsync();
        await AddManyAsync(list, 2500);
        var batches = 0;
        Entries.Reached = _ =>
        {
            if (++batches == 2)
                throw new CrashException();
        };
        await using (var db = App.OpenDb())
        {
            var run = (await AutomationRun.LoadAsync(id, db, Token))!;
            await Should.ThrowAsync<CrashException>(() => Entries.RunAsync(run, Token));
        }
        await App.RestartAsync();
        await RunAsync();
        (await App.CountAsync("automation_enrolments")).ShouldBe(2500);
        (await App.CountAsync("deliveries")).ShouldBe(2500);
        (await ShowAsync(id)).Figures.Entered.ShouldBe(2500);
    }

    private protected async Task AddManyAsync(ListId list, int count)
    {
        var now = App.Now.ToUnixTimeMilliseconds();
        var numbers =
            _kind == DatabaseKind.Sqlite
                ? $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
                : $"WITH n AS (SELECT generate_series(1, {count}) AS i)";
        await App.ExecuteAsync(
            $"INSERT INTO contacts (customer_id, contact_key, email, created_at, updated_at) {numbers} SELECT {App.Customer}, 'm' || i || '@r.test', 'm' || i || '@r.test', 0, 0 FROM n"
        );
        await App.ExecuteAsync(
            $"INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at) SELECT {list}, id, customer_id, 1, 3, {now}, {now} FROM contacts"
        );
    }

    private static Action<string> Once(string moment)
    {
        var armed = true;
        return reached =>
        {
            if (!armed || reached != moment)
                return;
            armed = false;
            throw new CrashException();
        };
    }

    private sealed class CrashException : Exception;
}

public sealed class CrashTestsOnSqlite() : CrashTests(DatabaseKind.Sqlite);

/// <summary>Only PostgreSQL has several nodes.</summary>
[Trait("Category", "PostgreSql")]
public sealed class CrashTestsOnPostgreSql() : CrashTests(DatabaseKind.PostgreSql)
{
    [Fact]
    public async Task Two_nodes_moving_at_once_share_the_people()
    {
        var (id, list) = await WelcomeAsync();
        await AddManyAsync(list, 3000);
        await using (var db = App.OpenDb())
        {
            var run = (await AutomationRun.LoadAsync(id, db, Token))!;
            // Both look for the same people at once.
            var other = new FindEntries(App.Get<IDbContextFactory<EstafetteDb>>(), App.Store, App.Writes, Clock);
            await Task.WhenAll(Entries.RunAsync(run, Token), other.RunAsync(run, Token));
        }
        (await App.CountAsync("automation_enrolments")).ShouldBe(3000);
        var second = new AdvanceAutomations(App.Get<IDbContextFactory<EstafetteDb>>(), App.Writes, Signals, App.Store, Clock);
        await Task.WhenAll(DrainAsync(Advance), DrainAsync(second));
        await DrainAsync(Advance);
        (await App.CountAsync("deliveries")).ShouldBe(3000);
        (await App.CountAsync("delivery_queue")).ShouldBe(3000);
        (await ShowAsync(id)).Of(1).Passed.ShouldBe(3000);
    }

    private async Task DrainAsync(AdvanceAutomations advance)
    {
        while (await advance.RunAsync(Token) > 0) { }
    }
}
