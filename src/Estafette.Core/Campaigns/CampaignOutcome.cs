using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Messages.Content;

namespace Estafette.Core.Campaigns;

/// <summary>How a use case on a campaign ended.</summary>
public abstract record CampaignOutcome
{
    private CampaignOutcome() { }

    /// <summary>Done.</summary>
    public sealed record Done : CampaignOutcome
    {
        public static readonly Done Instance = new();
    }

    /// <summary>The customer has no such campaign.</summary>
    public sealed record NotFound : CampaignOutcome
    {
        public static readonly NotFound Instance = new();
    }

    /// <summary>The campaign's status does not allow it.</summary>
    public sealed record WrongStatus(CampaignStatus Status) : CampaignOutcome;

    /// <summary>Someone else changed it between reading and writing; nothing was saved, load it again.</summary>
    public sealed record Changed : CampaignOutcome
    {
        public static readonly Changed Instance = new();
    }

    /// <summary>Others changed the same fields since the editor read them; nothing was saved.</summary>
    public sealed record EditedMeanwhile(IReadOnlyList<CampaignChange> Changes) : CampaignOutcome;

    /// <summary>Something is missing or wrong, all faults at once.</summary>
    public sealed record Invalid(IReadOnlyList<CampaignProblem> Problems) : CampaignOutcome;
}

/// <summary>Why a campaign cannot be saved or launched, or what its author should know.</summary>
/// <param name="Code">Stable name, for translations: "subject.missing".</param>
/// <param name="Field">The field it is about: name, lists, from, subject, html, text, servers, schedule.</param>
/// <param name="IsError">Errors block; warnings inform.</param>
/// <param name="Message">What is wrong and what to do, in English.</param>
/// <param name="Argument">The value the message is about, for translations.</param>
public sealed record CampaignProblem(string Code, string Field, bool IsError, string Message, string? Argument = null)
{
    /// <summary>The fault and its place, when the content does not compile.</summary>
    internal ContentIssue? Issue { get; init; }
}
