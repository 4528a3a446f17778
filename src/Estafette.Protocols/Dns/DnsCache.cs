namespace Estafette.Protocols.Dns;

/// <summary>Answers kept until their time is over; bounded in number, and in size by leaving out very long answers.</summary>
internal sealed class DnsCache(int maxEntries, TimeProvider clock)
{
    // Characters; a name has one or a few short records, and those that do not are asked for again.
    private const int MaxText = 8192;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Name, DnsRecordType Type), (DnsAnswer Answer, DateTimeOffset Ends)> _kept = [];

    /// <summary>The answer with the time it has left, or null.</summary>
    public DnsAnswer? Find(string name, DnsRecordType type)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            if (!_kept.TryGetValue((name, type), out var kept))
                return null;
            if (kept.Ends > now)
                return kept.Answer.IsFinal ? kept.Answer with { TimeToLive = kept.Ends - now } : kept.Answer;
            _kept.Remove((name, type));
            return null;
        }
    }

    public void Keep(string name, DnsRecordType type, DnsAnswer answer, TimeSpan keep)
    {
        if (keep <= TimeSpan.Zero || maxEntries == 0 || answer.Records.Sum(r => r.Name.Length + r.Value.Length) > MaxText)
            return;
        lock (_lock)
        {
            if (_kept.Count >= maxEntries && !_kept.ContainsKey((name, type)))
                MakeRoom();
            _kept[(name, type)] = (answer, clock.GetUtcNow() + keep);
        }
    }

    // An eighth at once, so that the sort is paid for by many answers.
    private void MakeRoom()
    {
        foreach (var key in _kept.OrderBy(k => k.Value.Ends).Take(Math.Max(1, maxEntries / 8)).Select(k => k.Key).ToList())
            _kept.Remove(key);
    }
}
