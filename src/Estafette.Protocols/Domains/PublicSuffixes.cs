using System.Collections.Frozen;
using System.Text;
using Estafette.Protocols.Dns;

namespace Estafette.Protocols.Domains;

/// <summary>Tells which part of a name somebody registered, by the Public Suffix List (https://publicsuffix.org/list/).</summary>
/// <remarks>
/// The list has three kinds of rules: <c>co.uk</c>, <c>*.ck</c> for every label below, and <c>!www.ck</c> for what such a rule does not mean. Of
/// the rules that fit, an exception wins, else the longest; without one, the last label is the suffix. Both parts of the list count, that of
/// registries and that of companies which let strangers have names. It is embedded as Debian's package publicsuffix has it, U-labels become
/// A-labels when it is read, and a newer one is put there by replacing the file.
/// </remarks>
public static class PublicSuffixes
{
    private const string Resource = "Estafette.Protocols.Domains.public_suffix_list.dat";

    private static readonly Lazy<FrozenDictionary<string, Rules>> List = new(Load);

    [Flags]
    private enum Rules
    {
        None = 0,
        Plain = 1,
        EveryLabelBelow = 2,
        Exception = 4,
    }

    /// <summary>The part of a name under which anybody may register; null when it is no name.</summary>
    /// <param name="name">A domain, U-labels or A-labels, with or without the final dot; the result has lower case and A-labels.</param>
    public static string? SuffixOf(string? name) => DnsName.FromText(name) is { } plain ? plain[SuffixStart(plain)..] : null;

    /// <summary>
    /// The organisational domain of a name (RFC 7489 §3.2): its suffix and one label more; null when the name is a suffix itself, or no name.
    /// </summary>
    /// <inheritdoc cref="SuffixOf"/>
    public static string? OrganizationalDomain(string? name)
    {
        if (DnsName.FromText(name) is not { } plain)
            return null;
        var suffix = SuffixStart(plain);
        return suffix == 0 ? null : plain[(plain.LastIndexOf('.', suffix - 2) + 1)..];
    }

    private static int SuffixStart(string name)
    {
        var rules = List.Value.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var start = 0; ; )
        {
            var next = name.IndexOf('.', start) + 1;
            var own = rules.TryGetValue(name.AsSpan(start), out var found) ? found : Rules.None;
            if (own.HasFlag(Rules.Exception))
                return next;
            var above = next > 0 && rules.TryGetValue(name.AsSpan(next), out found) ? found : Rules.None;
            if (own.HasFlag(Rules.Plain) || above.HasFlag(Rules.EveryLabelBelow) || next == 0)
                return start;
            start = next;
        }
    }

    private static FrozenDictionary<string, Rules> Load()
    {
        using var reader = new StreamReader(
            typeof(PublicSuffixes).Assembly.GetManifestResourceStream(Resource)
                ?? throw new InvalidOperationException("Reading the list of public suffixes: it is not embedded in this build."),
            Encoding.UTF8
        );
        var rules = new Dictionary<string, Rules>(10_000, StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            // A rule ends at the first white space; lines of remarks begin with //.
            var rule = line.Split(' ', '\t')[0];
            if (rule.Length == 0 || rule.StartsWith("//", StringComparison.Ordinal))
                continue;
            var (kind, skipped) = rule switch
            {
                ['!', ..] => (Rules.Exception, 1),
                ['*', '.', ..] => (Rules.EveryLabelBelow, 2),
                _ => (Rules.Plain, 0),
            };
            if (DnsName.FromText(rule[skipped..]) is { } name)
                rules[name] = rules.GetValueOrDefault(name) | kind;
        }
        return rules.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
