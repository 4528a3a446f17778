using Estafette.Core.Accounts;

namespace Estafette.Web.Account;

/// <summary>
/// Rules that hold on every page: who got a one-time password chooses a new one first, who owes a second factor sets it up first, and nobody
/// does what is open to stronger roles (<see cref="AllowAttribute"/>) or to operators only; everybody may change their own matters.
/// </summary>
internal sealed class AccountRules(RequestDelegate next, TimeProvider clock)
{
    private static readonly string[] OwnMatters = ["/account", "/sign-in", "/sign-out", "/preferences", "/assets", "/invitation", "/brand"];

    public Task InvokeAsync(HttpContext http, CurrentUser user)
    {
        if (!user.IsSignedIn || OwnMatters.Any(own => http.Request.Path.StartsWithSegments(own)))
            return next(http);
        if (user.Session.MustChangePassword)
            return To(http, "/account/password");
        if (user.Session.SecondFactorDue <= clock.GetUtcNow())
            return To(http, "/account/security");
        var metadata = http.GetEndpoint()?.Metadata;
        var isAllowed = metadata?.GetMetadata<OperatorsAttribute>() is not null
            ? user.IsOperator
            : user.Role.AtLeast((metadata?.GetMetadata<AllowAttribute>() ?? AllowAttribute.Default).Needed(http.Request.Method));
        if (isAllowed)
            return next(http);
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private static Task To(HttpContext http, string path)
    {
        http.Response.Redirect(path);
        return Task.CompletedTask;
    }
}

/// <summary>A page or endpoint for operators of the installation only, whatever their role.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OperatorsAttribute : Attribute;
