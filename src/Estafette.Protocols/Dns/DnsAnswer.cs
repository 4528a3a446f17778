namespace Estafette.Protocols.Dns;

/// <summary>What asking for the records of one name and type came to.</summary>
public enum DnsOutcome
{
    /// <summary>At least one record of the type asked for, aliases followed.</summary>
    Found,

    /// <summary>The name exists, or is above one that does, without a record of the type (RFC 2308 §2.2).</summary>
    NoRecords,

    /// <summary>The name does not exist (RFC 2308 §2.1).</summary>
    NoSuchName,

    /// <summary>No usable answer: time-out, SERVFAIL, REFUSED, a malformed or looping answer. Asking later may succeed.</summary>
    Failed,
}

/// <summary>The answer to one question.</summary>
/// <param name="Outcome">What it came to.</param>
/// <param name="Records">Records of the type asked for, empty unless <see cref="DnsOutcome.Found"/>.</param>
/// <param name="TimeToLive">How long it may be kept; zero when it failed.</param>
/// <param name="Problem">Why it failed, in words; null otherwise.</param>
public sealed record DnsAnswer(DnsOutcome Outcome, IReadOnlyList<DnsRecord> Records, TimeSpan TimeToLive, string? Problem = null)
{
    /// <summary>Whether the far end answered for good, be it that there is nothing.</summary>
    public bool IsFinal => Outcome != DnsOutcome.Failed;
}
