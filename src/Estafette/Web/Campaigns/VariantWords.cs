using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Campaigns.Variants;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns;

/// <summary>What an A/B test says, in words that need no statistics.</summary>
internal static class VariantWords
{
    /// <summary>What tells a variant from the others.</summary>
    public static string Name(VariantFigures variant, VariantKind kind, SubjectSample sample) =>
        kind == VariantKind.FromName ? variant.FromName ?? "" : sample.Show(variant.Subject);

    /// <summary>Where the test stands and what comes next.</summary>
    public static string Standing(VariantReport report, Func<DateTimeOffset, string> time) =>
        report.Test switch
        {
            { Winner: { } winner, DecidedAt: { } at, Verdict: var verdict } => T(
                verdict switch
                {
                    Verdict.Chosen => "variants.standing-chosen",
                    Verdict.Significant => "variants.standing-won",
                    Verdict.Tie => "variants.standing-tie",
                    _ => "variants.standing-few",
                },
                Variant.Letter(winner),
                time(at),
                report.Test.DecidedBy
            ),
            { IsWholeAudience: true } => T("variants.standing-whole"),
            { TestedAt: null } => T("variants.standing-testing", N(report.Rest)),
            { Automatic: false } => T("variants.standing-choose", N(report.Rest)),
            _ => T("variants.standing-waiting", N(report.Rest), time(report.DecideAt!.Value)),
        };

    /// <summary>How sure the figures of this moment are.</summary>
    public static string Explain(VariantReport report)
    {
        var letter = Variant.Letter(report.Now.Best);
        return report.Now.Verdict switch
        {
            Verdict.Significant => T("variants.sure", letter, Formats.Percent((decimal)(report.Now.PValue * 100))),
            Verdict.Tie => T("variants.unsure", letter),
            _ when report.Now.Missing > 0 => T("variants.few-missing", N(report.Now.Missing)),
            _ => T("variants.few"),
        };
    }
}
