using System.Formats.Tar;
using System.IO.Compression;
using Microsoft.Data.Sqlite;

namespace Estafette.Core.Platform;

/// <summary>What was restored.</summary>
/// <param name="Manifest">The backup.</param>
/// <param name="PausedCampaigns">Campaigns that were running, paused so that nobody gets a message twice before somebody looked.</param>
/// <param name="PostgresDump">The dump that pg_restore must load, for a backup of a PostgreSQL database.</param>
public sealed record RestoredBackup(BackupManifest Manifest, int PausedCampaigns, string? PostgresDump);

/// <summary>
/// Restores a backup into an empty data directory. Everything is written to a folder inside it and checked against the manifest; only then
/// it takes its place, so a damaged backup leaves nothing behind.
/// </summary>
public static class RestoreBackup
{
    private const string Staging = ".restoring";

    /// <exception cref="BackupException">The directory is not empty, or the backup is damaged.</exception>
    public static async Task<RestoredBackup> RunAsync(string file, string directory, CancellationToken ct)
    {
        if (!File.Exists(file))
            throw new BackupException($"There is no backup '{file}', or it may not be read.");
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any(e => Path.GetFileName(e) != Staging))
            throw new BackupException(
                $"The data directory '{directory}' is not empty. Restore into a new one, or move this one away first."
            );
        var staging = Path.Combine(directory, Staging);
        if (Directory.Exists(staging))
            Directory.Delete(staging, recursive: true);
        Directory.CreateDirectory(staging);
        try
        {
            var manifest = await ExtractAsync(file, staging, ct);
            var paused = manifest.Database == nameof(DatabaseKind.Sqlite) ? await CheckSqliteAsync(staging, ct) : 0;
            await File.WriteAllTextAsync(Path.Combine(staging, AfterRestore.Mark), Path.GetFileName(file), ct);
            foreach (var entry in Directory.EnumerateFileSystemEntries(staging).ToList())
                Directory.Move(entry, Path.Combine(directory, Path.GetFileName(entry)));
            var dump = Path.Combine(directory, BackupManifest.PostgresEntry);
            return new RestoredBackup(manifest, paused, File.Exists(dump) ? dump : null);
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException or SqliteException or FormatException)
        {
            throw new BackupException($"The backup '{file}' is damaged and nothing was restored: {broken.Message}");
        }
        finally
        {
            Directory.Delete(staging, recursive: true);
        }
    }

    private static async Task<BackupManifest> ExtractAsync(string file, string staging, CancellationToken ct)
    {
        var found = new Dictionary<string, BackupFile>(StringComparer.Ordinal);
        BackupManifest? manifest = null;
        await using var source = File.OpenRead(file);
        await using var zip = new GZipStream(source, CompressionMode.Decompress);
        await using var tar = new TarReader(zip);
        while (await tar.GetNextEntryAsync(copyData: false, ct) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                throw new InvalidDataException($"it holds '{entry.Name}', which is no file.");
            await using var content = entry.DataStream ?? Stream.Null;
            if (entry.Name == BackupManifest.EntryName)
                manifest = BackupManifest.FromJson(content);
            else if (!found.TryAdd(entry.Name, await WriteAsync(entry.Name, content, entry.Length, staging, ct)))
                throw new InvalidDataException($"it holds '{entry.Name}' twice.");
        }
        if (manifest is null)
            throw new InvalidDataException("it ends before its manifest.");
        foreach (var expected in manifest.Files)
            if (!found.Remove(expected.Path, out var got) || got != expected)
                throw new InvalidDataException($"'{expected.Path}' is not what the manifest says.");
        return found.Count == 0 ? manifest : throw new InvalidDataException($"'{found.Keys.First()}' is not in the manifest.");
    }

    private static async Task<BackupFile> WriteAsync(string name, Stream content, long length, string staging, CancellationToken ct)
    {
        var target = Path.GetFullPath(name, staging);
        if (!target.StartsWith(staging + Path.DirectorySeparatorChar, StringComparison.Ordinal) || name.Contains('\\'))
            throw new InvalidDataException($"it holds a file outside of it, '{name}'.");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var part = new HashedPart(content, length);
        await using var file = new FileStream(target, options);
        await part.CopyToAsync(file, ct);
        file.Flush(flushToDisk: true);
        return new BackupFile(name, length, part.Sha256());
    }

    private static async Task<int> CheckSqliteAsync(string staging, CancellationToken ct)
    {
        var database = new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(staging, BackupManifest.SqliteEntry),
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
        };
        await using var connection = new SqliteConnection(database.ConnectionString);
        await connection.OpenAsync(ct);
        await using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA quick_check(1)";
        if (await check.ExecuteScalarAsync(ct) is not "ok" and var said)
            throw new InvalidDataException($"its database is not whole ({said}).");
        await using var pause = connection.CreateCommand();
        // Running becomes Paused.
        pause.CommandText = "UPDATE campaigns SET status = 3, control_version = control_version + 1 WHERE status = 2";
        return await pause.ExecuteNonQueryAsync(ct);
    }
}
