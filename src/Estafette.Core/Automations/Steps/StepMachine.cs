using System.Collections.Frozen;

namespace Estafette.Core.Automations.Steps;

/// <summary>What a step does to the world; done in the transaction that moves the person.</summary>
/// <param name="Step">The step that asks for it.</param>
internal sealed record Effect(Person Person, StepDefinition Step);

/// <summary>A step passed by somebody.</summary>
internal sealed record PassedStep(Person Person, StepDefinition Step, PassOutcome Outcome, DateTimeOffset At);

/// <summary>How a walk ended.</summary>
internal enum WalkEnd
{
    Waits,
    Finished,
    Left,
}

/// <summary>What came of taking steps until the next wait.</summary>
internal sealed record Walk(WalkEnd End, ExitReason Reason, IReadOnlyList<PassedStep> Passed, IReadOnlyList<Effect> Effects);

/// <summary>
/// Takes somebody from step to step until there is something to wait for. It only decides: effects are listed for the caller, so that the
/// real run and the trial run are the same code.
/// <para>Before every step: is the contact still there, still subscribed, and not yet at the goal? Then the row of the table for the kind of
/// the step says what happens and where it goes on.</para>
/// </summary>
internal static class StepMachine
{
    /// <summary>What a step decides: its outcome and the next step (null: what follows), or a wait.</summary>
    private readonly record struct Decision(
        PassOutcome Outcome,
        int? Next = null,
        DateTimeOffset? WaitsUntil = null,
        bool HasEffect = false
    );

    private delegate Decision Rule(StepDefinition step, Person person, DateTimeOffset now, TimeZoneInfo zone);

    private static readonly FrozenDictionary<StepKind, Rule> Table = new Dictionary<StepKind, Rule>
    {
        [StepKind.Wait] = Wait,
        [StepKind.Condition] = Branch,
        [StepKind.Send] = (_, person, _, _) => person.Email is null ? new(PassOutcome.NoAddress) : new(PassOutcome.Passed, HasEffect: true),
        [StepKind.AddToList] = (step, person, _, _) => Listed(person.Lists.Add(step.List ?? 0)),
        [StepKind.RemoveFromList] = (step, person, _, _) => Listed(person.Lists.Remove(step.List ?? 0)),
        [StepKind.SetAttribute] = SetAttribute,
        [StepKind.Webhook] = (_, _, _, _) => new(PassOutcome.Passed, HasEffect: true),
        [StepKind.End] = (_, _, _, _) => new(PassOutcome.Passed, Next: 0),
    }.ToFrozenDictionary();

    public static Walk Run(AutomationDefinition definition, Person person, DateTimeOffset now, TimeZoneInfo zone)
    {
        var passed = new List<PassedStep>();
        var effects = new List<Effect>();
        while (true)
        {
            if (ReasonToLeave(definition, person) is var reason && reason != ExitReason.None)
                return new Walk(WalkEnd.Left, reason, passed, effects);
            if (definition.Find(person.Step) is not { } step)
                return new Walk(WalkEnd.Finished, ExitReason.None, passed, effects);
            // Whether somebody is in a segment was read before these effects: it is read anew with the next batch.
            if (effects.Count > 0 && step.Condition is { Kind: ConditionKind.InSegment })
            {
                (person.IsWaiting, person.DueAt) = (false, now);
                return new Walk(WalkEnd.Waits, ExitReason.None, passed, effects);
            }
            var decision = Table[step.Kind](step, person, now, zone);
            if (decision.WaitsUntil is { } until)
            {
                (person.IsWaiting, person.DueAt) = (true, until);
                return new Walk(WalkEnd.Waits, ExitReason.None, passed, effects);
            }
            if (decision.HasEffect)
                effects.Add(new Effect(person, step));
            passed.Add(new PassedStep(person, step, decision.Outcome, now));
            (person.Step, person.IsWaiting) = (decision.Next ?? definition.After(step.Id), false);
        }
    }

    private static ExitReason ReasonToLeave(AutomationDefinition definition, Person person) =>
        !person.Exists ? ExitReason.ContactGone
        : definition.RequiredList is { } list && !person.Lists.Contains(list) ? ExitReason.Unsubscribed
        : person.Lists.Count == 0 ? ExitReason.Unsubscribed
        : definition.Goal is { } goal && Conditions.Holds(goal, person) ? ExitReason.GoalReached
        : ExitReason.None;

    private static Decision Wait(StepDefinition step, Person person, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (person.IsWaiting)
            return new(PassOutcome.Passed);
        var until = Waits.EndOf(step, now, zone);
        return until > now ? new(PassOutcome.Passed, WaitsUntil: until) : new(PassOutcome.Passed);
    }

    private static Decision Branch(StepDefinition step, Person person, DateTimeOffset now, TimeZoneInfo zone)
    {
        var yes = step.Condition is { } condition && Conditions.Holds(condition, person);
        var branch = yes ? step.Yes : step.No;
        return new(yes ? PassOutcome.Yes : PassOutcome.No, branch.Count > 0 ? branch[0].Id : null);
    }

    private static Decision Listed(bool changes) => new(PassOutcome.Passed, HasEffect: changes);

    private static Decision SetAttribute(StepDefinition step, Person person, DateTimeOffset now, TimeZoneInfo zone)
    {
        person.Attributes[step.Attribute ?? ""] = step.Value ?? "";
        return new(PassOutcome.Passed, HasEffect: true);
    }
}
