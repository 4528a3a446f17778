using System.Globalization;

namespace Estafette.Core.Contacts.Segments;

/// <summary>Conditions on attributes: each kind is compared in the form in which <see cref="AttributeSql"/> reads it.</summary>
internal sealed class CompileAttribute(SegmentSql sql)
{
    /// <summary>The predicate of a condition on an attribute.</summary>
    public string Write(SegmentCondition c)
    {
        var indexed = sql.Scope.Indexed.Contains((c.Key!, c.Kind));
        var place = indexed
            ? AttributeSql.Literal(sql.Scope.Database, c.Key!)
            : sql.Add(AttributeSql.Place(sql.Scope.Database, c.Key!)) + (sql.IsSqlite ? "" : "::text");
        var value = AttributeSql.Value(sql.Scope.Database, c.Kind, place);
        if (c.Operator is SegmentOperator.Empty or SegmentOperator.NotEmpty && c.Kind != AttributeKind.Text)
            return c.Operator == SegmentOperator.Empty ? $"(({value}) IS NULL)" : $"(({value}) IS NOT NULL)";
        return c.Kind switch
        {
            AttributeKind.Number => Number(c, value),
            AttributeKind.Date => Date(c, value),
            AttributeKind.Boolean => $"(({value}) = {(c.Operator == SegmentOperator.Yes ? 1 : 0)})",
            AttributeKind.List when c.Operator == SegmentOperator.Holds => AttributeSql.Holds(
                sql.Scope.Database,
                place,
                sql.AddText(c.Value)
            ),
            AttributeKind.List => SegmentSql.Not(AttributeSql.Holds(sql.Scope.Database, place, sql.AddText(c.Value))),
            _ => sql.Text(c, value),
        };
    }

    private string AddNumber(string? text) =>
        sql.IsSqlite ? sql.Add((double)SegmentValues.Number(text)) : sql.Add(SegmentValues.Number(text)) + "::numeric";

    private string Number(SegmentCondition c, string value) =>
        c.Operator switch
        {
            SegmentOperator.Is => $"(({value}) = {AddNumber(c.Value)})",
            SegmentOperator.IsNot => SegmentSql.Not($"(({value}) = {AddNumber(c.Value)})"),
            SegmentOperator.Less => $"(({value}) < {AddNumber(c.Value)})",
            SegmentOperator.AtMost => $"(({value}) <= {AddNumber(c.Value)})",
            SegmentOperator.More => $"(({value}) > {AddNumber(c.Value)})",
            SegmentOperator.AtLeast => $"(({value}) >= {AddNumber(c.Value)})",
            _ => $"(({value}) >= {AddNumber(c.Value)} AND ({value}) <= {AddNumber(c.Value2)})",
        };

    private string AddDay(DateOnly day) => sql.Add(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    /// <summary>A day as text: yyyy-MM-dd stands in the order of time.</summary>
    private string Date(SegmentCondition c, string value) =>
        c.Operator switch
        {
            SegmentOperator.LastDays => $"(({value}) >= {AddDay(sql.DaysAgo(c))} AND ({value}) <= {AddDay(sql.Today)})",
            SegmentOperator.OlderDays => $"(({value}) < {AddDay(sql.DaysAgo(c))})",
            SegmentOperator.NextDays =>
                $"(({value}) >= {AddDay(sql.Today)} AND ({value}) <= {AddDay(sql.Today.AddDays(SegmentValues.Whole(c.Value)))})",
            SegmentOperator.AnniversaryDays => Anniversary(c, value),
            SegmentOperator.Before => $"(({value}) < {AddDay(SegmentValues.Date(c.Value))})",
            SegmentOperator.After => $"(({value}) > {AddDay(SegmentValues.Date(c.Value))})",
            SegmentOperator.On => $"(({value}) = {AddDay(SegmentValues.Date(c.Value))})",
            _ => $"(({value}) >= {AddDay(SegmentValues.Date(c.Value))} AND ({value}) <= {AddDay(SegmentValues.Date(c.Value2))})",
        };

    /// <summary>The 29th of February is kept on the 1st of March of other years.</summary>
    private string Anniversary(SegmentCondition c, string value)
    {
        var monthDay = $"substr(({value}), 6, 5)";
        var first = sql.Today;
        var last = sql.Today.AddDays(SegmentValues.Whole(c.Value));
        if (last.DayNumber - first.DayNumber >= 365)
            return $"(({value}) IS NOT NULL)";
        var (from, to) = (sql.Add(MonthDay(first)), sql.Add(MonthDay(last)));
        var within =
            first.Year == last.Year ? $"({monthDay} >= {from} AND {monthDay} <= {to})" : $"({monthDay} >= {from} OR {monthDay} <= {to})";
        var leap = Enumerable
            .Range(0, last.DayNumber - first.DayNumber + 1)
            .Select(first.AddDays)
            .Any(d => d is { Month: 3, Day: 1 } && !DateTime.IsLeapYear(d.Year));
        return leap ? $"({within} OR {monthDay} = '02-29')" : within;

        static string MonthDay(DateOnly day) => day.ToString("MM-dd", CultureInfo.InvariantCulture);
    }
}
