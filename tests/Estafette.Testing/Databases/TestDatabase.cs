using Estafette.Core.Platform;
using Npgsql;

namespace Estafette.Testing.Databases;

/// <summary>A database with the current schema and no rows, for one test: a copy of one that was migrated once per process.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private static readonly Lazy<Task<byte[]>> SqliteTemplate = new(MakeSqliteTemplateAsync);
    private static readonly Lazy<Task<string>> PostgreSqlTemplate = new(MakePostgreSqlTemplateAsync);

    private readonly PostgreSqlServer? _server;
    private readonly string? _name;

    private TestDatabase(DatabaseOptions options, PostgreSqlServer? server, string? name) =>
        (Options, _server, _name) = (options, server, name);

    /// <summary>The settings that reach it.</summary>
    public DatabaseOptions Options { get; }

    /// <summary>Creates it; on SQLite as a file in the data directory.</summary>
    public static async Task<TestDatabase> CreateAsync(DatabaseKind kind, string dataDirectory)
    {
        if (kind == DatabaseKind.Sqlite)
        {
            await File.WriteAllBytesAsync(Path.Combine(dataDirectory, "estafette.db"), await SqliteTemplate.Value);
            return new TestDatabase(new DatabaseOptions(), null, null);
        }
        return await CreatePostgreSqlAsync(await PostgreSqlTemplate.Value);
    }

    /// <summary>Creates a database without any table; on SQLite that is the absence of the file.</summary>
    public static Task<TestDatabase> CreateEmptyAsync(DatabaseKind kind) =>
        kind == DatabaseKind.Sqlite
            ? Task.FromResult(new TestDatabase(new DatabaseOptions(), null, null))
            : CreatePostgreSqlAsync(template: null);

    public async ValueTask DisposeAsync()
    {
        if (_server is null)
            return;
        NpgsqlConnection.ClearPool(new NpgsqlConnection(Options.ConnectionString));
        await _server.DropDatabaseAsync(_name!);
    }

    private static async Task<TestDatabase> CreatePostgreSqlAsync(string? template)
    {
        var server = await PostgreSqlServer.SharedAsync();
        var name = await server.CreateDatabaseAsync(template);
        var options = new DatabaseOptions { Kind = DatabaseKind.PostgreSql, ConnectionString = server.ConnectionString(name) };
        return new TestDatabase(options, server, name);
    }

    private static async Task<byte[]> MakeSqliteTemplateAsync()
    {
        using var directory = new TemporaryDirectory();
        await using (var store = new Store(new DatabaseOptions(), new DataOptions { Directory = directory.Path }))
            await Migrator.RunAsync(store, CancellationToken.None);
        return await File.ReadAllBytesAsync(directory.File("estafette.db"));
    }

    private static async Task<string> MakePostgreSqlTemplateAsync()
    {
        var server = await PostgreSqlServer.SharedAsync();
        var name = await server.CreateDatabaseAsync();
        var options = new DatabaseOptions { Kind = DatabaseKind.PostgreSql, ConnectionString = server.ConnectionString(name) };
        await using (var store = new Store(options, new DataOptions()))
            await Migrator.RunAsync(store, CancellationToken.None);
        return name;
    }
}
