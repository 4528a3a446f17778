using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Contacts.Segments;

/// <summary>A set of contacts defined by a filter.</summary>
public sealed class Segment : ICustomerOwned
{
    public SegmentId Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; set; }
    public string? Description { get; set; }

    /// <summary>A <see cref="SegmentDefinition"/> as JSON.</summary>
    public required string Definition { get; set; }

    /// <summary>Contacts at the last full count, and when that was.</summary>
    public long? LastCount { get; set; }
    public DateTimeOffset? CountedAt { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

internal sealed class SegmentConfiguration : IEntityTypeConfiguration<Segment>
{
    public void Configure(EntityTypeBuilder<Segment> builder)
    {
        builder.ToTable("segments").HasKey(s => s.Id);
        builder.Property(s => s.Id).ValueGeneratedOnAdd();
    }
}
