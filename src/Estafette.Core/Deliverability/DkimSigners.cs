using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Estafette.Core.Platform;
using Estafette.Protocols.Dkim;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Deliverability;

/// <summary>
/// The signer for each sender domain, its private key decrypted once. A change made in this process counts at once, one made by another
/// process within half a minute. A signer that was given out stays usable.
/// </summary>
public sealed class DkimSigners(IDbContextFactory<EstafetteDb> databases, Secrets secrets, TimeProvider clock)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(30);
    private const string PublicPart = "v=DKIM1; k=rsa; p=";

    private readonly ConcurrentDictionary<(CustomerId Customer, string Domain), Entry> _known = new();

    /// <summary>
    /// The signer for messages from a domain: of the domain itself, or of the nearest domain above it, which is aligned as well (RFC 7489 §3.1.1,
    /// relaxed). Null when none of them signs.
    /// </summary>
    /// <param name="customer">The owner.</param>
    /// <param name="fromDomain">Domain of the From address, as A-labels in lower case.</param>
    /// <param name="ct">Stops the look-up.</param>
    /// <exception cref="InvalidOperationException">The key ring of this installation cannot decrypt the private key.</exception>
    public ValueTask<DkimSigner?> FindAsync(CustomerId customer, string fromDomain, CancellationToken ct)
    {
        var key = (customer, fromDomain);
        return _known.TryGetValue(key, out var entry) && clock.GetElapsedTime(entry.ReadAt) < Freshness
            ? new(entry.Signer)
            : ReadAsync(key, entry, ct);
    }

    /// <summary>Drops what is known of a customer's domains, after a change.</summary>
    public void Forget(CustomerId customer)
    {
        foreach (var key in _known.Keys.Where(k => k.Customer == customer))
            _known.TryRemove(key, out _);
    }

    internal (string Selector, string PublicKey, string ProtectedKey) NewKey()
    {
        var key = DkimKey.Generate();
        var month = clock.GetUtcNow().ToString("yyyyMM", CultureInfo.InvariantCulture);
        return (
            $"est{month}{RandomNumberGenerator.GetHexString(4, lowercase: true)}",
            key.RecordValue[PublicPart.Length..],
            secrets.Protect(key.PrivateKeyPem)
        );
    }

    private async ValueTask<DkimSigner?> ReadAsync((CustomerId Customer, string Domain) key, Entry? known, CancellationToken ct)
    {
        var names = Names(key.Domain);
        await using var db = await databases.CreateDbContextAsync(ct);
        var found = await db.Of<SenderDomain>(key.Customer)
            .AsNoTracking()
            .Where(d => d.DkimActive && names.Contains(d.Domain))
            .ToListAsync(ct);
        var nearest = found.MaxBy(d => d.Domain.Length);
        var entry =
            known is not null && known.ProtectedKey == nearest?.DkimProtectedKey
                ? known with
                {
                    ReadAt = clock.GetTimestamp(),
                }
                : new Entry(nearest is null ? null : Make(nearest), nearest?.DkimProtectedKey, clock.GetTimestamp());
        _known[key] = entry;
        return entry.Signer;
    }

    private DkimSigner Make(SenderDomain domain)
    {
        try
        {
            return new DkimSigner(domain.Domain, domain.DkimSelector, secrets.Unprotect(domain.DkimProtectedKey));
        }
        catch (CryptographicException unreadable)
        {
            throw new InvalidOperationException(
                $"Signing for {domain.Domain}: the key ring of this installation cannot decrypt its DKIM key; rotate the key of the domain.",
                unreadable
            );
        }
    }

    // news.shop.example.com, shop.example.com, example.com: a single label is nobody's domain.
    private static List<string> Names(string domain)
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

    private sealed record Entry(DkimSigner? Signer, string? ProtectedKey, long ReadAt);
}
