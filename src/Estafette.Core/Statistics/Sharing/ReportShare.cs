using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Statistics;

/// <summary>A link under which anybody may read the report of a campaign until it expires or is revoked.</summary>
public sealed class ReportShare : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required CampaignId CampaignId { get; init; }

    /// <summary>SHA-256 of the token, in hexadecimal; the token itself is told once.</summary>
    public required string TokenHash { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; internal set; }
    public long Views { get; private set; }
    public DateTimeOffset? LastViewAt { get; private set; }

    /// <summary>Whether the link still opens the report.</summary>
    public bool IsOpenAt(DateTimeOffset now) => RevokedAt is null && ExpiresAt > now;
}

internal sealed class ReportShareConfiguration : IEntityTypeConfiguration<ReportShare>
{
    public void Configure(EntityTypeBuilder<ReportShare> builder)
    {
        builder.ToTable("report_shares").HasKey(s => s.Id);
        builder.Property(s => s.Id).ValueGeneratedOnAdd();
    }
}
