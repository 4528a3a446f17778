using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Tracking.Unsubscribe;

/// <summary>A reason for leaving that the customer proposes (table "unsubscribe_reasons").</summary>
public sealed class UnsubscribeReason : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>Place in the list, from 0.</summary>
    public required int Position { get; set; }
    public required string French { get; set; }
    public required string English { get; set; }

    /// <summary>False: no longer proposed, but counted where it was given.</summary>
    public bool Active { get; set; } = true;

    /// <summary>The reason in "fr" or "en".</summary>
    public string In(string language) => language == "en" ? English : French;
}

/// <summary>Why somebody left after a message (table "unsubscribe_answers"); the last answer stays.</summary>
public sealed class UnsubscribeAnswer : ICustomerOwned
{
    public required DeliveryId DeliveryId { get; init; }
    public required CustomerId CustomerId { get; init; }
    public CampaignId? CampaignId { get; init; }
    public long? ReasonId { get; set; }

    /// <summary>In the person's own words.</summary>
    public string? Comment { get; set; }
    public required DateTimeOffset At { get; set; }
}

internal sealed class UnsubscribeReasonConfiguration
    : IEntityTypeConfiguration<UnsubscribeReason>,
        IEntityTypeConfiguration<UnsubscribeAnswer>
{
    public void Configure(EntityTypeBuilder<UnsubscribeReason> builder)
    {
        builder.ToTable("unsubscribe_reasons").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<UnsubscribeAnswer> builder) => builder.ToTable("unsubscribe_answers").HasKey(a => a.DeliveryId);
}
