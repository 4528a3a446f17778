using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Variants;

/// <summary>One variant as asked for; null: as the campaign has it.</summary>
public sealed record VariantWish(string? Subject = null, string? Preheader = null, string? FromName = null);

/// <summary>The setting of an A/B test.</summary>
/// <param name="Kind">What the variants differ in.</param>
/// <param name="Share">Part of the audience in the test, 5 to 100 percent.</param>
/// <param name="Metric">What decides.</param>
/// <param name="WaitMinutes">Time between the last test message and the decision, 10 minutes to 7 days.</param>
/// <param name="Automatic">False: a person chooses.</param>
/// <param name="Others">Variants B and on; the campaign itself is A.</param>
public sealed record AbTestWish(
    VariantKind Kind,
    int Share,
    VariantMetric Metric,
    int WaitMinutes,
    bool Automatic,
    IReadOnlyList<VariantWish> Others
);

/// <summary>Sets up or removes the A/B test of a draft. The contents of variants are kept when only the setting changes.</summary>
public static class SetAbTest
{
    private const int MaxText = 250;

    /// <param name="wish">Null: no test.</param>
    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        AbTestWish? wish,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        if (!campaign.IsEditable)
            return new CampaignOutcome.WrongStatus(campaign.Status);
        if (wish is not null && Validate(wish).ToList() is { Count: > 0 } problems)
            return new CampaignOutcome.Invalid(problems);
        var test = await db.Of<AbTest>(customer).SingleOrDefaultAsync(t => t.CampaignId == id, ct);
        var known = await db.Of<Variant>(customer).Where(v => v.CampaignId == id).ToListAsync(ct);
        if (wish is null)
            db.RemoveRange(known);
        if (wish is null && test is not null)
            db.Remove(test);
        if (wish is not null)
            Apply(wish, campaign, test, known, db);
        campaign.UpdatedAt = clock.GetUtcNow();
        if (await CampaignControl.SaveAsync(campaign, db, ct) is CampaignOutcome.Changed changed)
            return changed;
        await write.CommitAsync(ct);
        return CampaignOutcome.Done.Instance;
    }

    private static void Apply(AbTestWish wish, Campaign campaign, AbTest? test, List<Variant> known, EstafetteDb db)
    {
        if (test is null)
            db.Add(test = new AbTest { CampaignId = campaign.Id, CustomerId = campaign.CustomerId });
        (test.Kind, test.Share, test.Metric) = (wish.Kind, wish.Share, wish.Metric);
        (test.WaitMinutes, test.Automatic) = (wish.WaitMinutes, wish.Automatic);
        var count = wish.Others.Count + 1;
        db.RemoveRange(known.Where(v => v.Number > count));
        for (short number = 1; number <= count; number++)
        {
            var variant = known.SingleOrDefault(v => v.Number == number);
            if (variant is null)
                db.Add(
                    variant = new Variant
                    {
                        CampaignId = campaign.Id,
                        Number = number,
                        CustomerId = campaign.CustomerId,
                    }
                );
            var own = number == 1 ? new VariantWish() : wish.Others[number - 2];
            variant.Subject = wish.Kind == VariantKind.Subject ? Blank(own.Subject) : null;
            variant.Preheader = wish.Kind == VariantKind.Subject ? Blank(own.Preheader) : null;
            variant.FromName = wish.Kind == VariantKind.FromName ? Blank(own.FromName) : null;
        }
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static IEnumerable<CampaignProblem> Validate(AbTestWish wish)
    {
        if (wish.Others.Count is < 1 or >= AbTest.MaxVariants)
            yield return new("variants.count", "variants", true, $"A test compares 2 to {AbTest.MaxVariants} variants.");
        if (wish.Share is < 5 or > 100)
            yield return new("variants.share", "share", true, "The share of the test is 5 to 100 percent of the audience.");
        if (wish.WaitMinutes is < 10 or > 7 * 24 * 60)
            yield return new("variants.wait", "wait", true, "The waiting time is 10 minutes to 7 days.");
        foreach (var text in wish.Others.SelectMany(o => new[] { o.Subject, o.Preheader, o.FromName }).OfType<string>())
            if (text.Length > MaxText || text.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
                yield return new("variants.text", "variants", true, $"A text of a variant is one line of at most {MaxText} characters.");
    }
}
