using System.Collections.Concurrent;
using System.Security.Cryptography;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Account;

/// <summary>The two steps of creating a passkey and of signing in with one: options for the browser, then the judgement of its answer.</summary>
internal static class PasskeyEndpoints
{
    /// <summary>Most passkeys of a user.</summary>
    private const int MaxPasskeys = 20;

    private const int MaxName = 60;

    public static void MapPasskeys(this WebApplication app)
    {
        app.MapPost("/account/passkeys/options", CreationAsync).WithAllow(UserRole.Reader);
        app.MapPost("/account/passkeys", RegisterAsync).WithAllow(UserRole.Reader);
        app.MapPost("/sign-in/passkey/options", RequestAsync).AllowAnonymous();
        app.MapPost("/sign-in/passkey", SignInAsync).AllowAnonymous();
    }

    private static async Task<IResult> CreationAsync(
        HttpContext http,
        [FromForm(Name = "passkey-name")] string? name,
        [FromForm(Name = "passkey-password")] string? password,
        CurrentUser me,
        UserManager<User> users,
        AttemptLimiter limiter,
        AccountErrands errands,
        IPasskeyHandler<User> handler,
        PasskeyChallenges challenges,
        EstafetteDb db
    )
    {
        if (string.IsNullOrWhiteSpace(name) || name.Trim().Length > MaxName)
            return Refused(T("account.passkey-fault-name", MaxName));
        var user = await db.Set<User>().SingleAsync(u => u.Id == me.Id, http.RequestAborted);
        if (!await CheckSignIn.ConfirmAsync(user, password ?? "", new SignInParts(users, limiter, errands, db)))
            return Refused(T("account.wrong-password"));
        if (await db.Set<UserPasskey>().CountAsync(p => p.UserId == user.Id, http.RequestAborted) >= MaxPasskeys)
            return Refused(T("account.passkey-fault-many", MaxPasskeys));
        var entity = new PasskeyUserEntity
        {
            Id = $"{user.Id}",
            Name = user.Email!,
            DisplayName = me.Session.DisplayName,
        };
        var made = await handler.MakeCreationOptionsAsync(entity, http);
        challenges.Keep(http, made.AttestationState ?? "", user.Id, name.Trim());
        return TypedResults.Json(new { options = made.CreationOptionsJson });
    }

    private static async Task<IResult> RegisterAsync(
        HttpContext http,
        [FromForm] string? credential,
        CurrentUser me,
        UserManager<User> users,
        IPasskeyHandler<User> handler,
        PasskeyChallenges challenges,
        SessionKeeper sessions,
        EstafetteDb db,
        TimeProvider clock
    )
    {
        if (challenges.Take(http) is not { } asked || asked.UserId != me.Id || credential is not { Length: < 20_000 })
            return Refused(T("account.passkey-failed"));
        var result = await handler.PerformAttestationAsync(
            new PasskeyAttestationContext
            {
                HttpContext = http,
                CredentialJson = credential,
                AttestationState = asked.State,
            }
        );
        if (!result.Succeeded || await users.FindByPasskeyIdAsync(result.Passkey.CredentialId) is not null)
            return Refused(T("account.passkey-failed"));
        var user = await db.Set<User>().SingleAsync(u => u.Id == me.Id, http.RequestAborted);
        result.Passkey.Name = asked.Name;
        db.Add(me.OwnActor, "user.passkey-added", user.UserName!, clock.GetUtcNow(), asked.Name);
        await users.AddOrUpdatePasskeyAsync(user, result.Passkey);
        sessions.Forget();
        return TypedResults.Json(new { go = "/account/security?done=passkey-added" });
    }

    // The form field makes the framework ask for the antiforgery token.
    private static async Task<IResult> RequestAsync(
        HttpContext http,
        [FromForm] string? next,
        IPasskeyHandler<User> handler,
        PasskeyChallenges challenges
    )
    {
        // Without a user: the passkey says whose it is, and the answer says nothing about who has one.
        var made = await handler.MakeRequestOptionsAsync(null, http);
        challenges.Keep(http, made.AssertionState ?? "", 0, "");
        return TypedResults.Json(new { options = made.RequestOptionsJson });
    }

    private static async Task<IResult> SignInAsync(
        HttpContext http,
        [FromForm] string? credential,
        [FromForm] string? next,
        UserManager<User> users,
        IPasskeyHandler<User> handler,
        PasskeyChallenges challenges,
        AttemptLimiter limiter,
        EstafetteDb db
    )
    {
        var address = AttemptLimiter.Address(http.Connection.RemoteIpAddress);
        if (!limiter.Allows(address, AttemptLimiter.PerAddress))
            return Refused(T("account.too-many"));
        if (challenges.Take(http) is not { UserId: 0 } asked || credential is not { Length: < 20_000 })
            return Refused(T("account.passkey-refused"));
        var result = await handler.PerformAssertionAsync(
            new PasskeyAssertionContext
            {
                HttpContext = http,
                CredentialJson = credential,
                AssertionState = asked.State,
            }
        );
        if (!result.Succeeded)
        {
            limiter.Count(address);
            return Refused(T("account.passkey-refused"));
        }
        if (!await CheckSignIn.MayBeHereAsync(result.User, db, http.RequestAborted))
            return Refused(T("account.suspended"));
        await users.AddOrUpdatePasskeyAsync(result.User, result.Passkey);
        await SessionCookie.StartAsync(http, result.User, SignInMethod.Passkey, db);
        return TypedResults.Json(new { go = Preferences.IsLocal(next) ? next : "/" });
    }

    private static IResult Refused(string message) => TypedResults.Json(new { message }, statusCode: StatusCodes.Status400BadRequest);
}

/// <summary>
/// Challenges that were given out and not answered yet. They live in memory, under a random name in a cookie, and are taken out by the first
/// answer: an answer that somebody recorded is worth nothing.
/// </summary>
internal sealed class PasskeyChallenges(TimeProvider clock)
{
    private const string Cookie = "estafette.passkey";
    private const int MaxKept = 10_000;
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Challenge> _kept = new(StringComparer.Ordinal);

    public void Keep(HttpContext http, string state, long userId, string name)
    {
        var now = clock.GetUtcNow();
        if (_kept.Count >= MaxKept)
            foreach (var old in _kept.OrderBy(k => k.Value.Until).Take(MaxKept / 2).Select(k => k.Key).ToList())
                _kept.TryRemove(old, out _);
        var key = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        _kept[key] = new Challenge(state, userId, name, now + Lasts);
        http.Response.Cookies.Append(
            Cookie,
            key,
            new CookieOptions
            {
                MaxAge = Lasts,
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = http.Request.IsHttps,
                IsEssential = true,
            }
        );
    }

    /// <summary>The challenge of this browser, once.</summary>
    public Challenge? Take(HttpContext http)
    {
        if (http.Request.Cookies[Cookie] is not { } key || !_kept.TryRemove(key, out var challenge))
            return null;
        http.Response.Cookies.Delete(Cookie);
        return challenge.Until > clock.GetUtcNow() ? challenge : null;
    }

    internal sealed record Challenge(string State, long UserId, string Name, DateTimeOffset Until);
}
