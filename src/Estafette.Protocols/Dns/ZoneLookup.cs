namespace Estafette.Protocols.Dns;

/// <summary>Answers from records held in memory: for tests and for tools that are given their records.</summary>
public sealed class ZoneLookup : IDnsLookup
{
    private readonly Dictionary<string, List<DnsRecord>> records = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> failing = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Questions asked so far.</summary>
    public int Questions { get; private set; }

    /// <summary>Adds a record.</summary>
    public ZoneLookup Add(string name, DnsRecordType type, string value, int preference = 0)
    {
        var owner = name.TrimEnd('.').ToLowerInvariant();
        if (!records.TryGetValue(owner, out var list))
            records[owner] = list = [];
        list.Add(new DnsRecord(owner, type, value, preference));
        return this;
    }

    /// <summary>Makes every question about a name fail, as a server that does not answer would.</summary>
    public ZoneLookup Fail(string name)
    {
        failing.Add(name.TrimEnd('.'));
        return this;
    }

    /// <inheritdoc />
    public Task<DnsAnswer> LookupAsync(string name, DnsRecordType type, CancellationToken cancellation)
    {
        Questions++;
        return Task.FromResult(Answer(name.TrimEnd('.'), type, aliases: 0));
    }

    private DnsAnswer Answer(string name, DnsRecordType type, int aliases)
    {
        if (failing.Contains(name))
            return new DnsAnswer(DnsOutcome.Failed, [], TimeSpan.Zero, $"{name} was made to fail.");
        if (!records.TryGetValue(name, out var all))
        {
            var above = records.Keys.Any(owner => owner.EndsWith("." + name, StringComparison.OrdinalIgnoreCase));
            return new DnsAnswer(above ? DnsOutcome.NoRecords : DnsOutcome.NoSuchName, [], TimeSpan.FromMinutes(1));
        }
        var found = all.Where(record => record.Type == type).ToList();
        if (found.Count > 0)
            return new DnsAnswer(DnsOutcome.Found, found, TimeSpan.FromMinutes(1));
        // RFC 1034 §3.6.2: an alias is followed; eight in a row are taken for a loop.
        if (all.Find(record => record.Type == DnsRecordType.Cname) is { } alias)
        {
            return aliases < 8
                ? Answer(alias.Value.TrimEnd('.'), type, aliases + 1)
                : new DnsAnswer(DnsOutcome.Failed, [], TimeSpan.Zero, $"Aliases of {name} go on for ever.");
        }
        return new DnsAnswer(DnsOutcome.NoRecords, [], TimeSpan.FromMinutes(1));
    }
}
