using System.Data.Common;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;

namespace Estafette.Tests.Platform;

public abstract class WriteQueueTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private const string Count = "customers WHERE name LIKE 'job %'";

    [Fact]
    public async Task Result_is_stored_when_the_call_returns()
    {
        var answer = await App.Writes.RunAsync(
            session =>
            {
                Insert(session, 1);
                return ValueTask.FromResult(42);
            },
            Token
        );

        answer.ShouldBe(42);
        (await App.CountAsync(Count)).ShouldBe(1);
    }

    [Fact]
    public async Task Failing_job_takes_back_only_itself()
    {
        var gate = new TaskCompletionSource();
        var first = App.Writes.RunAsync(async _ => await gate.Task, Token);
        var jobs = Enumerable.Range(0, 10).Select(i => App.Writes.RunAsync(session => InsertOrFail(session, i), Token)).ToList();
        gate.SetResult();
        await first;

        foreach (var (job, i) in jobs.Select((job, i) => (job, i)))
            if (i % 3 == 0)
                (await Should.ThrowAsync<InvalidDataException>(() => job)).Message.ShouldBe($"job {i}");
            else
                await job;

        (await App.CountAsync(Count)).ShouldBe(6);
    }

    [Fact]
    public async Task Refused_statement_leaves_the_writer_usable()
    {
        await Should.ThrowAsync<DbException>(() =>
            App.Writes.RunAsync(
                session =>
                {
                    Insert(session, 1);
                    Execute(session, "INSERT INTO no_such_table VALUES (1)");
                    return ValueTask.CompletedTask;
                },
                Token
            )
        );
        await App.Writes.RunAsync(session => InsertOrFail(session, 2), Token);

        (await App.CountAsync(Count)).ShouldBe(1);
    }

    [Fact]
    public async Task Ordinary_writes_do_not_starve_behind_a_busy_writer()
    {
        using var stop = new CancellationTokenSource();
        var busy = Enumerable
            .Range(0, 8)
            .Select(async worker =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                    await App.Writes.RunAsync(session => InsertOrFail(session, 1), Token);
            })
            .ToList();

        for (var i = 0; i < 5; i++)
            await App.AddCustomerAsync($"page {i}").WaitAsync(TimeSpan.FromSeconds(30), Token);

        await stop.CancelAsync();
        await Task.WhenAll(busy);
        (await App.CountAsync("customers WHERE name LIKE 'page %'")).ShouldBe(5);
    }

    [Fact]
    public async Task Write_scope_that_is_not_committed_stores_nothing()
    {
        await using (var db = App.OpenDb())
        await using (await db.BeginWriteAsync(Token))
        {
            db.Add(new Customer("job lost", App.Now));
            await db.SaveChangesAsync(Token);
        }
        await using (var db = App.OpenDb())
        await using (var write = await db.BeginWriteAsync(Token))
        {
            db.Add(new Customer("job kept", App.Now));
            await db.SaveChangesAsync(Token);
            await write.CommitAsync(Token);
        }

        (await App.CountAsync(Count)).ShouldBe(1);
        (await App.CountAsync("customers WHERE name = 'job kept'")).ShouldBe(1);
    }

    private protected static ValueTask InsertOrFail(WriteSession session, int i)
    {
        Insert(session, i);
        return i % 3 == 0 ? throw new InvalidDataException($"job {i}") : ValueTask.CompletedTask;
    }

    private protected static void Insert(WriteSession session, int i) =>
        session
            .Prepare(
                "INSERT INTO customers (name, language, time_zone, default_country, privacy_profile, suspended, created_at) VALUES (@name, 'fr', 'Europe/Paris', 'FR', 0, @no, 0)"
            )
            .Set("@name", $"job {i}")
            .Set("@no", false)
            .ExecuteNonQuery();

    private protected static void Execute(WriteSession session, string sql) => session.Prepare(sql).ExecuteNonQuery();
}

public sealed class WriteQueueTestsOnSqlite() : WriteQueueTests(DatabaseKind.Sqlite)
{
    [Fact]
    public async Task Waiting_jobs_are_committed_together()
    {
        var gate = new TaskCompletionSource();
        var running = new TaskCompletionSource();
        var transactions = new List<DbTransaction?>();
        var first = App.Writes.RunAsync(
            async _ =>
            {
                running.SetResult();
                await gate.Task;
            },
            Token
        );
        await running.Task;
        var jobs = Enumerable
            .Range(0, 10)
            .Select(_ =>
                App.Writes.RunAsync(
                    session =>
                    {
                        transactions.Add(session.Transaction);
                        return ValueTask.CompletedTask;
                    },
                    Token
                )
            )
            .ToList();
        gate.SetResult();
        await Task.WhenAll(jobs.Prepend(first));

        transactions.Count.ShouldBe(10);
        transactions.Distinct().Count().ShouldBe(1);
    }
}

[Trait("Category", "PostgreSql")]
public sealed class WriteQueueTestsOnPostgreSql() : WriteQueueTests(DatabaseKind.PostgreSql)
{
    [Theory]
    [InlineData("40001")]
    [InlineData("40P01")]
    public async Task Job_is_repeated_after_a_conflict(string sqlState)
    {
        var tries = 0;

        await App.Writes.RunAsync(
            session =>
            {
                Insert(session, 1);
                if (++tries < 3)
                    Execute(session, $"DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '{sqlState}'; END $$");
                return ValueTask.CompletedTask;
            },
            Token
        );

        tries.ShouldBe(3);
        (await App.CountAsync("customers WHERE name = 'job 1'")).ShouldBe(1);
    }
}
