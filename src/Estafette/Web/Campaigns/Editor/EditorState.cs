using Estafette.Core.Campaigns;

namespace Estafette.Web.Campaigns.Editor;

/// <summary>How far a line of the checklist is.</summary>
public enum LineState
{
    Done,
    ToDo,
    Warning,

    /// <summary>May be left as it is.</summary>
    Optional,
}

/// <summary>A line of the checklist: its state and what it says when closed.</summary>
public sealed record EditorLine(string Key, LineState State, string Summary, IReadOnlyList<CampaignProblem> Problems);

/// <summary>A campaign as its editor shows it.</summary>
public sealed record EditorState(Campaign Campaign, int Version, IReadOnlyList<CampaignProblem> Problems, IReadOnlyList<EditorLine> Lines)
{
    /// <summary>The lines in the order in which people think of them; any order of work is fine.</summary>
    public static readonly IReadOnlyList<string> Keys =
    [
        "name",
        "to",
        "from",
        "subject",
        "variants",
        "content",
        "servers",
        "tracking",
        "schedule",
        "test",
    ];

    /// <summary>Whether a line may be changed in the state of the campaign.</summary>
    public static bool MayEdit(Campaign campaign, string key) =>
        campaign.Status switch
        {
            CampaignStatus.Draft => true,
            CampaignStatus.Scheduled => key is "schedule" or "test",
            CampaignStatus.Paused => key is not ("to" or "variants" or "schedule"),
            _ => false,
        };

    /// <summary>The line on which a problem is mended.</summary>
    public static string LineOf(CampaignProblem problem) =>
        problem.Field switch
        {
            "lists" or "segments" or "audience" => "to",
            "from" or "from_name" or "reply_to" => "from",
            "subject" or "preheader" => "subject",
            "html" or "text" or "defaults" or "missing" => "content",
            "share" or "wait" => "variants",
            "hours" => "schedule",
            "approval" => "review",
            var field => field,
        };
}
