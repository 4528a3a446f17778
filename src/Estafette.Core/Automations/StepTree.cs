namespace Estafette.Core.Automations;

/// <summary>Where a step stands: in the main line (branch of step 0) or in a branch of a condition.</summary>
/// <param name="Parent">The condition; 0 for the main line.</param>
/// <param name="InYes">Its yes branch; true for the main line.</param>
/// <param name="Index">Place among its neighbours, from 0.</param>
public sealed record StepPlace(int Parent, bool InYes, int Index);

/// <summary>
/// Finds and changes steps. A definition is a list of steps in which a condition holds two lists of its own; whoever comes to the end of a
/// branch goes on with what follows the condition, so there are no jumps and no circles.
/// </summary>
public static class StepTree
{
    /// <summary>Every step in reading order, with its depth (0 in the main line).</summary>
    public static IEnumerable<(StepDefinition Step, int Depth)> All(this AutomationDefinition definition) => Walk(definition.Steps, 0);

    /// <summary>The step, or null.</summary>
    public static StepDefinition? Find(this AutomationDefinition definition, int id) =>
        definition.All().Select(s => s.Step).FirstOrDefault(s => s.Id == id);

    /// <summary>The step that follows, when the step itself leads nowhere else; 0 at the end.</summary>
    public static int After(this AutomationDefinition definition, int id) => After(definition.Steps, id, 0) ?? 0;

    /// <summary>The first step; 0 when there is none.</summary>
    public static int First(this AutomationDefinition definition) => definition.Steps.Count == 0 ? 0 : definition.Steps[0].Id;

    /// <summary>Steps that everybody at this step has or may have behind them, in reading order.</summary>
    public static IEnumerable<StepDefinition> Before(this AutomationDefinition definition, int id) =>
        definition.All().Select(s => s.Step).TakeWhile(s => s.Id != id);

    /// <summary>Where a step stands, or null.</summary>
    public static StepPlace? PlaceOf(this AutomationDefinition definition, int id) => PlaceOf(definition.Steps, id, 0, true);

    /// <summary>Every place a step may be put, in reading order, each with its depth.</summary>
    public static IEnumerable<(StepPlace Place, int Depth)> Places(this AutomationDefinition definition) =>
        Places(definition.Steps, 0, true, 0);

    /// <summary>Adds a step at a place.</summary>
    public static AutomationDefinition Insert(this AutomationDefinition definition, StepDefinition step, StepPlace place) =>
        definition with
        {
            Steps = Insert(definition.Steps, step, place, 0, true),
        };

    /// <summary>Replaces a step by one of the same id.</summary>
    public static AutomationDefinition Replace(this AutomationDefinition definition, StepDefinition step) =>
        definition with
        {
            Steps = Map(definition.Steps, s => s.Id == step.Id ? step : s),
        };

    /// <summary>Takes a step out, with everything in its branches.</summary>
    public static AutomationDefinition Remove(this AutomationDefinition definition, int id) =>
        definition with
        {
            Steps = Remove(definition.Steps, id),
        };

    /// <summary>Moves a step before (-1) or after (+1) its neighbour.</summary>
    public static AutomationDefinition Move(this AutomationDefinition definition, int id, int by)
    {
        if (definition.Find(id) is not { } step || definition.PlaceOf(id) is not { } place || place.Index + by < 0)
            return definition;
        return definition.Remove(id).Insert(step, place with { Index = place.Index + by });
    }

    /// <summary>Puts a step somewhere else; a place inside itself leaves it where it is.</summary>
    public static AutomationDefinition MoveTo(this AutomationDefinition definition, int id, StepPlace place)
    {
        if (definition.Find(id) is not { } step || definition.PlaceOf(id) is not { } from)
            return definition;
        if (Walk([step], 0).Any(s => s.Step.Id == place.Parent))
            return definition;
        var shifted = from.Parent == place.Parent && from.InYes == place.InYes && from.Index < place.Index;
        return definition.Remove(id).Insert(step, shifted ? place with { Index = place.Index - 1 } : place);
    }

    private static IEnumerable<(StepDefinition Step, int Depth)> Walk(IEnumerable<StepDefinition> steps, int depth)
    {
        foreach (var step in steps)
        {
            yield return (step, depth);
            foreach (var inner in Walk(step.Yes, depth + 1).Concat(Walk(step.No, depth + 1)))
                yield return inner;
        }
    }

    private static int? After(IReadOnlyList<StepDefinition> steps, int id, int end)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            var next = i + 1 < steps.Count ? steps[i + 1].Id : end;
            if (steps[i].Id == id)
                return next;
            if ((After(steps[i].Yes, id, next) ?? After(steps[i].No, id, next)) is { } found)
                return found;
        }
        return null;
    }

    private static StepPlace? PlaceOf(IReadOnlyList<StepDefinition> steps, int id, int parent, bool inYes)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].Id == id)
                return new StepPlace(parent, inYes, i);
            if ((PlaceOf(steps[i].Yes, id, steps[i].Id, true) ?? PlaceOf(steps[i].No, id, steps[i].Id, false)) is { } found)
                return found;
        }
        return null;
    }

    private static IEnumerable<(StepPlace Place, int Depth)> Places(IReadOnlyList<StepDefinition> steps, int parent, bool inYes, int depth)
    {
        for (var i = 0; i <= steps.Count; i++)
        {
            yield return (new StepPlace(parent, inYes, i), depth);
            if (i == steps.Count || steps[i].Kind != StepKind.Condition)
                continue;
            foreach (var inner in Places(steps[i].Yes, steps[i].Id, true, depth + 1))
                yield return inner;
            foreach (var inner in Places(steps[i].No, steps[i].Id, false, depth + 1))
                yield return inner;
        }
    }

    private static List<StepDefinition> Insert(
        IReadOnlyList<StepDefinition> steps,
        StepDefinition step,
        StepPlace place,
        int parent,
        bool inYes
    )
    {
        var result = steps
            .Select(s =>
                s.Kind != StepKind.Condition
                    ? s
                    : s with
                    {
                        Yes = Insert(s.Yes, step, place, s.Id, true),
                        No = Insert(s.No, step, place, s.Id, false),
                    }
            )
            .ToList();
        if (place.Parent == parent && place.InYes == inYes)
            result.Insert(Math.Clamp(place.Index, 0, result.Count), step);
        return result;
    }

    private static List<StepDefinition> Remove(IReadOnlyList<StepDefinition> steps, int id) =>
        [.. steps.Where(s => s.Id != id).Select(s => s with { Yes = Remove(s.Yes, id), No = Remove(s.No, id) })];

    private static List<StepDefinition> Map(IReadOnlyList<StepDefinition> steps, Func<StepDefinition, StepDefinition> change) =>
        [.. steps.Select(s => change(s with { Yes = Map(s.Yes, change), No = Map(s.No, change) }))];
}
