using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Contacts.Segments;

/// <summary>How far the index on an attribute is.</summary>
public enum AttributeIndexStatus : short
{
    Waiting = 0,
    Ready = 1,
    Failed = 2,

    /// <summary>To be dropped.</summary>
    Leaving = 3,
}

/// <summary>An attribute the customer chose to have indexed (table "indexed_attributes").</summary>
public sealed class IndexedAttribute : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; init; }
    public required AttributeKind Kind { get; init; }
    public AttributeIndexStatus Status { get; set; }
    public string? Error { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class IndexedAttributeConfiguration : IEntityTypeConfiguration<IndexedAttribute>
{
    public void Configure(EntityTypeBuilder<IndexedAttribute> builder)
    {
        builder.ToTable("indexed_attributes").HasKey(a => a.Id);
        builder.Property(a => a.Id).ValueGeneratedOnAdd();
    }
}
