using System.Security.Cryptography;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Identity;

namespace Estafette.Core.Accounts;

/// <summary>Who to add.</summary>
public sealed record NewUser(CustomerId Customer, string Email, UserRole Role)
{
    /// <summary>Interface language, "fr" or "en"; null: the browser's.</summary>
    public string? Language { get; init; }
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
            CreatedAt = clock.GetUtcNow(),
        };
        var password = OneTimePassword();
        var result = await users.CreateAsync(user, password);
        return result.Succeeded ? new(password, []) : new(null, [.. result.Errors.Select(e => e.Code)]);
    }

    /// <summary>Gives a user a new one-time password, for one who forgot theirs; every session of the user ends.</summary>
    public static async Task<string?> ResetAsync(CustomerId customer, long userId, UserManager<User> users)
    {
        var user = await users.FindByIdAsync(userId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (user is null || user.CustomerId != customer)
            return null;
        var password = OneTimePassword();
        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
        user.MustChangePassword = true;
        user.LockoutEnd = null;
        user.AccessFailedCount = 0;
        await users.UpdateSecurityStampAsync(user);
        return password;
    }

    /// <summary>Four groups of four characters, 79 bits.</summary>
    private static string OneTimePassword() =>
        string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));
}
