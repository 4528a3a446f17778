using System.Globalization;
using Estafette.Core.Automations;
using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Web.Campaigns;
using Estafette.Web.Layout;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Automations;

/// <summary>Names that sentences about steps need.</summary>
/// <param name="Lists">Lists by id.</param>
/// <param name="Segments">Segments by id.</param>
/// <param name="Subjects">Subjects of the messages by campaign, as somebody reads them.</param>
public sealed record AutomationNames(
    IReadOnlyDictionary<long, string> Lists,
    IReadOnlyDictionary<long, string> Segments,
    IReadOnlyDictionary<long, string> Subjects
)
{
    /// <summary>The names of a customer's lists and segments, with the subjects as they are written.</summary>
    internal static async Task<AutomationNames> LoadAsync(
        CustomerId customer,
        IReadOnlyDictionary<long, string> subjects,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var sample = await SubjectSample.LoadAsync(customer, db, ct);
        return new(
            await db.Of<ContactList>(customer).ToDictionaryAsync(l => l.Id.Value, l => l.Name, ct),
            await db.Of<Segment>(customer).ToDictionaryAsync(s => s.Id.Value, s => s.Name, ct),
            subjects.ToDictionary(s => s.Key, s => sample.Show(s.Value))
        );
    }

    /// <summary>The lists or segments as options, by name.</summary>
    internal static List<(string Value, string Text)> Options(IReadOnlyDictionary<long, string> names) =>
        [
            .. names
                .OrderBy(n => n.Value, StringComparer.CurrentCultureIgnoreCase)
                .Select(n => (n.Key.ToString(CultureInfo.InvariantCulture), n.Value)),
        ];

    public string Segment(long? id) => id is { } known && Segments.TryGetValue(known, out var name) ? name : T("automations.not-chosen");

    /// <summary>A message as an option: the number of its step and its subject.</summary>
    internal (string, string) Message(StepDefinition step) =>
        ($"{step.Id}", $"{T("automations.step-number", step.Id)} – {Subject(step.Campaign)}");

    public string List(long? id) => id is { } known && Lists.TryGetValue(known, out var name) ? name : T("automations.not-chosen");

    public string Subject(long? campaign) =>
        campaign is { } known && Subjects.TryGetValue(known, out var subject) && subject.Length > 0 ? subject : T("automations.no-subject");
}

/// <summary>What triggers, steps and conditions do, as sentences in the language of the reader.</summary>
internal static class AutomationWords
{
    /// <summary>Icon of a kind of step.</summary>
    public static string Icon(StepKind kind) =>
        kind switch
        {
            StepKind.Wait => "hourglass",
            StepKind.Condition => "help-circle",
            StepKind.Send => "mail",
            StepKind.AddToList => "plus",
            StepKind.RemoveFromList => "square-minus",
            StepKind.SetAttribute => "pencil",
            StepKind.Webhook => "plug-connected",
            _ => "flag",
        };

    public static string Kind(StepKind kind) => StatusWords.Of("automations.step", kind);

    /// <summary>What makes people enter.</summary>
    public static string Trigger(AutomationDefinition definition, AutomationNames names)
    {
        var trigger = definition.Trigger;
        return trigger.Kind switch
        {
            TriggerKind.List => T(
                trigger.OnlyForms ? "automations.says-trigger-forms" : "automations.says-trigger-list",
                names.List(trigger.List)
            ),
            TriggerKind.Date => Date(trigger),
            TriggerKind.Segment => T("automations.says-trigger-segment", names.Segment(trigger.Segment)),
            _ => T("automations.says-trigger-manual"),
        };
    }

