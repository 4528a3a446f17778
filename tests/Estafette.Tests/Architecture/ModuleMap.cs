namespace Estafette.Tests.Architecture;

/// <summary>The lines of <c>modules.txt</c>: each module and the modules it may use.</summary>
internal sealed class ModuleMap
{
    private readonly Dictionary<string, HashSet<string>> _uses = new(StringComparer.Ordinal);

    private ModuleMap() { }

    public IReadOnlyCollection<string> Modules => _uses.Keys;

    /// <summary>What is wrong with the file itself: a module named twice, or one that uses a module below it.</summary>
    public List<string> Faults { get; } = [];

    public static ModuleMap Parse(string text)
    {
        var map = new ModuleMap();
        foreach (var line in text.Split('\n').Select(l => l.Split('#')[0].Trim()).Where(l => l.Length > 0))
        {
            var parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
            var uses = parts.Length == 1 ? [] : parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach (var below in uses.Where(u => !map._uses.ContainsKey(u)))
                map.Faults.Add($"{parts[0]} uses {below}, which is not on a line above it.");
            if (!map._uses.TryAdd(parts[0], uses.ToHashSet(StringComparer.Ordinal)))
                map.Faults.Add($"{parts[0]} has two lines.");
        }
        return map;
    }

    public bool MayUse(string module, string used) => module == used || (_uses.TryGetValue(module, out var uses) && uses.Contains(used));
}
