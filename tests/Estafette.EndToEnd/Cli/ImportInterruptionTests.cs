using System.Globalization;
using System.Text;
using Estafette.Testing;
using Microsoft.Data.Sqlite;

namespace Estafette.EndToEnd.Cli;

/// <summary>What happens to an import whose process is killed, or that somebody else pauses.</summary>
public sealed class ImportInterruptionTests : IAsyncLifetime
{
    private const int People = 60_000;

    /// <summary>So many that somebody who asks for the write lock between two batches gets it long before the end.</summary>
    private const int Many = 400_000;
    private readonly EstafetteProcess _estafette = new() { Settings = ["--Import:BatchRows=100"] };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _estafette.DisposeAsync();

    [Fact]
    public async Task Import_killed_in_the_middle_goes_on_at_the_next_start_and_adds_nobody_twice()
    {
        await PrepareAsync(People);
        await _estafette.StartServerAsync();
        using var command = _estafette.StartCommand("contacts", "import", "people.csv", "--list", "Clients", "--json");
        await Eventually.TrueAsync(() => Task.FromResult(Number("SELECT coalesce(max(rows_read), 0) FROM imports") >= 1000));
        await _estafette.KillServerAsync();
        (await EstafetteProcess.EndOfAsync(command)).ExitCode.ShouldNotBe(0);
        var half = Number("SELECT max(rows_read) FROM imports");
        Number("SELECT count(*) FROM contacts").ShouldBe(half);
        half.ShouldBeInRange(1000, People - 1);

        await _estafette.StartServerAsync();
        await Eventually.TrueAsync(() => Task.FromResult(Number("SELECT count(*) FROM imports WHERE status = 3") == 1));
        Number("SELECT rows_added FROM imports").ShouldBe(People);
        Number("SELECT rows_duplicate FROM imports").ShouldBe(0);
        Number("SELECT count(*) FROM contacts").ShouldBe(People);
    }

    [Fact]
    public async Task Command_without_a_server_ends_with_a_sentence_when_its_import_is_paused_by_somebody_else()
    {
        await PrepareAsync(Many);
        using var command = _estafette.StartCommand("contacts", "import", "people.csv", "--list", "Clients");
        await Eventually.TrueAsync(() => Task.FromResult(Number("SELECT coalesce(max(rows_read), 0) FROM imports") >= 100));
        Execute("UPDATE imports SET pause_requested = 1 WHERE status = 2");
        var paused = await EstafetteProcess.EndOfAsync(command);
        paused.ExitCode.ShouldBe(130, paused.Error);
        paused.Error.ShouldContain("was paused. Resume it on the page /imports/1");
        Number("SELECT status FROM imports").ShouldBe(6);
    }

    private async Task PrepareAsync(int people)
    {
        (await _estafette.RunAsync("user", "add", "anne@example.org")).Succeeded();
        var csv = new StringBuilder("email\n");
        for (var i = 0; i < people; i++)
            csv.Append(CultureInfo.InvariantCulture, $"person{i}@example.org\n");
        await File.WriteAllTextAsync(_estafette.File("people.csv"), csv.ToString());
    }

    private long Number(string sql)
    {
        using var db = Open();
        using var command = db.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private void Execute(string sql)
    {
        using var db = Open();
        using var command = db.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery().ShouldBe(1);
    }

    private SqliteConnection Open()
    {
        var db = new SqliteConnection($"Data Source={Path.Combine(_estafette.Data, "estafette.db")};Pooling=False;Default Timeout=30");
        db.Open();
        return db;
    }
}
