using System.Collections.Frozen;

namespace Estafette.Core.Statistics;

/// <summary>Which recipient domains belong to one mail provider, by the embedded table mail-providers.tsv.</summary>
public static class MailProviders
{
    private static readonly FrozenDictionary<string, string> Table = Read();

    /// <summary>Names of the providers, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [.. Table.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The provider of a domain; null when it is not one of the known ones.</summary>
    public static string? Of(string domain) => Table.GetValueOrDefault(domain);

    /// <summary>The domains of a provider, in order; none for an unknown one.</summary>
    public static IReadOnlyList<string> DomainsOf(string provider) =>
        [.. Table.Where(p => p.Value == provider).Select(p => p.Key).Order(StringComparer.Ordinal)];

    private static FrozenDictionary<string, string> Read()
    {
        using var stream = typeof(MailProviders).Assembly.GetManifestResourceStream("Statistics/Domains/mail-providers.tsv")!;
        using var reader = new StreamReader(stream);
        var table = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#' && line.Split('\t') is [var provider, var domains])
                foreach (var domain in domains.Split(' '))
                    table.Add(domain, provider);
        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
