using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>Reads what a session may do now.</summary>
internal static class ReadSession
{
    public static async Task<SessionState?> RunAsync(
        string keyHash,
        DateTimeOffset now,
        IDbContextFactory<EstafetteDb> databases,
        CancellationToken ct
    )
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var session = await db.Set<UserSession>().AsNoTracking().SingleOrDefaultAsync(s => s.KeyHash == keyHash, ct);
        if (session is null || session.LastUsedAt + SessionKeeper.Idle < now || session.CreatedAt + SessionKeeper.Longest < now)
            return null;
        var user = await db.Set<User>().AsNoTracking().SingleOrDefaultAsync(u => u.Id == session.UserId, ct);
        if (user is null || user.DeactivatedAt is not null)
            return null;
        var home = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == user.CustomerId, ct);
        if (home.Suspended && !user.IsOperator)
            return null;
        var entered = await EnteredAsync(user, session, now, db, ct);
        return new SessionState
        {
            SessionId = session.Id,
            UserId = user.Id,
            Email = user.Email ?? "",
            DisplayName = string.IsNullOrWhiteSpace(user.Name) ? user.Email ?? "" : user.Name,
            Home = user.CustomerId,
            Customer = entered?.Id ?? user.CustomerId,
            Role = entered is null ? user.Role : UserRole.Administrator,
            IsOperator = user.IsOperator,
            Language = user.Language,
            MustChangePassword = user.MustChangePassword,
            SecondFactorDue = await DueAsync(user, home, db, ct),
            EnteredName = entered?.Name,
            EnteredUntil = entered is null ? null : session.EnteredUntil,
            StartedAt = session.CreatedAt,
        };
    }

    private static async Task<Customer?> EnteredAsync(
        User user,
        UserSession session,
        DateTimeOffset now,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (!user.IsOperator || session.EnteredCustomerId is not { } id || !(session.EnteredUntil > now))
            return null;
        return await db.Set<Customer>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
    }

    private static async Task<DateTimeOffset?> DueAsync(User user, Customer home, EstafetteDb db, CancellationToken ct)
    {
        if (home.SecondFactorFrom is not { } from || user.TwoFactorEnabled)
            return null;
        return await db.Set<UserPasskey>().AnyAsync(p => p.UserId == user.Id, ct) ? null : from;
    }
}
