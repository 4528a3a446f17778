using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Inbound.Abuse;

/// <summary>What somebody outside reported about a message (table "abuse_reports"); of customer 0 when nobody could be found.</summary>
public sealed class AbuseReport : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public CampaignId? CampaignId { get; init; }

    /// <summary>The message, where a link of it was given.</summary>
    public DeliveryId? DeliveryId { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Mail address for an answer; nobody has to give one.</summary>
    public string? Reporter { get; init; }

    /// <summary>What was received and what is wrong with it.</summary>
    public required string Words { get; init; }

    /// <summary>The link of the message, as it was given.</summary>
    public string? Link { get; init; }
    public string? Ip { get; init; }
    public string? UserAgent { get; init; }

    /// <summary>The link proved the recipient, who gets nothing more.</summary>
    public bool OptedOut { get; init; }

    /// <summary>When the abuse desk was told.</summary>
    public DateTimeOffset? MailedAt { get; init; }
}

internal sealed class AbuseReportConfiguration : IEntityTypeConfiguration<AbuseReport>
{
    public void Configure(EntityTypeBuilder<AbuseReport> builder)
    {
        builder.ToTable("abuse_reports").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedOnAdd();
    }
}
