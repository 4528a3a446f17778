namespace Estafette.Core.Campaigns.Variants;

/// <summary>What one variant reached.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Sent">Recipients it was sent to and whose reactions are measured one by one.</param>
/// <param name="Reached">Those of them who reacted.</param>
public sealed record VariantScore(int Number, long Sent, long Reached)
{
    /// <summary>Share of those who reacted, 0 to 1.</summary>
    public double Rate => Sent == 0 ? 0 : (double)Reached / Sent;
}

/// <summary>What may be said about the best variant.</summary>
/// <param name="Best">Number of the variant with the highest rate; of equals the first.</param>
/// <param name="Verdict">How sure that is.</param>
/// <param name="PValue">Probability of such a difference to the second best by chance, corrected for the number of comparisons; 1 when nothing can be said.</param>
/// <param name="Missing">Recipients still missing in the smallest group for anything to be said.</param>
public sealed record Comparison(int Best, Verdict Verdict, double PValue, long Missing);

/// <summary>
/// Compares the rates of variants by a two-sided two-proportion z test (pooled), the best against the second best, corrected after Bonferroni for the
/// pairs that could have been chosen. Nothing is claimed with fewer than <see cref="LeastSent"/> recipients or <see cref="LeastReached"/>
/// reactions and non-reactions in either group, where the normal approximation does not hold.
/// </summary>
public static class Significance
{
    public const int LeastSent = 100;
    public const int LeastReached = 5;

    /// <summary>Less likely than this by chance: once in twenty times.</summary>
    public const double Level = 0.05;

    public static Comparison Compare(IReadOnlyList<VariantScore> scores)
    {
        if (scores.Count == 0)
            return new Comparison(1, Verdict.TooFew, 1, LeastSent);
        var ranked = scores.OrderByDescending(s => s.Rate).ThenBy(s => s.Number).ToList();
        var best = ranked[0];
        var missing = Math.Max(0, LeastSent - scores.Min(s => s.Sent));
        if (ranked.Count < 2 || missing > 0)
            return new Comparison(best.Number, Verdict.TooFew, 1, missing);
        var second = ranked[1];
        var together = best.Reached + second.Reached;
        if (together < 2 * LeastReached || best.Sent + second.Sent - together < 2 * LeastReached)
            return new Comparison(best.Number, Verdict.TooFew, 1, 0);
        var pairs = scores.Count * (scores.Count - 1) / 2;
        var p = Math.Min(1, PValue(best, second) * pairs);
        return new Comparison(best.Number, p < Level ? Verdict.Significant : Verdict.Tie, p, 0);
    }

    /// <summary>Two-sided probability of a difference at least as large when both rates are really the same.</summary>
    public static double PValue(VariantScore one, VariantScore other)
    {
        var pooled = (double)(one.Reached + other.Reached) / (one.Sent + other.Sent);
        var error = Math.Sqrt(pooled * (1 - pooled) * ((1.0 / one.Sent) + (1.0 / other.Sent)));
        return error == 0 ? 1 : 2 * UpperTail(Math.Abs(one.Rate - other.Rate) / error);
    }

    /// <summary>P(Z > z) for z >= 0; Abramowitz and Stegun 26.2.17, error below 7.5e-8.</summary>
    private static double UpperTail(double z)
    {
        var t = 1 / (1 + (0.2316419 * z));
        var polynomial = t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * polynomial;
    }
}
