using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Automations.Feeds;

/// <summary>Whether a feed is mailed.</summary>
public enum FeedStatus : short
{
    Off = 0,
    On = 1,
}

/// <summary>A feed (RSS or Atom) whose new items are mailed to lists, one campaign per issue.</summary>
public sealed class Feed : ICustomerOwned
{
    public FeedId Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; set; }
    public required string Url { get; set; }
    public FeedStatus Status { get; set; }

    /// <summary>Days on which it is looked at: bit 0 is Monday; 0 every day.</summary>
    public int Weekdays { get; set; }

    /// <summary>Minute of the day in the customer's zone.</summary>
    public int MinuteOfDay { get; set; } = 9 * 60;

    /// <summary>Items of one issue at most; the newest.</summary>
    public int MostItems { get; set; } = 10;

    /// <summary>The first issue holds what the feed has already; otherwise only what comes later is mailed.</summary>
    public bool SendsOld { get; set; }

    /// <summary>Holds sender, lists, servers and the content with the loop over the items; each issue is a copy.</summary>
    public required CampaignId CampaignId { get; init; }

    /// <summary>When it is looked at next; null while it is off.</summary>
    public DateTimeOffset? NextAt { get; set; }

    /// <summary>The feed was read at least once.</summary>
    public bool HasStarted { get; set; }
    public string? Etag { get; set; }
    public string? LastModified { get; set; }

    /// <summary>Title that the feed gives itself.</summary>
    public string? Title { get; set; }
    public DateTimeOffset? CheckedAt { get; set; }

    /// <summary>Why the last look came to nothing; null when it went well.</summary>
    public string? Problem { get; set; }
    public int Failures { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>An item that was seen: never mailed again.</summary>
public sealed class FeedItemSeen
{
    public required FeedId FeedId { get; init; }
    public required string ItemKey { get; init; }
    public required string Title { get; init; }
    public string? Link { get; init; }
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>The issue it went out with; null when it was passed over.</summary>
    public CampaignId? CampaignId { get; init; }
}

internal sealed class FeedConfiguration : IEntityTypeConfiguration<Feed>, IEntityTypeConfiguration<FeedItemSeen>
{
    public void Configure(EntityTypeBuilder<Feed> builder)
    {
        builder.ToTable("feeds").HasKey(f => f.Id);
        builder.Property(f => f.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<FeedItemSeen> builder) =>
        builder.ToTable("feed_items").HasKey(i => new { i.FeedId, i.ItemKey });
}
