using System.Collections.Concurrent;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Deliverability;

/// <summary>Whether a program may send in the name of an address.</summary>
/// <param name="IsKnown">The address is an identity of the customer, or its domain one of theirs.</param>
/// <param name="Faults">What is wrong with the domain; empty when it may send.</param>
public sealed record SenderPermit(bool IsKnown, IReadOnlyList<SenderFinding> Faults)
{
    public bool MaySend => IsKnown && Faults.Count == 0;
}

/// <summary>
/// Keeps programs from sending in other people's names: the From address must be an identity of the customer or of one of their domains, and the domain
/// must have the records that <see cref="SenderChecks"/> asks for. Answers are kept for a minute, refusals for ten seconds, so that a mail does not ask
/// the DNS each time.
/// </summary>
public sealed class SenderPermits(SenderChecks checks, DnsOptions dns, IDbContextFactory<EstafetteDb> databases, TimeProvider clock)
{
    private const int MaxKept = 10_000;
    private static readonly TimeSpan KeptWhenGood = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeptWhenBad = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<(CustomerId, string), (SenderPermit Permit, DateTimeOffset Until)> _kept = new();

    public async ValueTask<SenderPermit> AskAsync(CustomerId customer, EmailAddress from, CancellationToken ct)
    {
        if (dns.BypassChecks)
            return new(true, []);
        var now = clock.GetUtcNow();
        if (_kept.TryGetValue((customer, from.Key), out var known) && known.Until > now)
            return known.Permit;
        var permit = await FindAsync(customer, from, ct);
        if (_kept.Count >= MaxKept)
            _kept.Clear();
        _kept[(customer, from.Key)] = (permit, now + (permit.MaySend ? KeptWhenGood : KeptWhenBad));
        return permit;
    }

    private async Task<SenderPermit> FindAsync(CustomerId customer, EmailAddress from, CancellationToken ct)
    {
        var (domain, address) = (from.Domain, from.Address);
        await using var db = await databases.CreateDbContextAsync(ct);
        var isKnown =
            await db.Of<SenderDomain>(customer).AnyAsync(d => d.Domain == domain, ct)
            || await db.Of<SenderIdentity>(customer).AnyAsync(i => i.Email == address, ct);
        return isKnown ? new(true, (await checks.CheckAsync(customer, address, ct)).Faults) : new(false, []);
    }
}
