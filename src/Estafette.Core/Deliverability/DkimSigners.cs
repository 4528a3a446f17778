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
        return (NewSelector("est"), key.RecordValue[PublicPart.Length..], secrets.Protect(key.PrivateKeyPem));
    }

    internal (string Selector, string Record, string ProtectedKey) NewSecondKey()
    {
        var key = DkimEd25519Key.Generate();
        return (NewSelector("ese"), key.RecordValue, secrets.Protect(key.PrivateKeyPem));
    }

    private string NewSelector(string prefix) =>
        prefix
        + clock.GetUtcNow().ToString("yyyyMM", CultureInfo.InvariantCulture)
        + RandomNumberGenerator.GetHexString(4, lowercase: true);

    private async ValueTask<DkimSigner?> ReadAsync((CustomerId Customer, string Domain) key, Entry? known, CancellationToken ct)
    {
        var names = NearestSenderDomain.Names(key.Domain);
        await using var db = await databases.CreateDbContextAsync(ct);
        var found = await db.Of<SenderDomain>(key.Customer)
            .AsNoTracking()
            .Where(d => d.DkimActive && names.Contains(d.Domain))
            .ToListAsync(ct);
        var nearest = found.MaxBy(d => d.Domain.Length);
        var keys = (nearest?.DkimProtectedKey, SecondOf(nearest));
        var entry =
            known is not null && known.Keys == keys
                ? known with
                {
                    ReadAt = clock.GetTimestamp(),
                }
                : new Entry(nearest is null ? null : Make(nearest), keys, clock.GetTimestamp());
        _known[key] = entry;
        return entry.Signer;
    }

    private DkimSigner Make(SenderDomain domain)
    {
        try
        {
            var first = secrets.Unprotect(domain.DkimProtectedKey);
            return SecondOf(domain) is { } second
                ? new DkimSigner(
                    domain.Domain,
                    domain.DkimSelector,
                    first,
                    new DkimSecondKey(domain.SecondSelector!, secrets.Unprotect(second))
                )
                : new DkimSigner(domain.Domain, domain.DkimSelector, first);
        }
        catch (CryptographicException unreadable)
        {
            throw new InvalidOperationException(
                $"Signing for {domain.Domain}: the key ring of this installation cannot decrypt its DKIM key; rotate the key of the domain.",
                unreadable
            );
        }
    }

    // A machine without OpenSSL 3 signs with RSA alone.
    private static string? SecondOf(SenderDomain? domain) =>
        domain is { SecondActive: true } && Ed25519.IsAvailable ? domain.SecondProtectedKey : null;

    private sealed record Entry(DkimSigner? Signer, (string? First, string? Second) Keys, long ReadAt);
}