    /// <summary>What a step does.</summary>
    public static string Step(StepDefinition step, AutomationDefinition definition, AutomationNames names) =>
        step.Kind switch
        {
            StepKind.Wait => Wait(step),
            StepKind.Condition => step.Condition is { } condition ? Condition(condition, definition, names) : "",
            StepKind.Send => T("automations.says-send", names.Subject(step.Campaign)),
            StepKind.AddToList => T("automations.says-add-to-list", names.List(step.List)),
            StepKind.RemoveFromList => T("automations.says-remove-from-list", names.List(step.List)),
            StepKind.SetAttribute => T("automations.says-set-attribute", step.Attribute ?? T("automations.not-chosen"), step.Value),
            StepKind.Webhook => T("automations.says-webhook", step.Url ?? T("automations.not-chosen")),
            _ => T("automations.says-end"),
        };

    /// <summary>What a condition asks.</summary>
    public static string Condition(ConditionDefinition condition, AutomationDefinition definition, AutomationNames names) =>
        condition.Kind switch
        {
            ConditionKind.Opened => T("automations.says-opened", names.Subject(definition.Find(condition.Step ?? 0)?.Campaign)),
            ConditionKind.Clicked => T("automations.says-clicked", names.Subject(definition.Find(condition.Step ?? 0)?.Campaign)),
            ConditionKind.InList => T("automations.says-in-list", names.List(condition.List)),
            ConditionKind.InSegment => T("automations.says-in-segment", names.Segment(condition.Segment)),
            _ => T(
                $"automations.says-{StatusWords.Kebab(condition.Test.ToString())}",
                condition.Attribute ?? T("automations.not-chosen"),
                condition.Value
            ),
        };

    /// <summary>Why an automation cannot be published, in the language of the reader.</summary>
    public static string Problem(AutomationProblem problem)
    {
        if (problem.Content is { } content)
            return ProblemWords.Of(content);
        var key = $"automations.problem-{problem.Code}";
        return Texts.Has(key) ? T(key) : problem.Message;
    }

    /// <summary>Why a wish was not fulfilled, or null when it was.</summary>
    public static string? Refusal(AutomationOutcome outcome) =>
        outcome switch
        {
            AutomationOutcome.Done => null,
            AutomationOutcome.Changed => T("problems.changed"),
            AutomationOutcome.WrongStatus wrong => T(
                "automations.wrong-status",
                StatusWords.Of("automations.status", wrong.Status).ToLower(CultureInfo.CurrentCulture)
            ),
            AutomationOutcome.Invalid invalid => string.Join(' ', invalid.Problems.Select(Problem)),
            _ => T("errors.404-title"),
        };

    /// <summary>A minute of the day as people write it.</summary>
    public static string Clock(int minute) => TimeOnly.MinValue.AddMinutes(minute).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Days of a mask whose bit 0 is Monday.</summary>
    public static string Weekdays(int mask) =>
        string.Join(
            ", ",
            Enumerable
                .Range(0, 7)
                .Where(d => (mask & (1 << d)) != 0)
                .Select(d => CultureInfo.CurrentCulture.DateTimeFormat.GetDayName((DayOfWeek)((d + 1) % 7)))
        );

    private static string Date(TriggerDefinition trigger)
    {
        var what = trigger.Repeat == DateRepeat.EveryYear ? "yearly" : "once";
        var when = trigger.OffsetDays switch
        {
            0 => T("automations.says-offset-same"),
            < 0 => Texts.Count("automations.says-offset-before", -trigger.OffsetDays),
            _ => Texts.Count("automations.says-offset-after", trigger.OffsetDays),
        };
        return T($"automations.says-trigger-date-{what}", trigger.Attribute ?? T("automations.not-chosen"), when, Clock(trigger.Minute));
    }

    private static string Wait(StepDefinition step) =>
        step.Wait == WaitKind.Until
            ? (step.Weekdays & 127) is 0 or 127
                ? T("automations.says-wait-until", Clock(step.Minute))
                : T("automations.says-wait-until-days", Clock(step.Minute), Weekdays(step.Weekdays))
            : Texts.Count($"automations.says-wait-{StatusWords.Kebab(step.Unit.ToString())}", step.Amount);
}
