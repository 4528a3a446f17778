using Estafette.Core.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>A user who asked for a new password, with the token of the link.</summary>
public sealed record PasswordLink(User User, string Token);

/// <summary>New passwords by a link in a mail, for those who forgot theirs.</summary>
public static class PasswordResets
{
    /// <summary>How long a link works.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromHours(1);

    /// <summary>A link for the user of an address; null when there is nobody who may sign in with it. Earlier links work no more.</summary>
    public static async Task<PasswordLink?> RequestAsync(
        string email,
        string? ip,
        UserManager<User> users,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var user = await users.FindByNameAsync(email);
        if (user is null || !await CheckSignIn.MayBeHereAsync(user, db, ct))
            return null;
        var now = clock.GetUtcNow();
        await RevokeAsync(user.Id, db, now, ct);
        var (link, token) = AccountLink.Create(
            LinkPurpose.PasswordReset,
            user.CustomerId,
            user.Id,
            user.Email!,
            user.UserName!,
            now,
            Lasts
        );
        db.Add(link);
        db.Add(new Actor(user.CustomerId, user.UserName!) { Ip = ip }, "user.password-asked", user.UserName!, now);
        await db.SaveChangesAsync(ct);
        return new PasswordLink(user, token);
    }

    /// <summary>Whether a link works.</summary>
    public static async Task<bool> WorksAsync(string? token, EstafetteDb db, TimeProvider clock, CancellationToken ct) =>
        await AccountLink.FindAsync(LinkPurpose.PasswordReset, token, db, clock.GetUtcNow(), ct) is not null;

    /// <summary>
    /// Sets the new password, uses up the link and ends every session of the user; the second factor stays. Identity's error codes otherwise.
    /// </summary>
    public static async Task<IReadOnlyList<string>> CompleteAsync(
        string? token,
        string password,
        string? ip,
        UserManager<User> users,
        SessionKeeper sessions,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (password.Length > AccountsModule.LongestPassword)
            return ["PasswordTooLong"];
        await using var write = await db.BeginWriteAsync(ct);
        var now = clock.GetUtcNow();
        if (await AccountLink.FindAsync(LinkPurpose.PasswordReset, token, db, now, ct) is not { UserId: { } id } link)
            return ["Expired"];
        var user = await db.Set<User>().SingleAsync(u => u.Id == id, ct);
        if (!await CheckSignIn.MayBeHereAsync(user, db, ct))
            return ["Expired"];
        var errors = new List<string>();
        foreach (var rule in users.PasswordValidators)
            errors.AddRange((await rule.ValidateAsync(users, user, password)).Errors.Select(e => e.Code));
        if (errors.Count > 0)
            return errors;
        link.UsedAt = now;
        SetPassword(user, password, users);
        await users.UpdateSecurityStampAsync(user);
        db.Add(new Actor(user.CustomerId, user.UserName!) { Ip = ip }, "user.password-changed", user.UserName!, now);
        await db.SaveChangesAsync(ct);
        await sessions.EndAllAsync(user.Id, except: 0, db, ct);
        await write.CommitAsync(ct);
        sessions.Forget();
        return [];
    }

    /// <summary>Makes the links of a user that were not followed useless.</summary>
    internal static async Task RevokeAsync(long userId, EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        foreach (
            var old in await db.Set<AccountLink>().Where(l => l.UserId == userId && l.UsedAt == null && l.RevokedAt == null).ToListAsync(ct)
        )
            old.RevokedAt = now;
    }

    private static void SetPassword(User user, string password, UserManager<User> users)
    {
        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
        (user.MustChangePassword, user.LockoutEnd, user.AccessFailedCount) = (false, null, 0);
    }
}
