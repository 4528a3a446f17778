using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Estafette.Protocols.Dns;

/// <summary>Whom a <see cref="DnsClient"/> asks, how long it waits and what it keeps.</summary>
public sealed record DnsClientOptions
{
    /// <summary>Resolvers in the order they are asked; default those of the system.</summary>
    public IReadOnlyList<IPEndPoint> Resolvers { get; init; } = DnsResolvers.FromSystem();

    /// <summary>How often a resolver that stays silent is asked; default 3. One that refuses or answers nonsense is asked once.</summary>
    [Range(1, 10)]
    public int Rounds { get; init; } = 3;

    /// <summary>Wait for one resolver in the first round, doubled in each further one; default 2 s.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait for one look-up with all rounds and aliases; default 12 s.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Most aliases followed for one look-up; default 8. More are taken for a loop (RFC 1034 §3.6.2).</summary>
    [Range(0, 32)]
    public int MaxAliases { get; init; } = 8;

    /// <summary>Most look-ups on the network at once, the others wait; default 200. Each holds a socket.</summary>
    [Range(1, 10_000)]
    public int MaxConcurrent { get; init; } = 200;

    /// <summary>Most answers kept; default 10,000. When there are more, those that end soonest go. 0 keeps none.</summary>
    [Range(0, 1_000_000)]
    public int MaxKept { get; init; } = 10_000;

    /// <summary>An answer that may be kept is kept at least so long; default 5 s.</summary>
    public TimeSpan MinTimeToLive { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Records are kept at most so long; default 1 h.</summary>
    public TimeSpan MaxTimeToLive { get; init; } = TimeSpan.FromHours(1);

    /// <summary>"No such name" and "no records" are kept at most so long; default 60 s. RFC 2308 §5 allows up to 3 h.</summary>
    public TimeSpan MaxNegativeTimeToLive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A failure is repeated from memory so long; default 5 s (RFC 9520 §3.2: 1 s to 5 min).</summary>
    public TimeSpan FailureTimeToLive { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Clock of waits and of times to live.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
