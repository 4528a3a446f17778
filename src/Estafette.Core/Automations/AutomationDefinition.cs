using System.Text.Json;
using System.Text.Json.Serialization;

namespace Estafette.Core.Automations;

/// <summary>What makes people enter. Values are stored: never renumber.</summary>
public enum TriggerKind : short
{
    /// <summary>Only those a person or a command enrols.</summary>
    Manual = 0,

    /// <summary>A subscription to a list is confirmed.</summary>
    List = 1,

    /// <summary>A date of the contact comes.</summary>
    Date = 2,

    /// <summary>A contact newly belongs to a segment.</summary>
    Segment = 3,
}

/// <summary>How often a date counts.</summary>
public enum DateRepeat : short
{
    /// <summary>Day and month, every year: a birthday.</summary>
    EveryYear = 0,

    /// <summary>The very date, once: the end of a contract.</summary>
    Once = 1,
}

/// <summary>What a step does.</summary>
public enum StepKind : short
{
    Wait = 1,
    Condition = 2,
    Send = 3,
    AddToList = 4,
    RemoveFromList = 5,
    SetAttribute = 6,
    Webhook = 7,
    End = 8,
}

/// <summary>What a wait waits for.</summary>
public enum WaitKind : short
{
    /// <summary>A length of time.</summary>
    For = 0,

    /// <summary>The next time the clock shows an hour, on any day or on chosen days of the week.</summary>
    Until = 1,
}

/// <summary>Unit of a length of time. Days and weeks keep the hour when the clocks change.</summary>
public enum WaitUnit : short
{
    Minutes = 0,
    Hours = 1,
    Days = 2,
    Weeks = 3,
}

/// <summary>What a condition asks.</summary>
public enum ConditionKind : short
{
    Opened = 0,
    Clicked = 1,
    Attribute = 2,
    InList = 3,
    InSegment = 4,
}

/// <summary>How an attribute is compared.</summary>
public enum AttributeTest : short
{
    Equals = 0,
    Differs = 1,
    Contains = 2,
    IsSet = 3,
    IsNotSet = 4,
    MoreThan = 5,
    LessThan = 6,
}

/// <summary>What makes people enter.</summary>
public sealed record TriggerDefinition
{
    public TriggerKind Kind { get; init; }

    /// <summary>The list of a list trigger.</summary>
    public long? List { get; init; }

    /// <summary>List trigger: only those who came by a sign-up form or a confirmation link.</summary>
    public bool OnlyForms { get; init; }

    /// <summary>List trigger: those of an import too.</summary>
    public bool WithImports { get; init; }

    /// <summary>Attribute that holds the date, as 1985-07-14 or 14/07/1985.</summary>
    public string? Attribute { get; init; }
    public DateRepeat Repeat { get; init; }

    /// <summary>Days after the date; before it when negative.</summary>
    public int OffsetDays { get; init; }

    /// <summary>Minute of the day in the customer's zone.</summary>
    public int Minute { get; init; } = 9 * 60;

    /// <summary>Days that are made up for after a stop; 0: the same day only.</summary>
    public int CatchUpDays { get; init; }

    /// <summary>The segment of a segment trigger.</summary>
    public long? Segment { get; init; }
}

/// <summary>A question about a person with the answer yes or no.</summary>
public sealed record ConditionDefinition
{
    public ConditionKind Kind { get; init; }

    /// <summary>The send step that was opened or clicked.</summary>
    public int? Step { get; init; }
    public string? Attribute { get; init; }
    public AttributeTest Test { get; init; }
    public string? Value { get; init; }
    public long? List { get; init; }
    public long? Segment { get; init; }
}

/// <summary>One step; the fields that count depend on its kind.</summary>
public sealed record StepDefinition
{
    /// <summary>Stays the same through all versions.</summary>
    public required int Id { get; init; }
    public required StepKind Kind { get; init; }
    public WaitKind Wait { get; init; }
    public int Amount { get; init; }
    public WaitUnit Unit { get; init; }

    /// <summary>Minute of the day that a wait ends at, in the customer's zone.</summary>
    public int Minute { get; init; }

    /// <summary>Days a wait may end on: bit 0 is Monday; 0 any day.</summary>
    public int Weekdays { get; init; }
    public ConditionDefinition? Condition { get; init; }

    /// <summary>Steps for those whose answer is yes; then all go on with what follows the condition.</summary>
    public IReadOnlyList<StepDefinition> Yes { get; init; } = [];
    public IReadOnlyList<StepDefinition> No { get; init; } = [];

    /// <summary>The campaign that holds what a send step says.</summary>
    public long? Campaign { get; init; }
    public long? List { get; init; }
    public string? Attribute { get; init; }
    public string? Value { get; init; }
    public string? Url { get; init; }
}

/// <summary>Everything an automation does; stored as JSON, one row per published version.</summary>
public sealed record AutomationDefinition
{
    /// <summary>Steps of one automation at most.</summary>
    public const int MaxSteps = 100;

    /// <summary>Conditions inside conditions at most.</summary>
    public const int MaxDepth = 5;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public TriggerDefinition Trigger { get; init; } = new();

    /// <summary>Only people confirmed in this list; null: confirmed in any list. A list trigger's list is always meant.</summary>
    public long? OnlyList { get; init; }

    /// <summary>Days after which somebody may enter again; null: once only. A yearly date comes every year in any case.</summary>
    public int? ReentryDays { get; init; }

    /// <summary>Those for whom it is true leave before the next step.</summary>
    public ConditionDefinition? Goal { get; init; }
    public IReadOnlyList<StepDefinition> Steps { get; init; } = [];

    /// <summary>Id of the next step that will be added.</summary>
    public int NextStep { get; init; } = 1;

    /// <summary>The list somebody must be in: the trigger's or the chosen one.</summary>
    [JsonIgnore]
    public long? RequiredList => Trigger is { Kind: TriggerKind.List, List: { } list } ? list : OnlyList;

    [JsonIgnore]
    public bool IsYearly => Trigger is { Kind: TriggerKind.Date, Repeat: DateRepeat.EveryYear };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static AutomationDefinition FromJson(string json) => JsonSerializer.Deserialize<AutomationDefinition>(json, Json)!;
}
