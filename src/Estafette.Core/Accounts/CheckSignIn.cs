using System.Net;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Accounts;

/// <summary>What came of an attempt to sign in.</summary>
public enum SignInOutcome
{
    /// <summary>Unknown name or wrong password: the same for both.</summary>
    Refused,

    /// <summary>Too many failures of this name; said of unknown names too.</summary>
    Locked,

    /// <summary>Too many failures from this address.</summary>
    TooMany,

    /// <summary>The customer is suspended, or the user deactivated.</summary>
    Suspended,
    Passed,
}

/// <summary>The outcome, and the user when the password was right.</summary>
public sealed record SignInCheck(SignInOutcome Outcome, User? User = null);

/// <summary>What the check of a password works with.</summary>
public sealed record SignInParts(UserManager<User> Users, AttemptLimiter Limiter, AccountErrands Errands, EstafetteDb Db);

/// <summary>
/// Checks a name and a password. The answer takes as long for an unknown name as for a wrong password: both cost one hash, and what is written
/// about a known name is written after the answer.
/// </summary>
public static class CheckSignIn
{
    public static async Task<SignInCheck> RunAsync(string? email, string password, IPAddress? ip, SignInParts parts, CancellationToken ct)
    {
        var (name, address) = (AttemptLimiter.Name(email), AttemptLimiter.Address(ip));
        if (!parts.Limiter.Allows(address, AttemptLimiter.PerAddress))
            return new(SignInOutcome.TooMany);
        if (!parts.Limiter.Allows(name, AttemptLimiter.PerName))
            return new(SignInOutcome.Locked);
        var user = email is null ? null : await parts.Users.FindByNameAsync(email);
        var right = await IsRightAsync(user, password, parts.Users);
        if (user is null || !right)
        {
            parts.Limiter.Count(name);
            parts.Limiter.Count(address);
            if (user is not null)
                parts.Errands.Post((services, stop) => RecordFailureAsync(user.Id, ip, services, stop));
            return new(SignInOutcome.Refused);
        }
        if (await parts.Users.IsLockedOutAsync(user))
            return new(SignInOutcome.Locked);
        return await MayBeHereAsync(user, parts.Db, ct) ? new(SignInOutcome.Passed, user) : new(SignInOutcome.Suspended);
    }

    /// <summary>Whether neither the user nor, for those who are no operators, the customer is shut out.</summary>
    public static async Task<bool> MayBeHereAsync(User user, EstafetteDb db, CancellationToken ct) =>
        user.DeactivatedAt is null
        && (user.IsOperator || !await db.Set<Customer>().Where(c => c.Id == user.CustomerId).Select(c => c.Suspended).SingleAsync(ct));

    /// <summary>Checks the password of somebody who is signed in, before something that a stolen session must not do.</summary>
    public static async Task<bool> ConfirmAsync(User user, string password, SignInParts parts)
    {
        var name = AttemptLimiter.Name(user.UserName);
        if (!parts.Limiter.Allows(name, AttemptLimiter.PerName))
            return false;
        if (await IsRightAsync(user, password, parts.Users))
            return true;
        parts.Limiter.Count(name);
        parts.Errands.Post((services, stop) => RecordFailureAsync(user.Id, null, services, stop));
        return false;
    }

    private static async Task<bool> IsRightAsync(User? user, string password, UserManager<User> users)
    {
        // A hash of a megabyte would keep a processor busy for whoever sends one.
        if (password.Length > AccountsModule.LongestPassword)
            password = "";
        if (user?.PasswordHash is not null)
            return await users.CheckPasswordAsync(user, password);
        users.PasswordHasher.HashPassword(new User(), password);
        return false;
    }

    private static async Task RecordFailureAsync(long userId, IPAddress? ip, IServiceProvider services, CancellationToken ct)
    {
        var users = services.GetRequiredService<UserManager<User>>();
        var user = await users.FindByIdAsync(userId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (user is null)
            return;
        await users.AccessFailedAsync(user);
        var (db, clock) = (services.GetRequiredService<EstafetteDb>(), services.GetRequiredService<TimeProvider>());
        var locked = await users.IsLockedOutAsync(user);
        await AuditLog.WriteAsync(
            new Actor(user.CustomerId, user.UserName!) { Ip = ip?.ToString() },
            locked ? "sign-in.locked" : "sign-in.failed",
            user.UserName!,
            db,
            clock,
            ct
        );
    }
}
