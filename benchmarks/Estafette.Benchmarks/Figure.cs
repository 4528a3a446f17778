using System.Globalization;

namespace Estafette.Benchmarks;

/// <summary>Prints one figure: name, value, unit, the bound it is held against and their ratio.</summary>
internal static class Figure
{
    public static void Print(string name, double value, string unit, double? bound = null) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name} {value:0.###} {unit} {(bound is { } b ? b.ToString("0.###", CultureInfo.InvariantCulture) : "-")} {(bound is { } c && c > 0 ? (value / c).ToString("0.00", CultureInfo.InvariantCulture) : "-")}"
            )
        );
}
