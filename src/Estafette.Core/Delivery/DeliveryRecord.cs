using Estafette.Core.Channels;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Delivery;

/// <summary>The one status of a delivery. Values are stored: never renumber.</summary>
public enum DeliveryStatus : short
{
    Pending = 0,
    Sending = 1,

    /// <summary>The next hop took it; no word from the far end yet.</summary>
    Sent = 2,

    /// <summary>A temporary refusal; a retry is stored.</summary>
    Deferred = 3,

    /// <summary>It left and the answer never came.</summary>
    InDoubt = 4,

    /// <summary>The far end confirmed it.</summary>
    Delivered = 5,
    SoftBounced = 6,
    HardBounced = 7,

    /// <summary>Refused before any transport.</summary>
    Rejected = 8,
    Expired = 9,

    /// <summary>We chose not to send.</summary>
    Suppressed = 10,
    Cancelled = 11,
}

/// <summary>Why a delivery did not go out.</summary>
public enum DeliveryReason : short
{
    None = 0,
    OptOut = 1,
    Bounced = 2,
    Complained = 3,
    ManuallySuppressed = 4,
    MissingField = 5,
    RenderFailed = 6,
    CampaignCancelled = 7,
    Unsubscribed = 8,
    InvalidAddress = 9,
}

/// <summary>How opens and clicks of one delivery are recorded, decided at launch from campaign, profile and consent.</summary>
public enum DeliveryTracking : short
{
    None = 0,
    Aggregate = 1,
    Individual = 2,
    Hygiene = 3,
}

/// <summary>The ledger row of one recipient (table "deliveries").</summary>
public sealed class DeliveryRecord : ICustomerOwned
{
    public DeliveryId Id { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public CampaignId? CampaignId { get; private set; }
    public ContactId? ContactId { get; private set; }
    public Channel Channel { get; private set; }

    /// <summary>As it is sent to.</summary>
    public string Address { get; private set; } = "";
    public string AddressKey { get; private set; } = "";
    public DeliveryStatus Status { get; private set; }
    public DeliveryReason Reason { get; private set; }
    public DeliveryTracking Tracking { get; private set; }
    public int Attempts { get; private set; }

    /// <summary>Number of its variant in an A/B test; 0 outside the test group.</summary>
    public short Variant { get; private set; }

    /// <summary>The content version it got, or will get if it is not sent yet.</summary>
    public ContentId? ContentId { get; private set; }
    public ServerId? ServerId { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset StatusAt { get; private set; }
    public DateTimeOffset? SentAt { get; private set; }
    public string? ProviderId { get; private set; }
    public DateTimeOffset? OpenedAt { get; private set; }
    public DateTimeOffset? ClickedAt { get; private set; }
    public DateTimeOffset? UnsubscribedAt { get; private set; }
    public DateTimeOffset? ComplainedAt { get; private set; }
}

/// <summary>One try of a delivery (append-only).</summary>
public sealed class AttemptRecord : ICustomerOwned
{
    public DeliveryId DeliveryId { get; private set; }

    /// <summary>From 1.</summary>
    public int Attempt { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public CampaignId? CampaignId { get; private set; }
    public ServerId ServerId { get; private set; }
    public ContentId? ContentId { get; private set; }
    public DateTimeOffset StartedAt { get; private set; }
    public int DurationMs { get; private set; }
    public AttemptOutcome Outcome { get; private set; }
    public SendPhase Phase { get; private set; }
    public int? Code { get; private set; }
    public string? Enhanced { get; private set; }
    public string? Text { get; private set; }

    /// <summary>What a failed attempt is about; null for accepted ones.</summary>
    public FailureCause? Cause { get; private set; }
}

/// <summary>A fact about a delivery besides its attempts (append-only).</summary>
public sealed class DeliveryEvent : ICustomerOwned
{
    public long Id { get; private set; }
    public DeliveryId DeliveryId { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public DateTimeOffset At { get; private set; }
    public DeliveryStatus Status { get; private set; }

    /// <summary>Who says so.</summary>
    public DeliveryEventSource Source { get; private set; }
    public string? Text { get; private set; }
}

/// <summary>Who reported a delivery event.</summary>
public enum DeliveryEventSource : short
{
    Engine = 1,
    User = 2,
    Provider = 3,
    BounceMessage = 4,

    /// <summary>A result written by a lane that had lost its ownership.</summary>
    FencedLane = 5,

    /// <summary>The recipient, on the page for reports of abuse.</summary>
    AbuseReport = 6,
}

internal sealed class DeliveryRecordConfiguration
    : IEntityTypeConfiguration<DeliveryRecord>,
        IEntityTypeConfiguration<AttemptRecord>,
        IEntityTypeConfiguration<DeliveryEvent>
{
    public void Configure(EntityTypeBuilder<DeliveryRecord> builder)
    {
        builder.ToTable("deliveries").HasKey(d => d.Id);
        builder.Property(d => d.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<AttemptRecord> builder) =>
        builder.ToTable("attempts").HasKey(a => new { a.DeliveryId, a.Attempt });

    public void Configure(EntityTypeBuilder<DeliveryEvent> builder)
    {
        builder.ToTable("delivery_events").HasKey(e => e.Id);
        builder.Property(e => e.Id).ValueGeneratedOnAdd();
    }
}
