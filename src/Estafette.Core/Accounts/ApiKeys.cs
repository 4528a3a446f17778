using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>A key to create.</summary>
public sealed record NewApiKey(string Name, IReadOnlyCollection<string> Scopes)
{
    /// <summary>Refused from then on; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>The key, readable this one time, or the wrong fields: name, scopes, expires.</summary>
public sealed record CreatedApiKey(string? Key, IReadOnlyList<string> Wrong);

/// <summary>
/// Keys of the programmatic door: "key-" + 8 characters that tell keys apart + 43 characters of 256 random bits. Only the SHA-256 of the
/// whole key is stored: a random key of that length needs no slow hash.
/// </summary>
public static class ApiKeys
{
    public const int MaxName = 100;

    /// <summary>Most keys of a customer that work at the same time.</summary>
    public const int MaxKeys = 100;

    private const string Mark = "key-";

    // Of keys made before the API had its first version.
    private const string FormerMark = "esk_";
    private const int PrefixLength = 12;
    private const string Alphabet = "abcdefghijkmnopqrstuvwxyz0123456789";

    // Compared with when there is no such key, so that the answer takes the same way.
    private static readonly string NoHash = new('0', 64);

    /// <summary>Creates a key and returns it: the only time it can be read.</summary>
    public static async Task<CreatedApiKey> CreateAsync(
        Actor actor,
        NewApiKey request,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var wrong = Check(request, now).ToList();
        if (wrong.Count == 0 && await db.Of<ApiKey>(actor.Customer).CountAsync(k => k.RevokedAt == null, ct) >= MaxKeys)
            wrong.Add("number");
        if (wrong.Count > 0)
            return new(null, wrong);
        var key = Mark + RandomNumberGenerator.GetString(Alphabet, PrefixLength - Mark.Length) + SecretToken.Create();
        db.Add(
            new ApiKey
            {
                CustomerId = actor.Customer,
                Name = request.Name.Trim(),
                Prefix = key[..PrefixLength],
                Hash = SecretToken.HashOf(key),
                CreatedAt = now,
                Scopes = string.Join(' ', ApiScopes.All.Where(request.Scopes.Contains)),
                ExpiresAt = request.ExpiresAt,
                CreatedBy = actor.UserName,
            }
        );
        db.Add(actor, "key.created", request.Name.Trim(), now, string.Join(' ', request.Scopes));
        await db.SaveChangesAsync(ct);
        return new(key, []);
    }

    private static IEnumerable<string> Check(NewApiKey request, DateTimeOffset now)
    {
        if (request.Name.Trim().Length is 0 or > MaxName)
            yield return "name";
        if (request.Scopes.Count == 0 || request.Scopes.Any(s => !ApiScopes.All.Contains(s, StringComparer.Ordinal)))
            yield return "scopes";
        if (request.ExpiresAt <= now)
            yield return "expires";
    }

    /// <summary>The customer's keys, newest first, revoked ones included.</summary>
    public static async Task<IReadOnlyList<ApiKey>> ListAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        await db.Of<ApiKey>(customer).AsNoTracking().OrderByDescending(k => k.Id).Take(500).ToListAsync(ct);

    /// <summary>Makes a key useless at once; false when the customer has no such key.</summary>
    public static async Task<bool> RevokeAsync(Actor actor, long id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var key = await db.Of<ApiKey>(actor.Customer).SingleOrDefaultAsync(k => k.Id == id, ct);
        if (key is null)
            return false;
        if (key.RevokedAt is not null)
            return true;
        key.RevokedAt = clock.GetUtcNow();
        db.Add(actor, "key.revoked", key.Name, clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>
    /// Who presents this key, or null when it is unknown, revoked, expired or of a suspended customer. The secret is compared in constant time;
    /// the part that the row is found by is no secret.
    /// </summary>
    public static async Task<ApiCaller?> AuthenticateAsync(
        string? presented,
        EstafetteDb db,
        KeyUses uses,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (presented is null || presented.Length is < PrefixLength or > 200 || !HasMark(presented))
            return null;
        var prefix = presented[..PrefixLength];
        var found = await (
            from row in db.Set<ApiKey>().AsNoTracking()
            join customer in db.Set<Customer>() on row.CustomerId equals customer.Id
            where row.Prefix == prefix
            select new { Key = row, customer.Suspended }
        ).SingleOrDefaultAsync(ct);
        var key = found?.Key;
        var same = CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(SecretToken.HashOf(presented)),
            Encoding.ASCII.GetBytes(key?.Hash ?? NoHash)
        );
        var now = clock.GetUtcNow();
        if (key is null || !same || key.RevokedAt is not null || key.ExpiresAt <= now || found!.Suspended)
            return null;
        uses.Note(key.Id, now);
        return new ApiCaller(key.CustomerId, $"key:{key.Id}", key.Name, ApiScopes.Read(key.Scopes));
    }

    private static bool HasMark(string presented) =>
        presented.StartsWith(Mark, StringComparison.Ordinal) || presented.StartsWith(FormerMark, StringComparison.Ordinal);
}

/// <summary>When keys were used, kept until <see cref="AccountsUpkeep"/> writes it: at most once a minute per key.</summary>
public sealed class KeyUses : Uses;

/// <summary>When rows were last used, the newest use of each.</summary>
public abstract class Uses
{
    private readonly ConcurrentDictionary<long, DateTimeOffset> _uses = new();

    internal void Note(long id, DateTimeOffset at) => _uses[id] = at;

    internal IReadOnlyDictionary<long, DateTimeOffset> Take()
    {
        var taken = new Dictionary<long, DateTimeOffset>();
        foreach (var id in _uses.Keys)
            if (_uses.TryRemove(id, out var at))
                taken[id] = at;
        return taken;
    }
}
