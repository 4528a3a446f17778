using System.Security.Cryptography;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>The authenticator app of a user and the codes that replace it.</summary>
public static class SecondFactors
{
    /// <summary>Recovery codes of a set.</summary>
    public const int RecoveryCodes = 10;

    // Without letters and digits that look alike: 50 bits in ten characters, guessed at five tries in ten minutes.
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>Turns codes on when the code is right; returns the recovery codes, readable this one time, or null.</summary>
    public static async Task<IReadOnlyList<string>?> EnableAsync(
        Actor actor,
        User user,
        byte[] secret,
        string? code,
        UserManager<User> users,
        Secrets secrets,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (Totp.Verify(secret, code, clock.GetUtcNow(), 0) is not { } step)
            return null;
        user.TotpSecret = secrets.Protect(Convert.ToBase64String(secret));
        user.TotpStep = step;
        user.TwoFactorEnabled = true;
        // A new stamp: devices that were remembered give a code again.
        await users.UpdateSecurityStampAsync(user);
        db.Add(actor, "user.second-factor-on", user.UserName!, clock.GetUtcNow());
        return await NewCodesAsync(user.Id, db, ct);
    }

    /// <summary>Turns codes off and deletes the recovery codes.</summary>
    public static async Task DisableAsync(
        Actor actor,
        User user,
        UserManager<User> users,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        (user.TotpSecret, user.TotpStep, user.TwoFactorEnabled) = (null, 0, false);
        await users.UpdateSecurityStampAsync(user);
        db.RemoveRange(db.Set<RecoveryCode>().Where(c => c.UserId == user.Id));
        db.Add(actor, "user.second-factor-off", user.UserName!, clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
    }

    /// <summary>A new set of recovery codes; the old ones work no more.</summary>
    public static async Task<IReadOnlyList<string>> RenewCodesAsync(
        Actor actor,
        User user,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        db.Add(actor, "user.recovery-codes", user.UserName!, clock.GetUtcNow());
        return await NewCodesAsync(user.Id, db, ct);
    }

    /// <summary>How many recovery codes are left.</summary>
    public static Task<int> CodesLeftAsync(long userId, EstafetteDb db, CancellationToken ct) =>
        db.Set<RecoveryCode>().CountAsync(c => c.UserId == userId && c.UsedAt == null, ct);

    /// <summary>
    /// Checks a code of the app or a recovery code. Each is accepted once, even when two requests bring it at the same time: the row that says
    /// so changes for one of them only.
    /// </summary>
    public static async Task<SignInMethod?> CheckAsync(
        User user,
        string? code,
        AttemptLimiter limiter,
        Secrets secrets,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var subject = $"code:{user.Id}";
        if (user.TotpSecret is null || !limiter.Allows(subject, AttemptLimiter.PerName))
            return null;
        var now = clock.GetUtcNow();
        var accepted =
            await UseTotpAsync(user, code, secrets, db, now, ct) ? SignInMethod.Code
            : await UseRecoveryAsync(user.Id, code, db, now, ct) ? SignInMethod.RecoveryCode
            : (SignInMethod?)null;
        if (accepted is null)
            limiter.Count(subject);
        else
            limiter.Clear(subject);
        return accepted;
    }

    /// <summary>Whether the user has failed too often to try another code now.</summary>
    public static bool IsLocked(User user, AttemptLimiter limiter) => !limiter.Allows($"code:{user.Id}", AttemptLimiter.PerName);

    private static async Task<bool> UseTotpAsync(
        User user,
        string? code,
        Secrets secrets,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var secret = Convert.FromBase64String(secrets.Unprotect(user.TotpSecret!));
        if (Totp.Verify(secret, code, now, user.TotpStep) is not { } step)
            return false;
        await using var write = await db.BeginWriteAsync(ct);
        var changed = await db.Set<User>()
            .Where(u => u.Id == user.Id && u.TotpStep < step)
            .ExecuteUpdateAsync(u => u.SetProperty(x => x.TotpStep, step), ct);
        await write.CommitAsync(ct);
        return changed == 1;
    }

    private static async Task<bool> UseRecoveryAsync(long userId, string? code, EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        if (code is null || code.Length > 40)
            return false;
        var hash = HashOf(userId, code);
        await using var write = await db.BeginWriteAsync(ct);
        var changed = await db.Set<RecoveryCode>()
            .Where(c => c.UserId == userId && c.Hash == hash && c.UsedAt == null)
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.UsedAt, now), ct);
        await write.CommitAsync(ct);
        return changed == 1;
    }

    private static async Task<IReadOnlyList<string>> NewCodesAsync(long userId, EstafetteDb db, CancellationToken ct)
    {
        db.RemoveRange(db.Set<RecoveryCode>().Where(c => c.UserId == userId));
        var codes = Enumerable
            .Range(0, RecoveryCodes)
            .Select(_ => $"{RandomNumberGenerator.GetString(Alphabet, 5)}-{RandomNumberGenerator.GetString(Alphabet, 5)}")
            .ToList();
        foreach (var code in codes)
            db.Add(new RecoveryCode { UserId = userId, Hash = HashOf(userId, code) });
        await db.SaveChangesAsync(ct);
        return codes;
    }

    // 50 random bits are too few for a plain hash; 100,000 rounds make a stolen table useless within the life of a set.
    private static string HashOf(long userId, string code) =>
        Convert.ToHexStringLower(
            Rfc2898DeriveBytes.Pbkdf2(
                new string(code.Where(char.IsLetterOrDigit).ToArray()).ToLowerInvariant(),
                System.Text.Encoding.UTF8.GetBytes($"estafette recovery {userId}"),
                100_000,
                HashAlgorithmName.SHA256,
                32
            )
        );
}
