using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Estafette.Web.Account;

/// <summary>Language, theme and the end of a session: small posts that answer with the page they came from.</summary>
internal static class Preferences
{
    public const string LanguageCookie = "estafette.language";
    public const string ThemeCookie = "estafette.theme";

    private static readonly string[] Themes = ["auto", "light", "dark"];

    public static void MapPreferences(this WebApplication app)
    {
        app.MapPost("/preferences/language", SetLanguageAsync).AllowAnonymous();
        app.MapPost("/preferences/theme", SetTheme).AllowAnonymous();
        app.MapPost("/sign-out", SignOutAsync).AllowAnonymous();
    }

    /// <summary>The theme chosen by cookie: "auto", "light" or "dark".</summary>
    public static string ThemeOf(HttpContext http)
    {
        var chosen = http.Request.Cookies[ThemeCookie];
        return Themes.Contains(chosen, StringComparer.Ordinal) ? chosen! : "auto";
    }

    private static async Task<IResult> SetLanguageAsync(
        HttpContext http,
        [FromForm] string language,
        [FromForm] string? back,
        CurrentUser current,
        UserManager<User> users,
        SessionKeeper sessions
    )
    {
        if (!Texts.Languages.Contains(language, StringComparer.Ordinal))
            return TypedResults.BadRequest();
        Keep(http, LanguageCookie, language);
        if (current.IsSignedIn && await users.GetUserAsync(http.User) is { } user)
        {
            user.Language = language;
            await users.UpdateAsync(user);
            sessions.Forget();
        }
        return Back(back);
    }

    private static IResult SetTheme(HttpContext http, [FromForm] string theme, [FromForm] string? back)
    {
        if (!Themes.Contains(theme, StringComparer.Ordinal))
            return TypedResults.BadRequest();
        Keep(http, ThemeCookie, theme);
        return Back(back);
    }

    private static async Task<IResult> SignOutAsync([FromForm] string? back, HttpContext http, EstafetteDb db)
    {
        await SessionCookie.EndAsync(http, db);
        await http.SignOutAsync(IdentityConstants.ApplicationScheme);
        return TypedResults.LocalRedirect("/sign-in");
    }

    private static void Keep(HttpContext http, string cookie, string value) =>
        http.Response.Cookies.Append(
            cookie,
            value,
            new CookieOptions
            {
                MaxAge = TimeSpan.FromDays(365),
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                Secure = http.Request.IsHttps,
                IsEssential = true,
            }
        );

    /// <summary>Back to the page of the form, and nowhere outside this site.</summary>
    private static IResult Back(string? path) => TypedResults.LocalRedirect(IsLocal(path) ? path! : "/");

    /// <summary>Whether an address is a path of this site; "//host" and "/\host" are not.</summary>
    public static bool IsLocal(string? path) => path is ['/', ..] and not ['/', '/' or '\\', ..] && !path.Any(char.IsControl);
}
