using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Suppression.Import;

/// <summary>How far a file of addresses is. Values are stored: never renumber.</summary>
public enum SuppressionImportStatus : short
{
    Waiting = 0,
    Running = 1,
    Finished = 2,
    Failed = 3,
}

/// <summary>A file of addresses that get nothing more (table "suppression_imports").</summary>
public sealed class SuppressionImport : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>Its name for the user.</summary>
    public required string FileName { get; init; }

    /// <summary>Where it lies in the data directory until it is read.</summary>
    public required string FilePath { get; init; }

    /// <summary>The process that can read it.</summary>
    public required string Owner { get; init; }

    /// <summary>It was made from a spreadsheet.</summary>
    public required bool IsSheet { get; init; }
    public required SuppressionReason Reason { get; init; }

    /// <summary>Where the addresses come from, kept as evidence with each of them.</summary>
    public string? Note { get; init; }
    public SuppressionImportStatus Status { get; internal set; }
    public long RowsRead { get; internal set; }

    /// <summary>Addresses that are new on the list.</summary>
    public long Added { get; internal set; }

    /// <summary>Addresses that stood on it already.</summary>
    public long Known { get; internal set; }
    public long Rejected { get; internal set; }

    /// <summary>Where the next row begins.</summary>
    public long BytesDone { get; internal set; }
    public long LinesDone { get; internal set; }
    public long BytesTotal { get; init; }

    /// <summary>Why it stopped: an <see cref="ImportReason"/> as JSON.</summary>
    public string? Error { get; internal set; }
    public string? CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; internal set; }

    public bool IsLive => Status is SuppressionImportStatus.Waiting or SuppressionImportStatus.Running;

    /// <summary>From 0 to 1.</summary>
    public double Share => BytesTotal > 0 ? Math.Min(1, (double)BytesDone / BytesTotal) : 0;
}

/// <summary>A row without a usable address.</summary>
public sealed class SuppressionReject
{
    public required long ImportId { get; init; }
    public required long Line { get; init; }

    /// <summary>An <see cref="ImportReason"/> as JSON.</summary>
    public required string Reason { get; init; }

    /// <summary>The beginning of the row as it stands in the file.</summary>
    public required string Raw { get; init; }
}

internal sealed class SuppressionImportConfiguration
    : IEntityTypeConfiguration<SuppressionImport>,
        IEntityTypeConfiguration<SuppressionReject>
{
    public void Configure(EntityTypeBuilder<SuppressionImport> builder)
    {
        builder.ToTable("suppression_imports").HasKey(i => i.Id);
        builder.Property(i => i.Id).ValueGeneratedOnAdd();
        builder.Ignore(i => i.IsLive);
        builder.Ignore(i => i.Share);
    }

    public void Configure(EntityTypeBuilder<SuppressionReject> builder) =>
        builder.ToTable("suppression_rejects").HasKey(r => new { r.ImportId, r.Line });
}
