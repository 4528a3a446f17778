using System.ComponentModel;
using System.Diagnostics;
using Npgsql;

namespace Estafette.Core.Platform;

/// <summary>A snapshot of the database in one file, of one moment, while others write.</summary>
internal static class BackupDatabase
{
    /// <summary>Writes the snapshot; the file must not exist.</summary>
    /// <exception cref="BackupException">pg_dump is missing or failed.</exception>
    public static Task RunAsync(Store store, string file, CancellationToken ct) =>
        store.Kind == DatabaseKind.Sqlite ? SqliteAsync(store, file, ct) : PostgresAsync(store, file, ct);

    // VACUUM INTO reads one snapshot of the WAL; writers go on.
    private static async Task SqliteAsync(Store store, string file, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "VACUUM INTO @file";
        command.CommandTimeout = 0;
        command.Set("@file", file);
        await Task.Run(command.ExecuteNonQuery, ct);
    }

    private static async Task PostgresAsync(Store store, string file, CancellationToken ct)
    {
        var server = new NpgsqlConnectionStringBuilder(store.ConnectionString);
        var start = new ProcessStartInfo("pg_dump", ["--format=custom", $"--file={file}", "--no-password"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        // By environment: the command line of a process can be read by others.
        Set("PGHOST", server.Host);
        Set("PGPORT", $"{server.Port}");
        Set("PGUSER", server.Username);
        Set("PGPASSWORD", server.Password);
        Set("PGDATABASE", server.Database);
        void Set(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                start.Environment[name] = value;
        }
        try
        {
            using var dump = Process.Start(start)!;
            var said = dump.StandardError.ReadToEndAsync(ct);
            try
            {
                await dump.WaitForExitAsync(ct);
            }
            catch (OperationCanceledException)
            {
                dump.Kill();
                throw;
            }
            if (dump.ExitCode != 0)
                throw new BackupException($"pg_dump failed: {(await said).Trim()}");
        }
        catch (Win32Exception)
        {
            throw new BackupException(
                "Backing up a PostgreSQL database needs pg_dump, which is not installed here. Install postgresql-client, or back the database up with pg_dump elsewhere and the data directory by copying it."
            );
        }
    }
}

/// <summary>A backup could not be made or restored; the message says why and what to do.</summary>
public sealed class BackupException(string message) : Exception(message);
