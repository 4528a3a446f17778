using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Tracking;

/// <summary>What a recipient did.</summary>
public enum TrackingEventKind : short
{
    Open = 1,
    Click = 2,
    Unsubscribe = 3,
    WebVersion = 4,
}

/// <summary>Why an event is taken for a machine's; 0 means a person did it. Values are stored: never renumber.</summary>
public enum MachineSign : short
{
    None = 0,
    ImageProxy = 1,
    Scanner = 2,
    Prefetch = 3,
    HeadRequest = 4,
    Burst = 5,
}

/// <summary>One open or click (append-only).</summary>
public sealed class TrackingEvent : ICustomerOwned
{
    public long Id { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public CampaignId? CampaignId { get; private set; }

    /// <summary>Null for aggregate tracking.</summary>
    public DeliveryId? DeliveryId { get; private set; }
    public ContentId? ContentId { get; private set; }
    public TrackingEventKind Kind { get; private set; }
    public int LinkNo { get; private set; }
    public MachineSign Machine { get; private set; }
    public DateTimeOffset At { get; private set; }
    public string? Ip { get; private set; }
    public long? UserAgentId { get; private set; }
}

/// <summary>A user agent text, stored once.</summary>
public sealed class UserAgentText
{
    /// <summary>64-bit hash of the text.</summary>
    public long Id { get; private set; }
    public string Text { get; private set; } = "";
}

internal sealed class TrackingEventConfiguration : IEntityTypeConfiguration<TrackingEvent>, IEntityTypeConfiguration<UserAgentText>
{
    public void Configure(EntityTypeBuilder<TrackingEvent> builder)
    {
        builder.ToTable("tracking_events").HasKey(e => e.Id);
        builder.Property(e => e.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<UserAgentText> builder)
    {
        builder.ToTable("user_agents").HasKey(u => u.Id);
        builder.Property(u => u.Id).ValueGeneratedNever();
    }
}
