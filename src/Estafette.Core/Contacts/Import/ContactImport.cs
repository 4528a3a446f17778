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
    public required string FilePath { get; init; }

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
    public long BytesTotal { get; init; }

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
    public bool IsOver => Status is ImportStatus.Finished or ImportStatus.Cancelled or ImportStatus.Failed;
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
