using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Channels;

/// <summary>The kinds of way out. Values are stored: never renumber.</summary>
public enum ServerKind : short
{
    /// <summary>Keeps every message on a page and sends nothing.</summary>
    Capture = 0,
    Smtp = 1,

    /// <summary>Any URL that takes a JSON POST.</summary>
    JsonPost = 2,
    SendGrid = 3,
    Mailgun = 4,
    Brevo = 5,
    Mailjet = 6,
    Postmark = 7,
}

/// <summary>What to do with a message whose fate is unknown: the body left, the answer never came.</summary>
public enum InDoubtPolicy : short
{
    /// <summary>Resend over SMTP with the same Message-ID; hold for an API without idempotency.</summary>
    Default = 0,

    /// <summary>Send again: nobody is missed, a few may get it twice.</summary>
    Resend = 1,

    /// <summary>Leave it in doubt for a person to decide: nobody gets it twice, a few may miss it.</summary>
    Hold = 2,
}

/// <summary>A configured way out: an SMTP host or a provider account, with its limits.</summary>
public sealed class SendingServer : ICustomerOwned
{
    public ServerId Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; set; }
    public required ServerKind Kind { get; init; }
    public bool Active { get; set; } = true;

    /// <summary>Lower goes first; servers of the same number share the load.</summary>
    public int Priority { get; set; } = 10;

    /// <summary>Share of the load inside a priority, 1 to 100.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>Messages per <see cref="RateUnit"/>; null: no limit.</summary>
    public int? RateCount { get; set; }
    public RateUnit RateUnit { get; set; } = RateUnit.Second;

    /// <summary>Messages per calendar day of the customer's time zone; null: no limit.</summary>
    public int? DailyMaximum { get; set; }

    /// <summary>Connections (or requests in flight) at the same time, 1 to 100.</summary>
    public int Connections { get; set; } = 4;

    /// <summary>Everything of the kind that is not secret, as JSON.</summary>
    public required string Settings { get; set; }

    /// <summary>Keys and passwords, encrypted; never shown again.</summary>
    public string? ProtectedSecret { get; set; }
    public InDoubtPolicy InDoubtPolicy { get; set; }

    /// <summary>Secret part of the address at which the provider reports what became of messages; null: it does not.</summary>
    public string? WebhookToken { get; set; }

    /// <summary>What proves the provider's calls, encrypted: its public key, signing key, or user and password.</summary>
    public string? ProtectedWebhookSecret { get; set; }

    /// <summary>It refused our credentials: not used until somebody saved or tested it.</summary>
    public bool NeedsCheck { get; set; }
    public int BreakerFailures { get; set; }
    public DateTimeOffset? BreakerOpenUntil { get; set; }
    public string? LastError { get; set; }
    public DateTimeOffset? LastErrorAt { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>A message kept by a capture server.</summary>
public sealed class CapturedMessage : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required ServerId ServerId { get; init; }
    public required DeliveryId DeliveryId { get; init; }
    public CampaignId? CampaignId { get; init; }
    public required string Recipient { get; init; }
    public required string Subject { get; init; }

    /// <summary>The message as it would have gone out, compressed with Deflate.</summary>
    public required byte[] Source { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class SendingServerConfiguration : IEntityTypeConfiguration<SendingServer>, IEntityTypeConfiguration<CapturedMessage>
{
    public void Configure(EntityTypeBuilder<SendingServer> builder)
    {
        builder.ToTable("sending_servers").HasKey(s => s.Id);
        builder.Property(s => s.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<CapturedMessage> builder)
    {
        builder.ToTable("captured_messages").HasKey(m => m.Id);
        builder.Property(m => m.Id).ValueGeneratedOnAdd();
    }
}
