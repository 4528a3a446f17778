using System.Collections.Frozen;

namespace Estafette.Protocols.Phones;

/// <summary>All numbering plans, read once from the embedded table.</summary>
internal static class NumberingPlans
{
    private static readonly NumberingPlan[] All = Load();

    private static readonly FrozenDictionary<string, NumberingPlan> ByCountry = All.Where(p => p.Country != "001")
        .ToFrozenDictionary(p => p.Country, StringComparer.OrdinalIgnoreCase);

    // The main country of a shared code comes first in the table.
    private static readonly FrozenDictionary<int, NumberingPlan[]> ByCallingCode = All.GroupBy(p => p.CallingCode)
        .ToFrozenDictionary(g => g.Key, g => g.ToArray());

    internal static NumberingPlan? Find(string? country) => country is null ? null : ByCountry.GetValueOrDefault(country);

    internal static ReadOnlySpan<NumberingPlan> WithCallingCode(int code) => ByCallingCode.GetValueOrDefault(code) ?? [];

    private static NumberingPlan[] Load()
    {
        using var reader = new StreamReader(
            typeof(NumberingPlans).Assembly.GetManifestResourceStream("Estafette.Protocols.Phones.numbering-plans.tsv")
                ?? throw new InvalidOperationException("Reading the numbering plans: the table is not embedded in this build.")
        );
        var plans = new List<NumberingPlan>(256);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
                plans.Add(new NumberingPlan(line));
        }
        return [.. plans];
    }
}
