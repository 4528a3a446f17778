using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>Says everything that keeps a definition from running, all at once.</summary>
public static class CheckAutomation
{
    private static readonly System.Buffers.SearchValues<char> NotInNames = System.Buffers.SearchValues.Create("\"'\\.$\0\r\n[]");

    /// <summary>Minutes in a year: no single wait is longer.</summary>
    public const int LongestWaitMinutes = 366 * 24 * 60;

    public static async Task<IReadOnlyList<AutomationProblem>> RunAsync(
        CustomerId customer,
        AutomationDefinition definition,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var offered = new Choices(
            (await db.Of<ContactList>(customer).Select(l => l.Id).ToListAsync(ct)).Select(l => l.Value).ToHashSet(),
            (await db.Of<Segment>(customer).Select(s => s.Id).ToListAsync(ct)).Select(s => s.Value).ToHashSet()
        );
        var problems = new List<AutomationProblem>();
        CheckTrigger(definition, offered, problems);
        if (definition.Steps.Count == 0)
            problems.Add(new(0, "steps", "steps-missing", "Add at least one step."));
        if (definition.All().Count() > AutomationDefinition.MaxSteps)
            problems.Add(new(0, "steps", "steps-many", $"An automation has at most {AutomationDefinition.MaxSteps} steps."));
        if (definition.All().Any(s => s.Depth > AutomationDefinition.MaxDepth))
            problems.Add(new(0, "steps", "steps-deep", $"Conditions lie at most {AutomationDefinition.MaxDepth} deep inside each other."));
        if (definition.Goal is { } goal)
            CheckCondition(definition, 0, "goal", goal, definition.All().Select(s => s.Step), offered, problems);
        foreach (var (step, _) in definition.All())
            CheckStep(definition, step, offered, problems);
        await CheckMessagesAsync(customer, definition, db, problems, ct);
        return problems;
    }

    /// <summary>What a definition may name.</summary>
    private sealed record Choices(HashSet<long> Lists, HashSet<long> Segments);

    private static void CheckTrigger(AutomationDefinition definition, Choices offered, List<AutomationProblem> problems)
    {
        var trigger = definition.Trigger;
        void Add(string field, string code, string message) => problems.Add(new(0, field, code, message));
        if (trigger.Kind == TriggerKind.List && !offered.Lists.Contains(trigger.List ?? 0))
            Add("trigger-list", "trigger-list", "Choose the list whose new subscribers enter.");
        if (trigger.Kind == TriggerKind.Segment && !offered.Segments.Contains(trigger.Segment ?? 0))
            Add("trigger-segment", "trigger-segment", "Choose the segment whose new members enter.");
        if (trigger.Kind == TriggerKind.Date && !IsAttribute(trigger.Attribute))
            Add("trigger-attribute", "trigger-attribute", "Name the attribute that holds the date.");
        if (trigger.OffsetDays is < -365 or > 365)
            Add("trigger-offset", "trigger-offset", "The offset is at most 365 days.");
        if (trigger.Minute is < 0 or > 1439)
            Add("trigger-time", "trigger-time", "Give a time of day.");
        if (trigger.CatchUpDays is < 0 or > 7)
            Add("trigger-catch-up", "trigger-catch-up", "At most 7 days are made up for.");
        if (definition.OnlyList is { } only && !offered.Lists.Contains(only))
            Add("only-list", "only-list", "The list of the people does not exist any more.");
        if (definition.ReentryDays is < 1 or > 3650)
            Add("reentry", "reentry", "Somebody may enter again after 1 to 3,650 days.");
    }

