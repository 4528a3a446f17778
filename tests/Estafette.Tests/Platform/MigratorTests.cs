using Estafette.Core.Platform;
using Estafette.Testing.Databases;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Platform;

public abstract class MigratorTests(DatabaseKind kind) : DatabaseTests(kind)
{
    [Fact]
    public async Task Empty_database_gets_every_script_once()
    {
        await using var database = await TestDatabase.CreateEmptyAsync(App.Store.Kind);
        using var directory = new Testing.TemporaryDirectory();
        await using var store = new Store(database.Options, new DataOptions { Directory = directory.Path });

        var first = await Migrator.RunAsync(store, Token);
        var second = await Migrator.RunAsync(store, Token);

        first.ShouldBe(Migrator.Scripts(store.Kind).Select(s => s.Name));
        second.ShouldBeEmpty();
    }

    [Fact]
    public async Task Database_of_a_newer_version_is_refused()
    {
        await App.ExecuteAsync("INSERT INTO schema_migrations (name, applied_at) VALUES ('9999_tomorrow', '2030-01-01')");

        var refused = await Should.ThrowAsync<InvalidOperationException>(() => Migrator.RunAsync(App.Store, Token));

        refused.Message.ShouldContain("9999_tomorrow");
    }

    [Fact]
    public async Task Restored_database_starts_to_send_nothing_by_itself_and_is_quietened_once()
    {
        var now = App.Now.ToUnixTimeMilliseconds();
        foreach (var (status, scheduled) in new (int, long?)[] { (2, null), (1, now - 1), (1, now + 60_000), (4, null) })
            await App.ExecuteAsync(
                $"INSERT INTO campaigns (customer_id, name, status, scheduled_at, created_at, updated_at) VALUES ({App.Customer}, 'c{status}', {status}, {(scheduled is { } at ? at : "NULL")}, 0, 0)"
            );
        var data = new DataOptions { Directory = App.DataDirectory };
        await File.WriteAllTextAsync(data.File("restored"), "b.tar.gz", Token);

        await AfterRestore.RunAsync(App.Store, data, App.Clock, Token);

        File.Exists(data.File("restored")).ShouldBeFalse();
        foreach (var (status, count) in new[] { (0, 1), (1, 1), (2, 0), (3, 1), (4, 1) })
            (await App.CountAsync($"campaigns WHERE status = {status}")).ShouldBe(count, $"status {status}");
        await App.ExecuteAsync("UPDATE campaigns SET status = 2 WHERE status = 3");
        await AfterRestore.RunAsync(App.Store, data, App.Clock, Token);
        (await App.CountAsync("campaigns WHERE status = 2")).ShouldBe(1);
    }

    [Fact]
    public void Both_dialects_have_the_same_scripts() =>
        Migrator.Scripts(DatabaseKind.Sqlite).Select(s => s.Name).ShouldBe(Migrator.Scripts(DatabaseKind.PostgreSql).Select(s => s.Name));

    [Fact]
    public async Task Every_entity_can_be_read_from_its_table()
    {
        await using var db = App.OpenDb();
        var faults = new List<string>();
        foreach (var entity in db.Model.GetEntityTypes())
        {
            var columns = string.Join(", ", entity.GetProperties().Select(p => p.GetColumnName()));
            try
            {
                await App.ScalarAsync<string>($"SELECT 'x' FROM (SELECT {columns} FROM {entity.GetTableName()}) AS t LIMIT 1");
            }
            catch (System.Data.Common.DbException wrong)
            {
                faults.Add($"{entity.DisplayName()}: {wrong.Message}");
            }
        }

        faults.ShouldBeEmpty();
    }
}

public sealed class MigratorTestsOnSqlite() : MigratorTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class MigratorTestsOnPostgreSql() : MigratorTests(DatabaseKind.PostgreSql)
{
    [Fact]
    public async Task Both_dialects_have_the_same_tables_and_columns()
    {
        await using var sqlite = await Testing.TestApplication.StartAsync(DatabaseKind.Sqlite);

        var ofSqlite = await ColumnsAsync(
            sqlite.Store,
            "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        );
        var ofPostgres = await ColumnsAsync(
            App.Store,
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
        );

        ofPostgres.Except(ofSqlite).ShouldBeEmpty();
        ofSqlite.Except(ofPostgres).ShouldBeEmpty();
    }

    private static async Task<List<string>> ColumnsAsync(Store store, string sql)
    {
        await using var connection = await store.OpenAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(Token);
        var columns = new List<string>();
        while (await reader.ReadAsync(Token))
            columns.Add(reader.GetString(0));
        return columns.Order(StringComparer.Ordinal).ToList();
    }
}
