using System.Globalization;

namespace Estafette.Core.Automations.Steps;

/// <summary>Answers the question of a condition for one person.</summary>
internal static class Conditions
{
    public static bool Holds(ConditionDefinition condition, Person person) =>
        condition.Kind switch
        {
            ConditionKind.Opened => person.Opened.Contains(condition.Step ?? 0) || person.Clicked.Contains(condition.Step ?? 0),
            ConditionKind.Clicked => person.Clicked.Contains(condition.Step ?? 0),
            ConditionKind.InList => person.Lists.Contains(condition.List ?? 0),
            ConditionKind.InSegment => person.Segments.Contains(condition.Segment ?? 0),
            _ => Compare(person.Field(condition.Attribute ?? ""), condition.Test, condition.Value?.Trim() ?? ""),
        };

    private static bool Compare(string? field, AttributeTest test, string value) =>
        test switch
        {
            AttributeTest.IsSet => field is not null,
            AttributeTest.IsNotSet => field is null,
            AttributeTest.Equals => string.Equals(field ?? "", value, StringComparison.OrdinalIgnoreCase),
            AttributeTest.Differs => !string.Equals(field ?? "", value, StringComparison.OrdinalIgnoreCase),
            AttributeTest.Contains => field?.Contains(value, StringComparison.OrdinalIgnoreCase) == true,
            AttributeTest.MoreThan => field is not null && Order(field, value) > 0,
            _ => field is not null && Order(field, value) < 0,
        };

    /// <summary>Numbers by size; anything else by its characters, which is the right order for dates written year first.</summary>
    private static int Order(string field, string value) =>
        decimal.TryParse(field, NumberStyles.Number, CultureInfo.InvariantCulture, out var left)
        && decimal.TryParse(value, NumberStyles.Number, CultureInfo.InvariantCulture, out var right)
            ? left.CompareTo(right)
            : string.CompareOrdinal(field, value);
}
