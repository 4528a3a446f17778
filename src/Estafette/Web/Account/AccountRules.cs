using Estafette.Core.Accounts;

namespace Estafette.Web.Account;

/// <summary>
/// Rules that hold on every page: who got a one-time password chooses a new one first, and a reader changes nothing but their own
/// password and language.
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
        var reads = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        var forbidden =
            (!reads && user.Role == UserRole.Reader) || (http.Request.Path.StartsWithSegments("/settings") && !user.CanAdminister);
        if (!forbidden)
            return next(http);
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}
