using System.Security.Cryptography;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>Who to add.</summary>
public sealed record NewUser(CustomerId Customer, string Email, UserRole Role)
{
    /// <summary>Interface language, "fr" or "en"; null: the browser's.</summary>
    public string? Language { get; init; }

    /// <summary>Runs the installation.</summary>
    public bool IsOperator { get; init; }
}

/// <summary>The one-time password to hand over, or what is wrong, by Identity's error codes.</summary>
public sealed record AddUserResult(string? OneTimePassword, IReadOnlyList<string> Errors);

/// <summary>Adds a person who signs in with a password that works once: the first page after it asks for a new one.</summary>
public static class AddUser
{
    // Without letters and digits that look alike.
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    public static async Task<AddUserResult> RunAsync(NewUser request, UserManager<User> users, TimeProvider clock)
    {
        var email = request.Email.Trim();
        var user = new User
        {
            CustomerId = request.Customer,
            UserName = email,
            Email = email,
            Role = request.Role,
            Language = request.Language,
            MustChangePassword = true,
            IsOperator = request.IsOperator,
            CreatedAt = clock.GetUtcNow(),
        };
        var password = OneTimePassword();
        var result = await users.CreateAsync(user, password);
        return result.Succeeded ? new(password, []) : new(null, [.. result.Errors.Select(e => e.Code)]);
    }

    /// <summary>Gives a user a new one-time password, for one who forgot theirs; every session and link of the user ends.</summary>
    public static async Task<string?> ResetAsync(
        Actor actor,
        long userId,
        UserManager<User> users,
        SessionKeeper sessions,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var user = await db.Of<User>(actor.Customer).SingleOrDefaultAsync(u => u.Id == userId, ct);
        if (user is null)
            return null;
        var password = OneTimePassword();
        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
        (user.MustChangePassword, user.LockoutEnd, user.AccessFailedCount) = (true, null, 0);
        await PasswordResets.RevokeAsync(userId, db, clock.GetUtcNow(), ct);
        db.Add(actor, "user.password-reset", user.UserName!, clock.GetUtcNow());
        await users.UpdateSecurityStampAsync(user);
        await sessions.EndAllAsync(userId, except: 0, db, ct);
        return password;
    }

    /// <summary>Four groups of four characters, 79 bits.</summary>
    private static string OneTimePassword() =>
        string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));
}
