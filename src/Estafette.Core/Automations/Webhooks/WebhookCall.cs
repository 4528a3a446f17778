using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Automations.Webhooks;

/// <summary>Where a webhook call stands.</summary>
public enum WebhookStatus : short
{
    Waiting = 0,
    Answered = 1,
    GivenUp = 2,
}

/// <summary>A call of a customer's URL, noted with the step that asks for it and made by <see cref="WebhookSender"/>.</summary>
public sealed class WebhookCall : ICustomerOwned
{
    public long Id { get; private set; }
    public CustomerId CustomerId { get; private set; }
    public AutomationId AutomationId { get; private set; }
    public EnrolmentId EnrolmentId { get; private set; }
    public int StepId { get; private set; }
    public string Url { get; private set; } = "";

    /// <summary>The JSON that is posted; forgotten when the call is over, since it holds a person.</summary>
    public string? Payload { get; private set; }
    public WebhookStatus Status { get; private set; }
    public int Attempts { get; private set; }
    public DateTimeOffset DueAt { get; private set; }

    /// <summary>What the other side said last, or why it could not be reached.</summary>
    public string? Answer { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }
}

internal sealed class WebhookCallConfiguration : IEntityTypeConfiguration<WebhookCall>
{
    public void Configure(EntityTypeBuilder<WebhookCall> builder)
    {
        builder.ToTable("webhook_calls").HasKey(c => c.Id);
        builder.Property(c => c.Id).ValueGeneratedOnAdd();
    }
}
