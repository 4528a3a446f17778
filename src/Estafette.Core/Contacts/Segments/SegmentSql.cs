using System.Globalization;
using Estafette.Core.Platform;

namespace Estafette.Core.Contacts.Segments;

/// <summary>The parameters of a predicate under construction, and the forms of text that its conditions share.</summary>
/// <param name="scope">What the definition is compiled for.</param>
/// <param name="prefix">Begins the names of the parameters.</param>
internal sealed class SegmentSql(SegmentScope scope, string prefix)
{
    private readonly List<KeyValuePair<string, object>> _parameters = [];

    public SegmentScope Scope => scope;

    /// <summary>Today in the customer's zone.</summary>
    public DateOnly Today { get; } = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(scope.Now, scope.Zone).DateTime);

    public IReadOnlyList<KeyValuePair<string, object>> Parameters => _parameters;

    public static string Not(string predicate) => $"({predicate} IS NOT TRUE)";

    public string Fold(string text) => AttributeSql.Fold(Scope.Database, text);

    public string Add(object value)
    {
        var name = $"@{prefix}{_parameters.Count}";
        _parameters.Add(new(name, value));
        return name;
    }

    public string AddText(string? value) => Add(SegmentValues.Fold(value!.Trim()));

    public string AddId(string? key) => Add(long.Parse(key!, CultureInfo.InvariantCulture));

    public bool IsSqlite => Scope.Database == DatabaseKind.Sqlite;

    public string Text(SegmentCondition c, string value) =>
        c.Operator switch
        {
            SegmentOperator.Is => $"({value} = {AddText(c.Value)})",
            SegmentOperator.IsNot => Not($"({value} = {AddText(c.Value)})"),
            SegmentOperator.Contains => Holds(value, AddText(c.Value)),
            SegmentOperator.ContainsNot => Not(Holds(value, AddText(c.Value))),
            SegmentOperator.Starts => Starts(value, AddText(c.Value)),
            SegmentOperator.Ends => Ends(value, AddText(c.Value)),
            SegmentOperator.Empty => $"(coalesce({value}, '') = '')",
            _ => $"({value} <> '')",
        };

    public string Holds(string value, string parameter) =>
        IsSqlite ? $"(instr({value}, {parameter}) > 0)" : $"(position({parameter} in {value}) > 0)";

    public string Starts(string value, string parameter) =>
        IsSqlite ? $"(substr({value}, 1, length({parameter})) = {parameter})" : $"(left({value}, length({parameter})) = {parameter})";

    public string Ends(string value, string parameter) =>
        IsSqlite ? $"(substr({value}, -length({parameter})) = {parameter})" : $"(right({value}, length({parameter})) = {parameter})";

    public long Start(DateOnly day) => SegmentValues.StartOfDay(day, Scope.Zone);

    public DateOnly DaysAgo(SegmentCondition c) => Today.AddDays(-SegmentValues.Whole(c.Value));

    /// <summary>A time in milliseconds against days of the customer's zone.</summary>
    public string Moment(SegmentCondition c, string value) =>
        c.Operator switch
        {
            SegmentOperator.LastDays => $"({value} >= {Add(Start(DaysAgo(c)))})",
            SegmentOperator.OlderDays => $"({value} < {Add(Start(DaysAgo(c)))})",
            SegmentOperator.Before => $"({value} < {Add(Start(SegmentValues.Date(c.Value)))})",
            SegmentOperator.After => $"({value} >= {Add(Start(SegmentValues.Date(c.Value).AddDays(1)))})",
            SegmentOperator.On => Range(value, SegmentValues.Date(c.Value), SegmentValues.Date(c.Value)),
            _ => Range(value, SegmentValues.Date(c.Value), SegmentValues.Date(c.Value2)),
        };

    public string Range(string value, DateOnly first, DateOnly last) =>
        $"({value} >= {Add(Start(first))} AND {value} < {Add(Start(last.AddDays(1)))})";

    /// <summary>Contacts of a table that meet a condition: as a set, or looked up for each contact.</summary>
    public string In(string table, string column, string condition) =>
        Scope.Use == SegmentUse.Whole
            ? $"(c.id IN (SELECT {column} FROM {table} WHERE {condition}))"
            : $"(EXISTS (SELECT 1 FROM {table} WHERE {column} = c.id AND {condition}))";
}
