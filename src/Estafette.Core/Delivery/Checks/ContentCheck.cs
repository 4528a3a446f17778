using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Delivery.Checks;

/// <summary>What was found of what a campaign says (table "content_checks"): kept until it says something else.</summary>
internal sealed class ContentCheckRow : ICustomerOwned
{
    public required CampaignId CampaignId { get; init; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>Hash of what was looked at.</summary>
    public required string Fingerprint { get; set; }

    /// <summary>Why it cannot be sent; null when it can.</summary>
    public string? Issue { get; set; }
    public double? Score { get; set; }
    public double Threshold { get; set; }
    public string? Error { get; set; }

    /// <summary>JSON array of <see cref="SpamFinding"/>.</summary>
    public required string Checks { get; set; }
    public DateTimeOffset CheckedAt { get; set; }
}

/// <summary>Whether a campaign's content can be sent, and its spam score.</summary>
/// <param name="Issue">Why it cannot be sent; null when it can.</param>
/// <param name="Spam">What the spam test says; no score when the content cannot be sent.</param>
public sealed record ContentCheck(string? Issue, SpamVerdict Spam);

internal sealed class ContentCheckConfiguration : IEntityTypeConfiguration<ContentCheckRow>
{
    public void Configure(EntityTypeBuilder<ContentCheckRow> builder) => builder.ToTable("content_checks").HasKey(c => c.CampaignId);
}
