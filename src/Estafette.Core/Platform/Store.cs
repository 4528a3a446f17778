using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Estafette.Core.Platform;

/// <summary>Opens connections of the configured database and knows which dialect it speaks.</summary>
public sealed class Store : IAsyncDisposable
{
    private readonly NpgsqlDataSource? _postgres;

    public Store(DatabaseOptions options, DataOptions data)
    {
        Kind = options.Kind;
        if (Kind == DatabaseKind.PostgreSql)
        {
            var builder = new NpgsqlConnectionStringBuilder(
                options.ConnectionString
                    ?? throw new InvalidOperationException("Database:ConnectionString is needed when Database:Kind is PostgreSql.")
            )
            {
                MaxAutoPrepare = 200,
                AutoPrepareMinUsages = 2,
                ApplicationName = "estafette",
            };
            ConnectionString = builder.ConnectionString;
            _postgres = NpgsqlDataSource.Create(builder);
        }
        else
        {
            ConnectionString = new SqliteConnectionStringBuilder
            {
                DataSource = data.File("estafette.db"),
                Pooling = true,
                DefaultTimeout = 30,
                ForeignKeys = false,
            }.ConnectionString;
        }
    }

    /// <summary>The dialect.</summary>
    public DatabaseKind Kind { get; }

    internal string ConnectionString { get; }

    internal NpgsqlDataSource? Postgres => _postgres;

    /// <summary>Opens a connection for reading (or, in the writer, for writing).</summary>
    public async ValueTask<DbConnection> OpenAsync(CancellationToken ct)
    {
        if (_postgres is not null)
            return await _postgres.OpenConnectionAsync(ct);
        var connection = new SqliteConnection(ConnectionString);
        await connection.OpenAsync(ct);
        Prepare(connection);
        return connection;
    }

    /// <summary>
    /// WAL so that readers never wait; FULL so that a power cut takes back nothing that was committed. A reader's cache of 4 MB is emptied by the next
    /// commit of the writer anyway. A checkpoint after 64 MB: a page that many commits changed is written back once. Searches fold text by our code.
    /// </summary>
    internal static void Prepare(SqliteConnection connection)
    {
        connection.CreateFunction<string?, string?>(
            FoldedText.Function,
            static text => text is null ? null : FoldedText.Of(text),
            isDeterministic: true
        );
        using var command = connection.CreateCommand();
        command.CommandText =
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4000; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=OFF; PRAGMA wal_autocheckpoint=16000;";
        command.ExecuteNonQuery();
    }

    /// <summary>The hot statement <paramref name="name"/> ("Delivery/claim-deliveries") in this dialect.</summary>
    internal string Sql(string name) => SqlFiles.Get(Kind, name);

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        else
            SqliteConnection.ClearPool(new SqliteConnection(ConnectionString));
    }
}
