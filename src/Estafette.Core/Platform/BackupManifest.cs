using System.Text.Json;

namespace Estafette.Core.Platform;

/// <summary>
/// The last entry of a backup: what must be in it. A backup is a gzipped tar of the data directory: a snapshot of the database
/// (<c>estafette.db</c>, or <c>database.pgdump</c> for PostgreSQL), the key ring, the journals, uploads and imports, each with its SHA-256 here.
/// </summary>
public sealed record BackupManifest
{
    internal const string EntryName = "manifest.json";
    internal const string SqliteEntry = "estafette.db";
    internal const string PostgresEntry = "database.pgdump";

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Layout of backups; rises when an older program could not read one.</summary>
    public int Version { get; init; } = 1;
    public required DateTimeOffset CreatedAt { get; init; }
    public required string Database { get; init; }

    /// <summary>Last schema script of the database.</summary>
    public required string Schema { get; init; }
    public required IReadOnlyList<BackupFile> Files { get; init; }

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Format);

    /// <exception cref="InvalidDataException">Not the manifest of a backup this version reads.</exception>
    internal static BackupManifest FromJson(Stream json)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<BackupManifest>(json, Format);
            return manifest?.Version == 1
                ? manifest
                : throw new InvalidDataException($"The backup has layout {manifest?.Version}, which this version does not read.");
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"The manifest of the backup cannot be read: {broken.Message}", broken);
        }
    }
}

/// <summary>One file of a backup; the path is relative, with slashes.</summary>
public sealed record BackupFile(string Path, long Bytes, string Sha256);
