using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>What came of a change of a user.</summary>
public enum UserChange
{
    Done,
    NotFound,

    /// <summary>Without this person nobody could run the account.</summary>
    LastAdministrator,

    /// <summary>Nobody does this to themselves.</summary>
    Yourself,

    /// <summary>An operator of the installation is changed by operators only.</summary>
    Operator,

    /// <summary>No more users fit.</summary>
    Limit,
}

/// <summary>Changes roles, shuts out, lets in again and removes users of a customer; it always keeps an administrator who can sign in.</summary>
public static class ManageUsers
{
    public static Task<UserChange> SetRoleAsync(Actor actor, long me, long id, UserRole role, ManageParts parts, CancellationToken ct) =>
        ChangeAsync(
            actor,
            me,
            id,
            parts,
            loses: role != UserRole.Administrator,
            user =>
            {
                parts.Db.Add(actor, "user.role-changed", user.UserName!, parts.Clock.GetUtcNow(), $"{user.Role} → {role}");
                user.Role = role;
            },
            ends: false,
            ct
        );

    /// <summary>Shuts a user out at once; what the user made stays.</summary>
    public static Task<UserChange> DeactivateAsync(Actor actor, long me, long id, ManageParts parts, CancellationToken ct) =>
        ChangeAsync(
            actor,
            me,
            id,
            parts,
            loses: true,
            user =>
            {
                user.DeactivatedAt ??= parts.Clock.GetUtcNow();
                parts.Db.Add(actor, "user.deactivated", user.UserName!, parts.Clock.GetUtcNow());
            },
            ends: true,
            ct
        );

    /// <summary>Lets a user in again.</summary>
    public static async Task<UserChange> ReactivateAsync(Actor actor, long id, ManageParts parts, CancellationToken ct)
    {
        await using var write = await parts.Db.BeginWriteAsync(ct);
        var user = await parts.Db.Of<User>(actor.Customer).SingleOrDefaultAsync(u => u.Id == id, ct);
        if (user is null)
            return UserChange.NotFound;
        if (user.DeactivatedAt is null)
            return UserChange.Done;
        if (!await UserLimit.HasRoomAsync(actor.Customer, parts.Db, parts.Clock.GetUtcNow(), ct))
            return UserChange.Limit;
        user.DeactivatedAt = null;
        parts.Db.Add(actor, "user.reactivated", user.UserName!, parts.Clock.GetUtcNow());
        await parts.Db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        parts.Sessions.Forget();
        return UserChange.Done;
    }

    /// <summary>Removes a user with passkeys, codes, links and sessions; the audit log keeps the name.</summary>
    public static Task<UserChange> RemoveAsync(Actor actor, long me, long id, ManageParts parts, CancellationToken ct) =>
        ChangeAsync(
            actor,
            me,
            id,
            parts,
            loses: true,
            user =>
            {
                var db = parts.Db;
                db.RemoveRange(db.Set<UserPasskey>().Where(p => p.UserId == id));
                db.RemoveRange(db.Set<RecoveryCode>().Where(c => c.UserId == id));
                db.RemoveRange(db.Set<AccountLink>().Where(l => l.UserId == id));
                db.RemoveRange(db.Set<UserSession>().Where(s => s.UserId == id));
                db.Remove(user);
                db.Add(actor, "user.removed", user.UserName!, parts.Clock.GetUtcNow());
            },
            ends: false,
            ct
        );

    /// <summary>Takes a lost second factor away: authenticator app, recovery codes and passkeys; the person signs in with the password alone.</summary>
    public static Task<UserChange> ResetSecondFactorAsync(Actor actor, long me, long id, ManageParts parts, CancellationToken ct) =>
        ChangeAsync(
            actor,
            me,
            id,
            parts,
            loses: false,
            user =>
            {
                (user.TotpSecret, user.TotpStep, user.TwoFactorEnabled) = (null, 0, false);
                user.SecurityStamp = SecretToken.Create();
                parts.Db.RemoveRange(parts.Db.Set<RecoveryCode>().Where(c => c.UserId == id));
                parts.Db.RemoveRange(parts.Db.Set<UserPasskey>().Where(p => p.UserId == id));
                parts.Db.Add(actor, "user.second-factor-reset", user.UserName!, parts.Clock.GetUtcNow());
            },
            ends: true,
            ct
        );

    private static async Task<UserChange> ChangeAsync(
        Actor actor,
        long me,
        long id,
        ManageParts parts,
        bool loses,
        Action<User> change,
        bool ends,
        CancellationToken ct
    )
    {
        var db = parts.Db;
        await using var write = await db.BeginWriteAsync(ct);
        var user = await db.Of<User>(actor.Customer).SingleOrDefaultAsync(u => u.Id == id, ct);
        if (user is null)
            return UserChange.NotFound;
        if (id == me)
            return UserChange.Yourself;
        // Who could take an operator's account over would have every customer.
        if (user.IsOperator && !await IsOperatorAsync(me, db, ct))
            return UserChange.Operator;
        if (loses && user.Role == UserRole.Administrator && user.DeactivatedAt is null && await IsLastAsync(actor.Customer, id, db, ct))
            return UserChange.LastAdministrator;
        change(user);
        await db.SaveChangesAsync(ct);
        if (ends)
            await parts.Sessions.EndAllAsync(id, except: 0, db, ct);
        await write.CommitAsync(ct);
        parts.Sessions.Forget();
        return UserChange.Done;
    }

    internal static Task<bool> IsOperatorAsync(long me, EstafetteDb db, CancellationToken ct) =>
        db.Set<User>().AnyAsync(u => u.Id == me && u.IsOperator, ct);

    private static async Task<bool> IsLastAsync(CustomerId customer, long id, EstafetteDb db, CancellationToken ct) =>
        !await db.Of<User>(customer).AnyAsync(u => u.Id != id && u.Role == UserRole.Administrator && u.DeactivatedAt == null, ct);
}

/// <summary>What changes of users work with.</summary>
public sealed record ManageParts(EstafetteDb Db, SessionKeeper Sessions, TimeProvider Clock);
