using Estafette.Core.Campaigns;

namespace Estafette.Core.Automations;

/// <summary>How a use case on an automation ended.</summary>
public abstract record AutomationOutcome
{
    private AutomationOutcome() { }

    public sealed record Done : AutomationOutcome
    {
        public static readonly Done Instance = new();
    }

    /// <summary>The customer has no such automation, or it has no such step.</summary>
    public sealed record NotFound : AutomationOutcome
    {
        public static readonly NotFound Instance = new();
    }

    /// <summary>Its status does not allow it.</summary>
    public sealed record WrongStatus(AutomationStatus Status) : AutomationOutcome;

    /// <summary>Somebody else changed it between reading and writing; nothing was saved.</summary>
    public sealed record Changed : AutomationOutcome
    {
        public static readonly Changed Instance = new();
    }

    /// <summary>Something is missing or wrong, all faults at once.</summary>
    public sealed record Invalid(IReadOnlyList<AutomationProblem> Problems) : AutomationOutcome;
}

/// <summary>What keeps an automation from running.</summary>
/// <param name="Step">The step it is about; 0 for the trigger, the goal and the whole.</param>
/// <param name="Field">Field of the step's form.</param>
/// <param name="Code">Stable name, for translations.</param>
/// <param name="Message">What is wrong and what to do, in English.</param>
public sealed record AutomationProblem(int Step, string Field, string Code, string Message)
{
    /// <summary>The fault of the campaign that carries the step.</summary>
    public CampaignProblem? Content { get; init; }
}
