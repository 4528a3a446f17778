using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Campaigns.Variants;

/// <summary>What the variants of an A/B test differ in. Values are stored: never renumber.</summary>
public enum VariantKind : short
{
    Subject = 1,
    FromName = 2,
    Content = 3,
}

/// <summary>What decides which variant is better; machines never count. Values are stored: never renumber.</summary>
public enum VariantMetric : short
{
    /// <summary>Recipients who opened.</summary>
    Opened = 1,

    /// <summary>Recipients who clicked.</summary>
    Clicked = 2,
}

/// <summary>How sure the choice of a variant is. Values are stored: never renumber.</summary>
public enum Verdict : short
{
    /// <summary>Fewer than enough recipients or events: nothing may be claimed.</summary>
    TooFew = 1,

    /// <summary>The difference may well be chance.</summary>
    Tie = 2,

    /// <summary>Such a difference comes by chance less than once in twenty times.</summary>
    Significant = 3,

    /// <summary>A person chose.</summary>
    Chosen = 4,
}

/// <summary>The A/B test of a campaign: its setting, and how far it is.</summary>
public sealed class AbTest : ICustomerOwned
{
    public const int MaxVariants = 5;

    public required CampaignId CampaignId { get; init; }
    public required CustomerId CustomerId { get; init; }
    public VariantKind Kind { get; set; } = VariantKind.Subject;

    /// <summary>Part of the audience that gets the variants, in percent, 5 to 100; the rest waits for the better one.</summary>
    public int Share { get; set; } = 20;
    public VariantMetric Metric { get; set; } = VariantMetric.Opened;

    /// <summary>Time between the last test message and the decision.</summary>
    public int WaitMinutes { get; set; } = 240;

    /// <summary>False: a person chooses.</summary>
    public bool Automatic { get; set; } = true;

    /// <summary>When the whole test group had been tried once.</summary>
    public DateTimeOffset? TestedAt { get; set; }

    /// <summary>Number of the variant that the rest gets.</summary>
    public short? Winner { get; set; }
    public Verdict? Verdict { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
    public string? DecidedBy { get; set; }

    /// <summary>Nobody waits for a decision: everybody is in the test.</summary>
    public bool IsWholeAudience => Share >= 100;
}

/// <summary>One of the contents compared in an A/B test. Number 1 is the campaign as it is; the others say only what they change.</summary>
public sealed class Variant : ICustomerOwned, IContentHolder
{
    public required CampaignId CampaignId { get; init; }

    /// <summary>From 1; shown as A, B, C…</summary>
    public required short Number { get; init; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>Null: the campaign's.</summary>
    public string? Subject { get; set; }
    public string? Preheader { get; set; }
    public string? FromName { get; set; }
    public string? Html { get; set; }
    public string? Text { get; set; }

    /// <summary>The version that goes out; null before the launch.</summary>
    public ContentId? ContentId { get; set; }

    /// <summary>When its content was saved last.</summary>
    public DateTimeOffset? SavedAt { get; set; }

    string IContentHolder.Subject
    {
        get => Subject ?? "";
        set => Subject = value.Length == 0 ? null : value;
    }

    DateTimeOffset IContentHolder.UpdatedAt
    {
        get => SavedAt ?? DateTimeOffset.UnixEpoch;
        set => SavedAt = value;
    }

    /// <summary>A, B, C…</summary>
    public static string Letter(int number) => ((char)('A' + number - 1)).ToString();
}

internal sealed class VariantConfiguration : IEntityTypeConfiguration<AbTest>, IEntityTypeConfiguration<Variant>
{
    public void Configure(EntityTypeBuilder<AbTest> builder)
    {
        builder.ToTable("ab_tests").HasKey(t => t.CampaignId);
        builder.Property(t => t.CampaignId).ValueGeneratedNever();
        builder.Ignore(t => t.IsWholeAudience);
    }

    public void Configure(EntityTypeBuilder<Variant> builder) => builder.ToTable("variants").HasKey(v => new { v.CampaignId, v.Number });
}
