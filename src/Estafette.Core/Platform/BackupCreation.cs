using System.Formats.Tar;
using System.IO.Compression;

namespace Estafette.Core.Platform;

/// <summary>What a backup is made of, and where it goes.</summary>
public sealed record CreateBackupRequest(string File, bool Overwrite);

/// <summary>
/// Makes a backup while the server runs.
/// <para>Order: the journals are opened, the database snapshot is taken, then the journals are read as they are after it. So the journals say
/// everything that happened until the snapshot and something more; recovery after a restore steps over what the database knows already. Open
/// files outlive their removal, so a segment that the engine drops meanwhile is still read.</para>
/// <para>The file appears under its name only when it is complete; it can be read by its owner only, since it holds the key ring.</para>
/// </summary>
public static class CreateBackup
{
    private static readonly string[] Folders = ["keys", "certificates", "journal", "uploads", "imports"];
    private static readonly TimeSpan LookForSegments = TimeSpan.FromMilliseconds(200);

    /// <exception cref="BackupException">The file exists, or the database could not be read.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task<BackupManifest> RunAsync(
        CreateBackupRequest request,
        Store store,
        DataOptions data,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (File.Exists(request.File) && !request.Overwrite)
            throw new BackupException($"'{request.File}' exists already; choose another name or overwrite it with --force.");
        if (Path.GetDirectoryName(request.File) is { } folder && !Directory.Exists(folder))
            throw new BackupException($"There is no directory '{folder}'.");
        var snapshot = request.File + ".database";
        var partial = request.File + ".partial";
        File.Delete(snapshot);
        using var open = new OpenFiles(data.FullPath);
        try
        {
            await SnapshotAsync(store, snapshot, open, ct);
            var manifest = await WriteAsync(partial, snapshot, store.Kind, open, clock, ct);
            File.Move(partial, request.File, overwrite: true);
            return manifest;
        }
        finally
        {
            File.Delete(snapshot);
            File.Delete(partial);
        }
    }

    private static async Task SnapshotAsync(Store store, string snapshot, OpenFiles open, CancellationToken ct)
    {
        open.Look();
        var taking = BackupDatabase.RunAsync(store, snapshot, ct);
        while (await Task.WhenAny(taking, Task.Delay(LookForSegments, ct)) != taking)
            open.Look();
        await taking;
        open.Look();
    }

    private static async Task<BackupManifest> WriteAsync(
        string partial,
        string snapshot,
        DatabaseKind kind,
        OpenFiles open,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(partial, options);
        var files = new List<BackupFile>();
        await using (var zip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(zip, TarEntryFormat.Pax))
        {
            await using (var database = File.OpenRead(snapshot))
                files.Add(
                    await AddAsync(
                        tar,
                        kind == DatabaseKind.Sqlite ? BackupManifest.SqliteEntry : BackupManifest.PostgresEntry,
                        database,
                        clock,
                        ct
                    )
                );
            foreach (var (path, source) in open.All)
                files.Add(await AddAsync(tar, path, source, clock, ct));
            var manifest = new BackupManifest
            {
                CreatedAt = clock.GetUtcNow(),
                Database = kind.ToString(),
                Schema = Migrator.Names(kind)[^1],
                Files = files,
            };
            await using var json = new MemoryStream(manifest.ToJson());
            await AddAsync(tar, BackupManifest.EntryName, json, clock, ct);
            await tar.DisposeAsync();
            await zip.DisposeAsync();
            file.Flush(flushToDisk: true);
            return manifest;
        }
    }

    private static async Task<BackupFile> AddAsync(TarWriter tar, string path, Stream source, TimeProvider clock, CancellationToken ct)
    {
        await using var part = new HashedPart(source, source.Length);
        var entry = new PaxTarEntry(TarEntryType.RegularFile, path)
        {
            DataStream = part,
            ModificationTime = clock.GetUtcNow(),
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await tar.WriteEntryAsync(entry, ct);
        return new BackupFile(path, part.Length, part.Sha256());
    }

    /// <summary>The files of the data directory besides the database, held open from the moment they were seen.</summary>
    private sealed class OpenFiles(string directory) : IDisposable
    {
        private readonly SortedDictionary<string, FileStream> _files = new(StringComparer.Ordinal);

        public IEnumerable<(string Path, FileStream Source)> All => _files.Select(f => (f.Key, f.Value));

        public void Look()
        {
            foreach (var folder in Folders.Select(f => Path.Combine(directory, f)).Where(Directory.Exists))
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
                Open(file);
        }

        public void Dispose()
        {
            foreach (var file in _files.Values)
                file.Dispose();
        }

        private void Open(string file)
        {
            var path = Path.GetRelativePath(directory, file).Replace(Path.DirectorySeparatorChar, '/');
            if (_files.ContainsKey(path))
                return;
            try
            {
                _files[path] = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (FileNotFoundException)
            {
                // Removed between the look and the opening: it held nothing any more.
            }
        }
    }
}
