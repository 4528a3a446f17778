using System.Data.Common;
using System.Globalization;

namespace Estafette.Core.Platform;

/// <summary>Applies the numbered scripts of <c>Platform/Migrations</c>, forward only, each in its own transaction.</summary>
public static class Migrator
{
    /// <summary>Brings the schema up to date and tells which scripts ran.</summary>
    /// <exception cref="InvalidOperationException">The database was written by a newer version of Estafette.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(Store store, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        if (store.Kind == DatabaseKind.PostgreSql)
            await ExecuteAsync(connection, null, "SELECT pg_advisory_lock(7318349394477056)", ct);
        await ExecuteAsync(
            connection,
            null,
            "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at text NOT NULL)",
            ct
        );
        var applied = new HashSet<string>(StringComparer.Ordinal);
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT name FROM schema_migrations";
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                applied.Add(reader.GetString(0));
        }
        var scripts = Scripts(store.Kind);
        var unknown = applied.Except(scripts.Select(s => s.Name), StringComparer.Ordinal).Order(StringComparer.Ordinal).FirstOrDefault();
        if (unknown is not null)
            throw new InvalidOperationException(
                $"The database holds migration '{unknown}', which this version does not know. Start the newer version of Estafette that wrote it."
            );
        var done = new List<string>();
        foreach (var (name, sql) in scripts.Where(s => !applied.Contains(s.Name)))
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await ExecuteAsync(connection, transaction, sql, ct);
            await ExecuteAsync(
                connection,
                transaction,
                $"INSERT INTO schema_migrations (name, applied_at) VALUES ('{name}', '{TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)}')",
                ct
            );
            await transaction.CommitAsync(ct);
            done.Add(name);
        }
        if (store.Kind == DatabaseKind.PostgreSql)
            await ExecuteAsync(connection, null, "SELECT pg_advisory_unlock(7318349394477056)", ct);
        return done;
    }

    /// <summary>Names of the scripts this version knows, in their order.</summary>
    public static IReadOnlyList<string> Names(DatabaseKind kind) => [.. Scripts(kind).Select(s => s.Name)];

    /// <summary>The scripts of a dialect in the order of their numbers; the name has no dialect suffix.</summary>
    internal static IReadOnlyList<(string Name, string Sql)> Scripts(DatabaseKind kind)
    {
        var suffix = $".{SqlFiles.Suffix(kind)}.sql";
        return typeof(Migrator)
            .Assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith("Platform/Migrations/", StringComparison.Ordinal) && n.EndsWith(suffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(n => (n["Platform/Migrations/".Length..^suffix.Length], SqlFiles.Read(n)!))
            .ToList();
    }

    private static async Task ExecuteAsync(DbConnection connection, DbTransaction? transaction, string sql, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync(ct);
    }
}
