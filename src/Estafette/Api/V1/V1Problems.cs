using Estafette.Core.Campaigns;
using Estafette.Web.Campaigns;

namespace Estafette.Api.V1;

/// <summary>What keeps a campaign from leaving, in the language of the caller.</summary>
internal static class V1Problems
{
    public static string TextOf(CampaignProblem problem) => ProblemWords.Of(problem);
}
