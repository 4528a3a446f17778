using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>One saved change of a campaign: who, when and which fields (table "campaign_edits").</summary>
public sealed class CampaignChange : ICustomerOwned
{
    public required CampaignId CampaignId { get; init; }

    /// <summary>From 1, one more with every saved change.</summary>
    public required int Version { get; init; }
    public required CustomerId CustomerId { get; init; }
    public required string UserName { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Names of the fields, separated by commas.</summary>
    public required string Fields { get; init; }

    /// <summary>Whether it changed one of these fields.</summary>
    public bool Touches(IEnumerable<string> fields) => Fields.Split(',').Intersect(fields, StringComparer.Ordinal).Any();
}

internal sealed class CampaignChangeConfiguration : IEntityTypeConfiguration<CampaignChange>
{
    public void Configure(EntityTypeBuilder<CampaignChange> builder) =>
        builder.ToTable("campaign_edits").HasKey(c => new { c.CampaignId, c.Version });
}
