using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Platform.Rollups;

/// <summary>One counter of a campaign in one hour.</summary>
public sealed class RollupRow : ICustomerOwned
{
    public CampaignId CampaignId { get; private set; }
    public Metric Metric { get; private set; }

    /// <summary>Hours since 1970-01-01 UTC.</summary>
    public long Hour { get; private set; }
    public long Dimension { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public long Count { get; private set; }
}

internal sealed class RollupRowConfiguration : IEntityTypeConfiguration<RollupRow>
{
    public void Configure(EntityTypeBuilder<RollupRow> builder) =>
        builder
            .ToTable("rollups")
            .HasKey(r => new
            {
                r.CampaignId,
                r.Metric,
                r.Hour,
                r.Dimension,
            });
}
