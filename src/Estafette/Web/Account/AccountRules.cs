using Estafette.Core.Accounts;

namespace Estafette.Web.Account;

/// <summary>
/// Rules that hold on every page: who got a one-time password chooses a new one first, and nobody does what is open to stronger roles only
/// (<see cref="AllowAttribute"/>); everybody may change their own password and language.
/// </summary>
internal sealed class AccountRules(RequestDelegate next)
{
    private static readonly string[] OwnMatters = ["/account", "/sign-in", "/sign-out", "/preferences", "/assets"];

    public Task InvokeAsync(HttpContext http, CurrentUser user)
    {
        if (!user.IsSignedIn || OwnMatters.Any(own => http.Request.Path.StartsWithSegments(own)))
            return next(http);
        if (http.User.HasClaim(UserClaims.MustChangePassword, "1"))
        {
            http.Response.Redirect("/account/password");
            return Task.CompletedTask;
        }
        var allowed = http.GetEndpoint()?.Metadata.GetMetadata<AllowAttribute>() ?? AllowAttribute.Default;
        if (user.Role.AtLeast(allowed.Needed(http.Request.Method)))
            return next(http);
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}
