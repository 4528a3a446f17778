using System.Collections.Concurrent;
using System.Security.Cryptography;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>
/// Starts, finds and ends sessions.
/// <para>A state is read from the database at most every <see cref="ReadAgain"/> and forgotten at once when anything about accounts changes in
/// this process, which is the only one that works on the database: whoever loses a session, a role or a customer loses it with the next
/// request. When a session was used is written once a minute by <see cref="AccountsUpkeep"/>.</para>
/// </summary>
public sealed class SessionKeeper(IDbContextFactory<EstafetteDb> databases, TimeProvider clock)
{
    /// <summary>An unused session ends after that.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(12);

    /// <summary>Every session ends after that.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(14);

    private static readonly TimeSpan ReadAgain = TimeSpan.FromSeconds(30);
    private const int MaxKnown = 10_000;

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, (DateTimeOffset At, string? Ip)> _used = new();
    private int _version;

    /// <summary>Starts a session and returns the key for the cookie; it is stored nowhere else.</summary>
    public async Task<string> StartAsync(User user, SignInMethod method, RequestOrigin origin, EstafetteDb db, CancellationToken ct)
    {
        var key = SecretToken.Create();
        var now = clock.GetUtcNow();
        var agent = origin.UserAgent;
        var session = new UserSession
        {
            KeyHash = SecretToken.HashOf(key),
            UserId = user.Id,
            CustomerId = user.CustomerId,
            Method = method,
            CreatedAt = now,
            LastUsedAt = now,
            Ip = origin.Ip,
            UserAgent = agent?.Length > RequestOrigin.MaxUserAgent ? agent[..RequestOrigin.MaxUserAgent] : agent,
        };
        db.Add(session);
        await db.SaveChangesAsync(ct);
        // It ends by a statement, behind the back of whoever still tracks it.
        db.Entry(session).State = EntityState.Detached;
        return key;
    }

    /// <summary>The session of a key, or null when it ended, or its user may not be here any more.</summary>
    public async ValueTask<SessionState?> FindAsync(string key, string? ip, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var hash = SecretToken.HashOf(key);
        if (!_known.TryGetValue(hash, out var known) || known.ReadAt + ReadAgain < now)
        {
            var version = Volatile.Read(ref _version);
            known = new Known(now, await ReadSession.RunAsync(hash, now, databases, ct));
            if (_known.Count > MaxKnown)
                _known.Clear();
            // A change between the reading and now makes what was read old.
            if (known.State is not null && version == Volatile.Read(ref _version))
                _known[hash] = known;
        }
        if (known.State is { } state && (state.EnteredUntil is null || state.EnteredUntil > now))
        {
            _used[state.SessionId] = (now, ip);
            return state;
        }
        _known.TryRemove(hash, out _);
        return known.State is null ? null : await ReadSession.RunAsync(hash, now, databases, ct);
    }

    /// <summary>Ends the session of a key.</summary>
    public Task<int> EndAsync(string key, EstafetteDb db, CancellationToken ct)
    {
        var hash = SecretToken.HashOf(key);
        return EndAsync(db.Set<UserSession>().Where(s => s.KeyHash == hash), db, ct);
    }

    /// <summary>Ends one session of a user.</summary>
    public Task<int> EndOneAsync(long userId, long sessionId, EstafetteDb db, CancellationToken ct) =>
        EndAsync(db.Set<UserSession>().Where(s => s.UserId == userId && s.Id == sessionId), db, ct);

    /// <summary>Ends all sessions of a user but one.</summary>
    public Task<int> EndAllAsync(long userId, long except, EstafetteDb db, CancellationToken ct) =>
        EndAsync(db.Set<UserSession>().Where(s => s.UserId == userId && s.Id != except), db, ct);

    /// <summary>Ends all sessions of a customer's users.</summary>
    public Task<int> EndCustomerAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        EndAsync(db.Of<UserSession>(customer), db, ct);

    /// <summary>Forgets every state that was read: call it after any change of users, customers or sessions.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _version);
        _known.Clear();
    }

    /// <summary>Sessions used since the last call, for the row that says so.</summary>
    internal IReadOnlyDictionary<long, (DateTimeOffset At, string? Ip)> TakeUsed()
    {
        var taken = new Dictionary<long, (DateTimeOffset, string?)>();
        foreach (var id in _used.Keys)
            if (_used.TryRemove(id, out var use))
                taken[id] = use;
        return taken;
    }

    /// <summary>When a session of this process was last used, if that is not written yet.</summary>
    public DateTimeOffset? UsedAt(long sessionId) => _used.TryGetValue(sessionId, out var use) ? use.At : null;

    private async Task<int> EndAsync(IQueryable<UserSession> sessions, EstafetteDb db, CancellationToken ct)
    {
        int ended;
        if (db.HasWriteScope)
            ended = await sessions.ExecuteDeleteAsync(ct);
        else
        {
            await using var write = await db.BeginWriteAsync(ct);
            ended = await sessions.ExecuteDeleteAsync(ct);
            await write.CommitAsync(ct);
        }
        Forget();
        return ended;
    }

    private sealed record Known(DateTimeOffset ReadAt, SessionState? State);
}

/// <summary>Random texts that are shown once and stored as their hash; 256 bits need no slow hash.</summary>
public static class SecretToken
{
    public const int Length = 43;

    public static string Create() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token)));
}
