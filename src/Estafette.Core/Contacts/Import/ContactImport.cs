using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Contacts.Import;

/// <summary>The life of an import.</summary>
public enum ImportStatus : short
{
    /// <summary>The file is here; columns and list are still to be chosen.</summary>
    Draft = 0,

    /// <summary>Ready; a runner will take it.</summary>
    Waiting = 1,

    /// <summary>A runner reads the file; after a crash it continues where the last stored batch ended.</summary>
    Running = 2,

    /// <summary>The whole file was read.</summary>
    Finished = 3,

    /// <summary>Stopped on demand; what was stored until then stays.</summary>
    Cancelled = 4,

    /// <summary>The file could not be read to its end; <see cref="ContactImport.Error"/> says where and why. What stood before is stored.</summary>
    Failed = 5,

    /// <summary>Stopped for a while; resumed, it continues after the last stored batch.</summary>
    Paused = 6,

    /// <summary>What it added is being removed.</summary>
    Undoing = 7,

    /// <summary>What it added is removed, as far as nothing else had come of it.</summary>
    Undone = 8,
}

/// <summary>What an import does with a contact that exists already. Its subscription to the list is added in every case.</summary>
public enum KnownContacts : short
{
    /// <summary>The contact stays as it is; inside the file the first row of an address wins.</summary>
    Skip = 0,

    /// <summary>Fields given in the file replace, the others stay, attributes are merged by name.</summary>
    Update = 1,

    /// <summary>Names, phone, language and attributes become those of the file, also where the file has none.</summary>
    Overwrite = 2,
}

/// <summary>
/// One file of contacts on its way in (table "imports"). Provenance, legal basis and wording are the proof of consent of the
/// subscriptions that carry its id.
/// </summary>
public sealed class ContactImport : ICustomerOwned
{
    public ImportId Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public ListId? ListId { get; set; }

    /// <summary>The name the file had where it came from.</summary>
    public required string FileName { get; init; }
    public required string FilePath { get; set; }

    /// <summary>The workbook that <see cref="FilePath"/> was made from; null: the file is no spreadsheet.</summary>
    public string? SourcePath { get; set; }

    /// <summary>The sheet of the workbook.</summary>
    public string? Sheet { get; set; }

    /// <summary>The file was uploaded: it is removed when the import ends.</summary>
    public bool OwnsFile { get; init; }

    /// <summary>The data directory whose process can read the file; only that process runs the import.</summary>
    public required string Owner { get; init; }

    /// <summary>An <see cref="ImportFormat"/> as JSON.</summary>
    public required string Format { get; set; }

    /// <summary>An <see cref="ImportMapping"/> as JSON.</summary>
    public required string Mapping { get; set; }
    public KnownContacts KnownContacts { get; set; } = KnownContacts.Update;
    public SubscriptionStatus SubscriptionStatus { get; set; } = SubscriptionStatus.Unconfirmed;

    /// <summary>ISO 3166 alpha-2 country of phone numbers without prefix.</summary>
    public required string DefaultCountry { get; set; }

    /// <summary>Where the addresses come from.</summary>
    public string? Provenance { get; set; }

    /// <summary>Why they may be written to: consent, existing customers, professionals.</summary>
    public string? LegalBasis { get; set; }

    /// <summary>The wording the persons agreed to.</summary>
    public string? Wording { get; set; }

    /// <summary>The importer declares that everybody in the file agreed to individual measurement of opens and clicks.</summary>
    public bool DeclaresTrackingConsent { get; set; }
    public ImportStatus Status { get; set; }
    public bool CancelRequested { get; set; }
    public bool PauseRequested { get; set; }

    /// <summary>Whether a dry run is wanted, under way or done.</summary>
    public CheckStatus CheckStatus { get; set; }

    /// <summary>What the dry run found, an <see cref="ImportCheck"/> as JSON.</summary>
    public string? CheckResult { get; set; }

    /// <summary>Digest of the names of the columns: files of the same shape get the mapping of the last one.</summary>
    public string? HeaderHash { get; set; }
    public long UndoneContacts { get; private set; }
    public long UndoneSubscriptions { get; private set; }
    public long BytesTotal { get; set; }

    /// <summary>The byte of the file after the last row that is stored: where a restart continues.</summary>
    public long BytesDone { get; private set; }

    /// <summary>Line ends before <see cref="BytesDone"/>.</summary>
    public long LinesDone { get; private set; }
    public long RowsRead { get; private set; }
    public long RowsAdded { get; private set; }
    public long RowsUpdated { get; private set; }

    /// <summary>Rows of contacts that existed and were left as they are.</summary>
    public long RowsSkipped { get; private set; }

    /// <summary>Rows whose address stood in the same file before.</summary>
    public long RowsDuplicate { get; private set; }

    /// <summary>Rows whose address is suppressed; they are stored, but nothing is sent to them.</summary>
    public long RowsSuppressed { get; private set; }
    public long RowsRejected { get; private set; }

    /// <summary>Rows that went in without one of their fields, which was not usable; the report says which.</summary>
    public long RowsNoted { get; private set; }

    /// <summary>Valid length of the report file; anything behind it was written by a run that did not get to store its batch.</summary>
    public long RejectsBytes { get; private set; }
    public ImportReason? Error { get; set; }
    public string? CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>Time spent running, over all restarts.</summary>
    public long DurationMs { get; private set; }

    /// <summary>Whether nothing more will happen to it.</summary>
    public bool IsOver => Ends(Status);

    internal static bool Ends(ImportStatus status) =>
        status is ImportStatus.Finished or ImportStatus.Cancelled or ImportStatus.Failed or ImportStatus.Undone;

    /// <summary>Another sheet of the workbook takes the place of the first.</summary>
    internal void Take(string file, string source, string sheet, long bytes)
    {
        (FilePath, SourcePath, Sheet, BytesTotal) = (file, source, sheet, bytes);
        (Format, Mapping) = (new ImportFormat().ToJson(), new ImportMapping().ToJson());
        (CheckStatus, CheckResult) = (CheckStatus.None, null);
    }

    /// <summary>Removes the file and the workbook it came from, when they were uploaded.</summary>
    internal void DeleteFiles()
    {
        if (!OwnsFile)
            return;
        File.Delete(FilePath);
        if (SourcePath is not null)
            File.Delete(SourcePath);
    }
}

internal sealed class ContactImportConfiguration : IEntityTypeConfiguration<ContactImport>
{
    public void Configure(EntityTypeBuilder<ContactImport> builder)
    {
        builder.ToTable("imports").HasKey(i => i.Id);
        builder.Property(i => i.Id).ValueGeneratedOnAdd();
        builder.Property(i => i.Error).HasConversion(reason => reason!.ToJson(), json => ImportReason.FromJson(json));
        builder.Ignore(i => i.IsOver);
    }
}
