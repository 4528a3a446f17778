using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Deliverability.Dmarc;

/// <summary>What a receiver reported of a domain for a span of time, usually a day (RFC 7489 §7.2).</summary>
public sealed class DmarcReport : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>Domain whose policy the receiver applied; A-labels, lower case.</summary>
    public required string Domain { get; init; }

    /// <summary>Who reports.</summary>
    public required string Organization { get; init; }

    /// <summary>Number of the report; one organisation gives it once.</summary>
    public required string ReportId { get; init; }
    public required DateTimeOffset BeginAt { get; init; }
    public required DateTimeOffset EndAt { get; init; }

    /// <summary>none, quarantine or reject; null when the report does not say.</summary>
    public string? Policy { get; init; }

    /// <summary>Messages of all rows.</summary>
    public required long Messages { get; init; }
    public required DateTimeOffset ImportedAt { get; init; }
}

/// <summary>What was done with messages.</summary>
public enum DmarcDisposition : short
{
    None = 0,
    Quarantine = 1,
    Reject = 2,
}

/// <summary>Messages of one address that fared alike.</summary>
public sealed class DmarcRow : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required long DmarcReportId { get; init; }

    /// <summary>Address that sent them; "?" when the report has none that can be read.</summary>
    public required string Source { get; init; }
    public required string HeaderFrom { get; init; }
    public required long Count { get; init; }
    public required DmarcDisposition Disposition { get; init; }
    public required bool DkimAligned { get; init; }
    public required bool SpfAligned { get; init; }
}

internal sealed class DmarcConfiguration : IEntityTypeConfiguration<DmarcReport>, IEntityTypeConfiguration<DmarcRow>
{
    public void Configure(EntityTypeBuilder<DmarcReport> builder)
    {
        builder.ToTable("dmarc_reports").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<DmarcRow> builder)
    {
        builder.ToTable("dmarc_rows").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedOnAdd();
    }
}
