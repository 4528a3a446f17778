using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Import;

/// <summary>Where an import stands, as screens and the command line show it.</summary>
public sealed record ImportProgress(
    ImportId Id,
    string FileName,
    ListId? List,
    ImportStatus Status,
    bool Cancelling,
    long BytesTotal,
    long BytesDone,
    ImportCounts Counts,
    TimeSpan Duration,
    bool HasReport,
    ImportReason? Error,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt
)
{
    /// <summary>A pause is asked for and the batch in hand is not stored yet.</summary>
    public bool Pausing { get; init; }

    /// <summary>What the undo removed so far.</summary>
    public long UndoneContacts { get; init; }
    public long UndoneSubscriptions { get; init; }

    /// <summary>Contacts that the import added and the undo left, because something else had come of them.</summary>
    public long KeptContacts => Math.Max(0, Counts.Added - UndoneContacts);

    /// <summary>Whether nothing more will happen to it by itself.</summary>
    public bool IsOver => ContactImport.Ends(Status);

    /// <summary>Share of the file that is stored, 0 to 1.</summary>
    public double Share => Status == ImportStatus.Finished || BytesTotal == 0 ? 1 : Math.Min(1, (double)BytesDone / BytesTotal);

    /// <summary>Rows per second of running time.</summary>
    public double RowsPerSecond => Duration > TimeSpan.Zero ? Counts.Read / Duration.TotalSeconds : 0;

    /// <summary>Time the rest will take at the speed so far; null before the first batch and after the end.</summary>
    public TimeSpan? Remaining =>
        Status == ImportStatus.Running && BytesDone > 0 && Duration > TimeSpan.Zero
            ? Duration * ((double)(BytesTotal - BytesDone) / BytesDone)
            : null;

    /// <summary>Null when the customer has no such import.</summary>
    public static async Task<ImportProgress?> GetAsync(CustomerId customer, ImportId id, EstafetteDb db, CancellationToken ct) =>
        await db.Of<ContactImport>(customer).AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, ct) is { } import ? Of(import) : null;

    /// <summary>The latest imports of a customer, newest first.</summary>
    public static async Task<IReadOnlyList<ImportProgress>> ListAsync(CustomerId customer, int count, EstafetteDb db, CancellationToken ct)
    {
        var imports = await db.Of<ContactImport>(customer).AsNoTracking().OrderByDescending(i => i.Id).Take(count).ToListAsync(ct);
        return imports.ConvertAll(Of);
    }

    /// <summary>The report of rejected and incomplete rows; null when there is none.</summary>
    public static async Task<StoredReport?> ReportAsync(
        CustomerId customer,
        ImportId id,
        EstafetteDb db,
        ImportFiles files,
        CancellationToken ct
    )
    {
        var bytes = await db.Of<ContactImport>(customer).Where(i => i.Id == id).Select(i => i.RejectsBytes).SingleOrDefaultAsync(ct);
        return bytes > 0 && File.Exists(files.ReportPath(id)) ? new StoredReport(files.ReportPath(id), bytes) : null;
    }

    /// <summary>Where a stored import stands.</summary>
    public static ImportProgress Of(ContactImport i) =>
        new(
            i.Id,
            i.FileName,
            i.ListId,
            i.Status,
            i.CancelRequested && !i.IsOver,
            i.BytesTotal,
            i.BytesDone,
            new ImportCounts(
                i.RowsRead,
                i.RowsAdded,
                i.RowsUpdated,
                i.RowsSkipped,
                i.RowsDuplicate,
                i.RowsSuppressed,
                i.RowsRejected,
                i.RowsNoted
            ),
            TimeSpan.FromMilliseconds(i.DurationMs),
            i.RejectsBytes > 0,
            i.Error,
            i.CreatedAt,
            i.FinishedAt
        )
        {
            Pausing = i.PauseRequested && i.Status == ImportStatus.Running,
            UndoneContacts = i.UndoneContacts,
            UndoneSubscriptions = i.UndoneSubscriptions,
        };
}

/// <summary>
/// What became of the rows: read = added + updated + skipped + duplicate + rejected; suppressed and noted are among the others. Skipped are
/// the known contacts that stayed as they are, because the policy says so or the file says nothing new about them.
/// </summary>
public sealed record ImportCounts(
    long Read,
    long Added,
    long Updated,
    long Skipped,
    long Duplicate,
    long Suppressed,
    long Rejected,
    long Noted
);
