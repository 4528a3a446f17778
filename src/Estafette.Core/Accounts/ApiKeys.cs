using System.Security.Cryptography;
using System.Text;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>
/// Keys of the programmatic door: "esk_" + 8 characters that tell keys apart + 43 characters of 256 random bits. Only the SHA-256 of the
/// whole key is stored: a random key of that length needs no slow hash.
/// </summary>
public static class ApiKeys
{
    private const string Mark = "esk_";
    private const int PrefixLength = 12;
    private const string Alphabet = "abcdefghijkmnopqrstuvwxyz0123456789";

    /// <summary>Creates a key and returns it: the only time it can be read.</summary>
    public static async Task<string> CreateAsync(CustomerId customer, string name, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var key =
            Mark + RandomNumberGenerator.GetString(Alphabet, PrefixLength - Mark.Length) + Base64Url(RandomNumberGenerator.GetBytes(32));
        db.Add(
            new ApiKey
            {
                CustomerId = customer,
                Name = name.Trim(),
                Prefix = key[..PrefixLength],
                Hash = HashOf(key),
                CreatedAt = clock.GetUtcNow(),
            }
        );
        await db.SaveChangesAsync(ct);
        return key;
    }

    /// <summary>The customer's keys, newest first, revoked ones included.</summary>
    public static async Task<IReadOnlyList<ApiKey>> ListAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        await db.Of<ApiKey>(customer).AsNoTracking().OrderByDescending(k => k.Id).ToListAsync(ct);

    /// <summary>Makes a key useless at once; false when the customer has no such key.</summary>
    public static async Task<bool> RevokeAsync(CustomerId customer, long id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var key = await db.Of<ApiKey>(customer).SingleOrDefaultAsync(k => k.Id == id, ct);
        if (key is null)
            return false;
        key.RevokedAt ??= clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>The stored key that a presented one is, or null when it is unknown or revoked; compared in constant time.</summary>
    public static async Task<ApiKey?> FindAsync(string presented, EstafetteDb db, CancellationToken ct)
    {
        if (presented.Length is < PrefixLength or > 200 || !presented.StartsWith(Mark, StringComparison.Ordinal))
            return null;
        var prefix = presented[..PrefixLength];
        var key = await db.Set<ApiKey>().AsNoTracking().SingleOrDefaultAsync(k => k.Prefix == prefix, ct);
        return
            key is { RevokedAt: null }
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(HashOf(presented)), Encoding.ASCII.GetBytes(key.Hash))
            ? key
            : null;
    }

    private static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
