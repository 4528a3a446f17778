using Estafette.Web.Grids;

namespace Estafette.Web.Charts;

/// <summary>How a series is drawn.</summary>
public enum ChartShape
{
    Bar,
    Line,

    /// <summary>Bars on top of those of the series before.</summary>
    Stacked,
}

/// <summary>One series of figures; a missing figure leaves a gap.</summary>
/// <param name="Label">What it is, in the language of the user.</param>
/// <param name="Colour">A colour of the theme by its name: azure, teal, indigo, red and so on.</param>
/// <param name="Shape">How it is drawn.</param>
/// <param name="Values">One for each label of the chart.</param>
public sealed record ChartSeries(string Label, string Colour, ChartShape Shape, IReadOnlyList<decimal?> Values)
{
    /// <summary>Drawn pale, for what stands beside the real figures: what machines did.</summary>
    public bool Pale { get; init; }
}

/// <summary>What a chart shows: the labels of its axis and the series over them.</summary>
/// <param name="Name">Name of its files; letters, digits and hyphens.</param>
/// <param name="Axis">What the labels are, heading of the first column of the table.</param>
/// <param name="Labels">The axis.</param>
/// <param name="Series">The figures.</param>
public sealed record ChartData(string Name, string Axis, IReadOnlyList<string> Labels, IReadOnlyList<ChartSeries> Series)
{
    /// <summary>What stands behind each figure, such as "%".</summary>
    public string Unit { get; init; } = "";

    internal static string Text(decimal? value) => value is null ? "–" : GridText.Of(value, TimeZoneInfo.Utc);
}
