using Estafette.Core.Contacts;
using Estafette.Core.Platform;

namespace Estafette.Tests.Contacts;

/// <summary>The numbers of the page of lists, which triggers keep, against the rows.</summary>
public abstract class ListCountsTests(DatabaseKind kind) : DatabaseTests(kind)
{
    [Fact]
    public async Task Every_statement_that_changes_subscriptions_changes_the_numbers()
    {
        await App.ExecuteAsync($"INSERT INTO lists (id, customer_id, name, created_at) VALUES (1, {App.Customer}, 'A', 0), (2, {App.Customer}, 'B', 0)");
        await InsertAsync("(1, 11, 1), (1, 12, 1), (1, 13, 0), (2, 11, 1)");
        (await CountsAsync()).ShouldBe([(2, 1, 0), (1, 0, 0)]);

        // As imports do: some are there already and change.
        await InsertAsync("(1, 12, 2), (1, 13, 0), (1, 14, 1)", "ON CONFLICT (list_id, contact_id) DO UPDATE SET status = excluded.status");
        (await CountsAsync()).ShouldBe([(2, 1, 1), (1, 0, 0)]);
        await InsertAsync("(1, 11, 2), (2, 12, 0)", "ON CONFLICT (list_id, contact_id) DO NOTHING");
        (await CountsAsync()).ShouldBe([(2, 1, 1), (1, 1, 0)]);

        await App.ExecuteAsync("UPDATE subscriptions SET status = 2 WHERE contact_id = 11");
        (await CountsAsync()).ShouldBe([(1, 1, 2), (0, 1, 1)]);
        await App.ExecuteAsync("UPDATE subscriptions SET changed_at = 9");
        (await CountsAsync()).ShouldBe([(1, 1, 2), (0, 1, 1)]);
        await App.ExecuteAsync("DELETE FROM subscriptions WHERE contact_id IN (11, 13)");
        (await CountsAsync()).ShouldBe([(1, 0, 1), (0, 1, 0)]);
    }

    private Task InsertAsync(string rows, string conflict = "") =>
        App.ExecuteAsync(
            $"""
            WITH v (l, c, s) AS (VALUES {rows})
            INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at)
            SELECT l, c, {App.Customer}, s, 2, 0, 0 FROM v WHERE true {conflict}
            """
        );

    private async Task<List<(long Confirmed, long Unconfirmed, long Unsubscribed)>> CountsAsync()
    {
        await using var db = App.OpenDb();
        return [.. (await ListLists.RunAsync(App.Customer, db, Token)).Select(l => (l.Confirmed, l.Unconfirmed, l.Unsubscribed))];
    }
}

public sealed class ListCountsTestsOnSqlite() : ListCountsTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ListCountsTestsOnPostgreSql() : ListCountsTests(DatabaseKind.PostgreSql);