    private static void CheckStep(AutomationDefinition definition, StepDefinition step, Choices offered, List<AutomationProblem> problems)
    {
        void Add(string field, string code, string message) => problems.Add(new(step.Id, field, code, message));
        switch (step.Kind)
        {
            case StepKind.Wait when step.Wait == WaitKind.For && Minutes(step) is < 1 or > LongestWaitMinutes:
                Add("amount", "wait-length", "A wait lasts from 1 minute to 366 days.");
                break;
            case StepKind.Wait when step.Wait == WaitKind.Until && step.Minute is < 0 or > 1439:
                Add("time", "wait-time", "Give a time of day.");
                break;
            case StepKind.Condition:
                CheckCondition(definition, step.Id, "condition", step.Condition ?? new(), definition.Before(step.Id), offered, problems);
                break;
            case StepKind.AddToList or StepKind.RemoveFromList when !offered.Lists.Contains(step.List ?? 0):
                Add("list", "step-list", "Choose a list.");
                break;
            case StepKind.SetAttribute when !IsAttribute(step.Attribute):
                Add("attribute", "step-attribute", "Name the attribute: 1 to 100 characters without quotes or dots.");
                break;
            case StepKind.SetAttribute when step.Value is { Length: > 1000 }:
                Add("value", "step-value", "A value has at most 1,000 characters.");
                break;
            case StepKind.Webhook when !IsUrl(step.Url):
                Add("url", "step-url", "Give an address that begins with https:// or http://.");
                break;
            case StepKind.Send when step.Campaign is null:
                Add("subject", "step-message", "Write the message.");
                break;
        }
    }

    private static void CheckCondition(
        AutomationDefinition definition,
        int step,
        string field,
        ConditionDefinition condition,
        IEnumerable<StepDefinition> earlier,
        Choices offered,
        List<AutomationProblem> problems
    )
    {
        _ = definition;
        var isRight = condition.Kind switch
        {
            ConditionKind.Opened or ConditionKind.Clicked => earlier.Any(s => s.Kind == StepKind.Send && s.Id == condition.Step),
            ConditionKind.InList => offered.Lists.Contains(condition.List ?? 0),
            ConditionKind.InSegment => offered.Segments.Contains(condition.Segment ?? 0),
            _ => IsAttribute(condition.Attribute),
        };
        if (!isRight)
            problems.Add(new(step, field, $"condition-{condition.Kind.ToString().ToLowerInvariant()}", Sentence(condition.Kind)));
    }

    private static string Sentence(ConditionKind kind) =>
        kind switch
        {
            ConditionKind.Opened or ConditionKind.Clicked => "Choose a message that comes before the condition.",
            ConditionKind.InList => "Choose the list that is asked for.",
            ConditionKind.InSegment => "Choose the segment that is asked for.",
            _ => "Name the attribute that is compared.",
        };

    private static async Task CheckMessagesAsync(
        CustomerId customer,
        AutomationDefinition definition,
        EstafetteDb db,
        List<AutomationProblem> problems,
        CancellationToken ct
    )
    {
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        foreach (var (step, _) in definition.All().Where(s => s.Step is { Kind: StepKind.Send, Campaign: not null }))
        {
            var id = new CampaignId(step.Campaign!.Value);
            if (await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            {
                problems.Add(new(step.Id, "subject", "step-message", "Write the message."));
                continue;
            }
            foreach (var problem in (await CheckCampaign.RunAsync(campaign, owner, db, ct)).Where(p => p.IsError))
                problems.Add(new(step.Id, problem.Field, problem.Code, problem.Message) { Content = problem });
        }
    }

    /// <summary>Length of a wait in minutes.</summary>
    public static long Minutes(StepDefinition step) =>
        (long)step.Amount
        * step.Unit switch
        {
            WaitUnit.Minutes => 1,
            WaitUnit.Hours => 60,
            WaitUnit.Days => 24 * 60,
            _ => 7 * 24 * 60,
        };

    /// <summary>A name that is one member of the attributes in both databases.</summary>
    public static bool IsAttribute(string? name) =>
        name is { Length: > 0 and <= 100 } && !name.AsSpan().ContainsAny(NotInNames) && !string.IsNullOrWhiteSpace(name);

    /// <summary>An address that a webhook or a feed may have; whether it may be reached is judged when it is.</summary>
    public static bool IsUrl(string? url) =>
        url is { Length: <= 2000 }
        && Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        && parsed.Scheme is "https" or "http"
        && parsed.UserInfo.Length == 0
        && parsed.Host.Length > 0;
}
