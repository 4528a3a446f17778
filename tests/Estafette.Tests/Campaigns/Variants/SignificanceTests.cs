using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Platform;

namespace Estafette.Tests.Campaigns.Variants;

public sealed class SignificanceTests
{
    [Theory]
    // Worked examples: z = 2.4033 and 1.0847 (pooled two-proportion test).
    [InlineData(1000, 200, 1000, 159, 0.01731)]
    [InlineData(1000, 200, 1000, 181, 0.27900)]
    public void P_value_is_that_of_the_pooled_two_proportion_test(long sent1, long reached1, long sent2, long reached2, double expected) =>
        Significance.PValue(new VariantScore(1, sent1, reached1), new VariantScore(2, sent2, reached2)).ShouldBe(expected, 0.001);

    [Fact]
    public void Clear_difference_wins()
    {
        var result = Significance.Compare([new(1, 1000, 150), new(2, 1000, 220)]);
        (result.Best, result.Verdict).ShouldBe((2, Verdict.Significant));
    }

    [Fact]
    public void Small_difference_is_a_tie() => Significance.Compare([new(1, 1000, 200), new(2, 1000, 205)]).Verdict.ShouldBe(Verdict.Tie);

    [Fact]
    public void Few_recipients_or_few_reactions_claim_nothing_however_large_the_difference()
    {
        Significance.Compare([new(1, 40, 0), new(2, 40, 30)]).ShouldBe(new Comparison(2, Verdict.TooFew, 1, 60));
        Significance.Compare([new(1, 5000, 0), new(2, 5000, 8)]).Verdict.ShouldBe(Verdict.TooFew);
        Significance.Compare([]).Verdict.ShouldBe(Verdict.TooFew);
    }

    [Fact]
    public void With_five_variants_a_difference_that_would_do_for_two_is_not_enough()
    {
        VariantScore[] two = [new(1, 1000, 200), new(2, 1000, 240)];
        Significance.Compare(two).Verdict.ShouldBe(Verdict.Significant);
        Significance.Compare([.. two, new(3, 1000, 190), new(4, 1000, 195), new(5, 1000, 180)]).Verdict.ShouldBe(Verdict.Tie);
    }

    [Fact]
    public void Variants_are_drawn_evenly_and_differently_for_each_campaign()
    {
        var seeds = new[] { 1L, 2, 17 }.Select(c => VariantDraw.Seed(new CampaignId(c))).ToList();
        seeds.Distinct().Count().ShouldBe(3);
        var drawn = seeds
            .Select(seed => Enumerable.Range(1, 100_000).Select(i => VariantDraw.Of(new ContactId(i), seed, 30, 3)).ToList())
            .ToList();
        foreach (var one in drawn)
            for (var variant = 1; variant <= 3; variant++)
                one.Count(v => v == variant).ShouldBeInRange(9_500, 10_500);
        var both = drawn[0].Zip(drawn[1]).Count(p => p.First > 0 && p.Second > 0);
        both.ShouldBeInRange(7_000, 11_000);
    }
}
