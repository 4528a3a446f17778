using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Webhooks;

/// <summary>An address of a customer that wants to hear what becomes of messages.</summary>
public sealed class Webhook : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Url { get; set; }

    /// <summary>Names of <see cref="WebhookEventNames"/> separated by spaces.</summary>
    public required string Events { get; set; }

    /// <summary>The key that calls are signed with, encrypted; shown once.</summary>
    public required string ProtectedSecret { get; set; }

    /// <summary>The key before, encrypted: calls are signed with both until <see cref="OldSecretUntil"/>, so that the receiver can change over.</summary>
    public string? OldSecret { get; set; }
    public DateTimeOffset? OldSecretUntil { get; set; }
    public required bool Active { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string? CreatedBy { get; init; }

    /// <summary>Since when no call has been answered with 2xx; null when the last one was.</summary>
    public DateTimeOffset? FailingSince { get; set; }

    /// <summary>When we gave up on it; null when somebody switched it off, or it is on.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    public bool Wants(string name) => Events.Split(' ').Contains(name, StringComparer.Ordinal);
}

/// <summary>Where a call stands. Values are stored: never renumber.</summary>
public enum WebhookDeliveryStatus : short
{
    Waiting = 0,
    Answered = 1,
    GivenUp = 2,
}

/// <summary>One call: an array of events as it is posted.</summary>
public sealed class WebhookDelivery : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required long WebhookId { get; init; }
    public required string Payload { get; init; }

    /// <summary>How many events it holds.</summary>
    public required int Events { get; init; }

    /// <summary>The call it repeats, when somebody asked for that.</summary>
    public long? ReplayOf { get; init; }
    public WebhookDeliveryStatus Status { get; private set; }
    public int Attempts { get; private set; }
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>HTTP status of the last answer; null when there was none.</summary>
    public int? Code { get; private set; }

    /// <summary>What the other side said last, or why it could not be reached.</summary>
    public string? Answer { get; private set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; private set; }
}

/// <summary>The events, named as SendGrid names them.</summary>
public static class WebhookEventNames
{
    public const string Processed = "processed";
    public const string Deferred = "deferred";
    public const string Delivered = "delivered";
    public const string Bounce = "bounce";
    public const string Dropped = "dropped";
    public const string Open = "open";
    public const string Click = "click";
    public const string SpamReport = "spamreport";
    public const string Unsubscribe = "unsubscribe";

    /// <summary>Of a call that somebody asks for to try an address.</summary>
    public const string Test = "test";

    public static IReadOnlyList<string> All { get; } =
    [Processed, Deferred, Delivered, Bounce, Dropped, Open, Click, SpamReport, Unsubscribe];
}

internal sealed class WebhookConfiguration : IEntityTypeConfiguration<Webhook>, IEntityTypeConfiguration<WebhookDelivery>
{
    public void Configure(EntityTypeBuilder<Webhook> builder)
    {
        builder.ToTable("webhooks").HasKey(w => w.Id);
        builder.Property(w => w.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<WebhookDelivery> builder)
    {
        builder.ToTable("webhook_deliveries").HasKey(d => d.Id);
        builder.Property(d => d.Id).ValueGeneratedOnAdd();
    }
}
