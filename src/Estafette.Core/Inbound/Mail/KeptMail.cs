using Estafette.Core.Platform;
using Estafette.Protocols.Bounces;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Inbound.Mail;

/// <summary>A message that came back, as it is kept (table "inbound_messages"), without its source; of customer 0 when it is about nobody of ours.</summary>
public sealed class KeptMail : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>The message of ours it is about.</summary>
    public DeliveryId? DeliveryId { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Address of the server that handed it over; null when it was fetched from a mailbox.</summary>
    public string? Peer { get; init; }
    public required string EnvelopeFrom { get; init; }
    public required string EnvelopeTo { get; init; }

    /// <summary>Address in From.</summary>
    public string? Sender { get; init; }
    public string? Subject { get; init; }
    public required ReturnedKind Kind { get; init; }

    /// <summary>Whose fault, of the worst recipient.</summary>
    public required BounceClass Class { get; init; }
    public string? Reason { get; init; }
    public string? Status { get; init; }
    public int? Code { get; init; }
    public string? Diagnostic { get; init; }
    public string? Format { get; init; }

    /// <summary>What became of it.</summary>
    public required FarEndOutcome Outcome { get; init; }
}

internal sealed class KeptMailConfiguration : IEntityTypeConfiguration<KeptMail>
{
    public void Configure(EntityTypeBuilder<KeptMail> builder)
    {
        builder.ToTable("inbound_messages").HasKey(m => m.Id);
        builder.Property(m => m.Id).ValueGeneratedOnAdd();
        builder.Property(m => m.Kind).HasConversion<short>();
        builder.Property(m => m.Class).HasConversion<short>();
    }
}
