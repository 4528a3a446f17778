using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Suppression;

/// <summary>Why an address gets nothing more.</summary>
public enum SuppressionReason : short
{
    OptOut = 1,
    HardBounce = 2,
    RepeatedSoftBounce = 3,
    Complaint = 4,
    Manual = 5,
}

/// <summary>The way a suppression reached us (origins of the campaign API, plus manual and import).</summary>
public enum SuppressionOrigin : short
{
    Mail = 1,
    Web = 2,
    FeedbackLoop = 3,
    Bounce = 4,
    Abuse = 5,
    Api = 6,
    Manual = 7,
    Import = 8,
}

/// <summary>"Never send here again" for one address and channel of a customer (table "suppressions").</summary>
public sealed class SuppressedAddress : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required Channel Channel { get; init; }

    /// <summary>The address key: folded local part, A-label domain; E.164 for phones.</summary>
    public required string AddressKey { get; init; }
    public required SuppressionReason Reason { get; init; }
    public required SuppressionOrigin Origin { get; init; }

    /// <summary>What proves it: the far end's words, the one-click request, a note.</summary>
    public string? Evidence { get; init; }
    public DeliveryId? DeliveryId { get; init; }
    public CampaignId? CampaignId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SuppressedAddressConfiguration : IEntityTypeConfiguration<SuppressedAddress>
{
    public void Configure(EntityTypeBuilder<SuppressedAddress> builder)
    {
        builder.ToTable("suppressions").HasKey(s => s.Id);
        builder.Property(s => s.Id).ValueGeneratedOnAdd();
    }
}
