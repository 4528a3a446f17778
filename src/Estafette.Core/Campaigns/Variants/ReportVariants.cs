using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Variants;

/// <summary>What one variant reached so far. Opens and clicks are those of people, machines left out.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Subject">What it says in the inbox.</param>
/// <param name="FromName">Who it says it is from.</param>
/// <param name="Recipients">Recipients drawn for it.</param>
/// <param name="Sent">Messages handed over.</param>
/// <param name="Measured">Those of them whose recipients are measured one by one: the base of the rates.</param>
/// <param name="Opened">Recipients who opened.</param>
/// <param name="Clicked">Recipients who clicked.</param>
public sealed record VariantFigures(
    int Number,
    string Subject,
    string? FromName,
    long Recipients,
    long Sent,
    long Measured,
    long Opened,
    long Clicked
)
{
    /// <summary>The figure that a metric counts.</summary>
    public long Of(VariantMetric metric) => metric == VariantMetric.Clicked ? Clicked : Opened;
}

/// <summary>An A/B test and where it stands.</summary>
/// <param name="DecideAt">When the winner is chosen; null before the whole test group was tried, and for a choice by hand.</param>
/// <param name="Now">What the figures of this moment would say.</param>
/// <param name="Rest">Recipients outside the test group.</param>
public sealed record VariantReport(
    AbTest Test,
    IReadOnlyList<VariantFigures> Variants,
    Comparison Now,
    DateTimeOffset? DecideAt,
    long Rest
);

/// <summary>Reads the A/B test of a campaign with the figures of its variants.</summary>
public static class ReportVariants
{
    /// <returns>Null when the customer has no such campaign, or it has no test.</returns>
    public static async Task<VariantReport?> RunAsync(CustomerId customer, CampaignId id, EstafetteDb db, Store store, CancellationToken ct)
    {
        if (await db.Of<AbTest>(customer).AsNoTracking().SingleOrDefaultAsync(t => t.CampaignId == id, ct) is not { } test)
            return null;
        var campaign = await db.Of<Campaign>(customer).AsNoTracking().SingleAsync(c => c.Id == id, ct);
        var variants = await db.Of<Variant>(customer).AsNoTracking().Where(v => v.CampaignId == id).OrderBy(v => v.Number).ToListAsync(ct);
        var counts = await CountAsync(id, store, ct);
        var figures = variants.Select(v => FiguresOf(v, campaign, counts.GetValueOrDefault(v.Number))).ToList();
        DateTimeOffset? decide =
            test is { TestedAt: { } tested, Automatic: true, Winner: null } && !test.IsWholeAudience
                ? tested + TimeSpan.FromMinutes(test.WaitMinutes)
                : null;
        return new VariantReport(test, figures, Compare(figures, test.Metric), decide, campaign.Audience - figures.Sum(f => f.Recipients));
    }

    internal static Comparison Compare(IReadOnlyList<VariantFigures> figures, VariantMetric metric) =>
        Significance.Compare([.. figures.Select(f => new VariantScore(f.Number, f.Measured, f.Of(metric)))]);

    private static VariantFigures FiguresOf(Variant variant, Campaign campaign, long[]? counts) =>
        new(
            variant.Number,
            variant.Subject ?? campaign.Subject,
            variant.FromName ?? campaign.FromName,
            counts?[0] ?? 0,
            counts?[1] ?? 0,
            counts?[2] ?? 0,
            counts?[3] ?? 0,
            counts?[4] ?? 0
        );

    private static async Task<Dictionary<int, long[]>> CountAsync(CampaignId id, Store store, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Campaigns/variant-figures");
        command.Set("@campaign", id.Value);
        var counts = new Dictionary<int, long[]>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            counts[reader.GetInt32(0)] = [.. Enumerable.Range(1, 5).Select(reader.GetInt64)];
        return counts;
    }
}
