using System.Globalization;
using Estafette.Core.Campaigns;
using Estafette.Web.Content;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns;

/// <summary>The problems of a campaign in the language of the user, by their stable codes.</summary>
internal static class ProblemWords
{
    public static string Of(CampaignProblem problem)
    {
        var key = "problems." + problem.Code.Replace('.', '-').Replace('_', '-');
        return Texts.Has(key) ? T(key, problem.Issue is { } issue ? ContentWords.Of(issue) : problem.Argument) : problem.Message;
    }

    /// <summary>Why a wish was not fulfilled, or null when it was.</summary>
    public static string? Of(CampaignOutcome outcome) =>
        outcome switch
        {
            CampaignOutcome.Done => null,
            CampaignOutcome.WrongStatus wrong => T(
                "problems.status",
                T(Layout.StatusWords.Chip(wrong.Status).Key).ToLower(CultureInfo.CurrentCulture)
            ),
            CampaignOutcome.Changed => T("problems.changed"),
            CampaignOutcome.EditedMeanwhile => T("problems.changed"),
            CampaignOutcome.Invalid invalid => string.Join(' ', invalid.Problems.Where(p => p.IsError).Select(Of)),
            _ => T("errors.404-title"),
        };
}
