using System.Collections.Concurrent;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Deliverability;

/// <summary>One thing about a sender's domain.</summary>
/// <param name="Code">spf-ko, spf-bad, dkim-ko, dkim-bad; for warnings dns-unknown.</param>
/// <param name="Domain">The domain.</param>
public sealed record SenderFinding(string Code, string Domain);

/// <summary>What was found of a sender's domain.</summary>
/// <param name="Faults">What keeps it from sending.</param>
/// <param name="Warnings">What could not be found out.</param>
public sealed record SenderCheckResult(IReadOnlyList<SenderFinding> Faults, IReadOnlyList<SenderFinding> Warnings)
{
    /// <summary>Asking later may tell.</summary>
    public bool IsTemporary => Warnings.Count > 0;
}

/// <summary>
/// Looks at the domain of a sender address before it is used: is its SPF record there and right, is our DKIM key published (interfaces §1.5). The
/// key is that of the domain or of the nearest one above it that the customer registered, which is the one that signs; SPF is not inherited (RFC
/// 7208 §4.4) and is that of the domain itself. What is right is kept for an hour, what is wrong for a minute, what nobody answered not at all.
/// </summary>
public sealed class SenderChecks(DomainChecks checks, DnsOptions options, IDbContextFactory<EstafetteDb> databases, TimeProvider clock)
{
    private static readonly TimeSpan Right = TimeSpan.FromHours(1);
    private static readonly TimeSpan Wrong = TimeSpan.FromSeconds(60);
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<(string Domain, string? Signing, string? Key), Kept> _known = new();

    public async Task<SenderCheckResult> CheckAsync(CustomerId customer, string email, CancellationToken ct)
    {
        if (options.BypassChecks || !EmailAddress.TryParse(email, out var address, out _))
            return new([], []);
        await using var db = await databases.CreateDbContextAsync(ct);
        var signing = await NearestSenderDomain.FindAsync(customer, address.Domain, db, ct);
        var key = (address.Domain, signing?.Domain, signing?.DkimPublicKey);
        if (_known.TryGetValue(key, out var kept) && kept.Until > clock.GetUtcNow())
            return kept.Result;
        var result = await LookAsync(address.Domain, signing, ct);
        if (!result.IsTemporary)
            Keep(key, result);
        return result;
    }

    private async Task<SenderCheckResult> LookAsync(string domain, SenderDomain? signing, CancellationToken ct)
    {
        var spf = checks.SpfAsync(domain, ct);
        var dkim = signing is null
            ? Task.FromResult(new DomainFinding(CheckSubject.Dkim, DomainStatus.Ko, "dkim-ko"))
            : checks.DkimAsync(signing.Domain, signing.CurrentKey, ct);
        var found = await Task.WhenAll(spf, dkim);
        return new(
            [.. found.Where(f => f.Status is DomainStatus.Ko or DomainStatus.Bad).Select(f => new SenderFinding(CodeOf(f), domain))],
            [.. found.Where(f => f.IsUnknown).Take(1).Select(f => new SenderFinding(f.Code, domain))]
        );
    }

    private static string CodeOf(DomainFinding finding) =>
        (finding.Subject, finding.Status) switch
        {
            (CheckSubject.Spf, DomainStatus.Ko) => "spf-ko",
            (CheckSubject.Spf, _) => "spf-bad",
            (_, DomainStatus.Ko) => "dkim-ko",
            _ => "dkim-bad",
        };

    private void Keep((string, string?, string?) key, SenderCheckResult result)
    {
        var now = clock.GetUtcNow();
        if (_known.Count >= MostKept)
            foreach (var over in _known.Where(k => k.Value.Until <= now).ToList())
                _known.TryRemove(over);
        if (_known.Count < MostKept)
            _known[key] = new Kept(result, now + (result.Faults.Count == 0 ? Right : Wrong));
    }

    private sealed record Kept(SenderCheckResult Result, DateTimeOffset Until);
}

/// <summary>The sender domain that stands for a domain: itself, or the nearest one above it, as <see cref="DkimSigners"/> signs.</summary>
public static class NearestSenderDomain
{
    /// <param name="customer">The owner.</param>
    /// <param name="domain">A-labels, lower case.</param>
    /// <param name="db">Database.</param>
    /// <param name="ct">Ends the look-up.</param>
    public static async Task<SenderDomain?> FindAsync(CustomerId customer, string domain, EstafetteDb db, CancellationToken ct)
    {
        var names = Names(domain);
        var found = await db.Of<SenderDomain>(customer).AsNoTracking().Where(d => names.Contains(d.Domain)).ToListAsync(ct);
        // One that signs goes before one that does not: it is its signature that is looked at.
        return found.OrderByDescending(d => d.DkimActive).ThenByDescending(d => d.Domain.Length).FirstOrDefault();
    }

    // news.shop.example.com, shop.example.com, example.com: a single label is nobody's domain.
    internal static List<string> Names(string domain)
    {
        var names = new List<string> { domain };
        for (var dot = domain.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = domain.IndexOf('.', dot + 1))
        {
            var above = domain[(dot + 1)..];
            if (above.Contains('.'))
                names.Add(above);
        }
        return names;
    }
}
