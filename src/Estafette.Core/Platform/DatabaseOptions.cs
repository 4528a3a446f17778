using System.ComponentModel.DataAnnotations;

namespace Estafette.Core.Platform;

/// <summary>The two databases Estafette runs on.</summary>
public enum DatabaseKind
{
    /// <summary>Embedded, one machine, nothing to install.</summary>
    Sqlite = 0,

    /// <summary>PostgreSQL 15 or later.</summary>
    PostgreSql = 1,
}

/// <summary>Where the data is kept.</summary>
public sealed record DatabaseOptions
{
    public const string Section = "Database";

    /// <summary>Sqlite or PostgreSql.</summary>
    /// <remarks>Default Sqlite: the file estafette.db in the data directory.</remarks>
    public DatabaseKind Kind { get; init; } = DatabaseKind.Sqlite;

    /// <summary>Connection string of the PostgreSQL database; ignored on Sqlite.</summary>
    /// <remarks>Example: Host=127.0.0.1;Database=estafette;Username=estafette;Password=…</remarks>
    public string? ConnectionString { get; init; }

    /// <summary>PostgreSQL connections used for queue and ledger writes at the same time.</summary>
    /// <remarks>1 to 64; default 6.</remarks>
    [Range(1, 64)]
    public int WriteConnections { get; init; } = 6;
}

/// <summary>The directory that holds everything Estafette keeps outside a PostgreSQL database.</summary>
public sealed record DataOptions
{
    public const string Section = "Data";

    /// <summary>The data directory: database file, journal, keys, uploads.</summary>
    /// <remarks>Default ./data. Created when missing; locked by the running process.</remarks>
    [Required]
    public string Directory { get; init; } = "./data";

    internal string FullPath => Path.GetFullPath(Directory);

    internal string File(params string[] parts) => Path.Combine([FullPath, .. parts]);
}
