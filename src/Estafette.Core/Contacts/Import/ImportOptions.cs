using System.ComponentModel.DataAnnotations;

namespace Estafette.Core.Contacts.Import;

/// <summary>How contact files are read and stored.</summary>
public sealed record ImportOptions
{
    public const string Section = "Import";

    /// <summary>Imports that run at the same time.</summary>
    /// <remarks>1 to 16; default 2. Further imports wait.</remarks>
    [Range(1, 16)]
    public int AtOnce { get; init; } = 2;

    /// <summary>Rows stored in one transaction.</summary>
    /// <remarks>100 to 50000; default 25000; a fifth of it while the rest of the program writes much. Larger is faster on a big SQLite database and makes other writers wait longer.</remarks>
    [Range(100, 50_000)]
    public int BatchRows { get; init; } = 25_000;

    /// <summary>Largest file that may be uploaded, in bytes.</summary>
    /// <remarks>1 MB to 1 TB; default 2 GB. A larger upload is refused as soon as the limit is passed and its part is removed.</remarks>
    [Range(1_000_000, 1_000_000_000_000)]
    public long MaxUploadBytes { get; init; } = 2_000_000_000;

    /// <summary>How long an uploaded file waits for its columns to be chosen before it is removed, in hours.</summary>
    /// <remarks>1 to 720; default 24.</remarks>
    [Range(1, 720)]
    public int DraftHours { get; init; } = 24;

    /// <summary>How long the uploaded file of an import that failed is kept to be resumed, in days; what was stored of it stays.</summary>
    /// <remarks>1 to 90; default 7.</remarks>
    [Range(1, 90)]
    public int FailedDays { get; init; } = 7;

    /// <summary>Folder of the server whose files pages offer for import, so that a large file need not go through a browser.</summary>
    /// <remarks>Default none: nothing is offered. Each customer sees the files directly inside the subfolder named by the customer's number, such as 1; links are left out.</remarks>
    public string? Folder { get; init; }
}
