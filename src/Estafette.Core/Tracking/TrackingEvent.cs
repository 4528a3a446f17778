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

/// <summary>
/// Why an event is taken for a machine's. <see cref="None"/> and <see cref="PersonProxy"/> count as a person's in every rate; the others
/// are kept and shown apart. Values are stored: never renumber.
/// </summary>
public enum MachineSign : short
{
    /// <summary>A person, directly.</summary>
    None = 0,

    /// <summary>A mail provider fetched the image in advance, whether or not anybody opened (Apple Mail Privacy Protection).</summary>
    ImageProxy = 1,

    /// <summary>A security scanner, crawler, link preview or program.</summary>
    Scanner = 2,

    /// <summary>The request declared itself a prefetch.</summary>
    Prefetch = 3,

    /// <summary>A HEAD request.</summary>
    HeadRequest = 4,

    /// <summary>Several links of one message within seconds, or a click within seconds of the delivery.</summary>
    Burst = 5,

    /// <summary>A mail provider fetched the image at the moment a person opened the message (Gmail, Yahoo): a person's open.</summary>
    PersonProxy = 6,
}

/// <summary>What the signs mean for the figures.</summary>
public static class MachineSignMeaning
{
    /// <summary>Whether the event counts in opens, clicks and their rates.</summary>
    public static bool IsPerson(this MachineSign sign) => sign is MachineSign.None or MachineSign.PersonProxy;
}

/// <summary>One open or click (append-only).</summary>
public sealed class TrackingEvent : ICustomerOwned
{
    public long Id { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public CampaignId? CampaignId { get; private set; }

    /// <summary>Null for aggregate tracking, which knows no recipient.</summary>
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
    /// <summary>First 64 bits of the SHA-256 of the text.</summary>
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
