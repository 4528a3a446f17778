using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Account;

/// <summary>
/// Rules that hold on every page: who got a one-time password chooses a new one first, who owes a second factor sets it up first, and nobody
/// does what is open to stronger roles (<see cref="AllowAttribute"/>) or to operators only; everybody may change their own matters.
/// </summary>
internal sealed class AccountRules(RequestDelegate next, TimeProvider clock)
{
    private static readonly string[] OwnMatters = ["/account", "/sign-in", "/sign-out", "/preferences", "/assets", "/invitation", "/brand"];

    public async Task InvokeAsync(HttpContext http, CurrentUser user, EstafetteDb db)
    {
        if (!user.IsSignedIn || OwnMatters.Any(own => http.Request.Path.StartsWithSegments(own)))
            await next(http);
        else if (user.Session.MustChangePassword)
            http.Response.Redirect("/account/password");
        else if (user.Session.SecondFactorDue <= clock.GetUtcNow())
            http.Response.Redirect("/account/security");
        else if (IsAllowed(http, user) && (user.Can(UserRole.Administrator) || !await HoldsSecretAsync(http, db)))
            await next(http);
        else
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
    }

    private static bool IsAllowed(HttpContext http, CurrentUser user)
    {
        var metadata = http.GetEndpoint()?.Metadata;
        return metadata?.GetMetadata<OperatorsAttribute>() is not null
            ? user.IsOperator
            : user.Role.AtLeast((metadata?.GetMetadata<AllowAttribute>() ?? AllowAttribute.Default).Needed(http.Request.Method));
    }

    // What was sent, in the outbox or as a delivery with its copy: a link for a new password must not be read by others.
    private static async Task<bool> HoldsSecretAsync(HttpContext http, EstafetteDb db)
    {
        if (!long.TryParse(http.GetRouteValue("id") as string, out var id))
            return false;
        var delivery = new DeliveryId(id);
        if (http.Request.Path.StartsWithSegments("/outbox"))
            delivery = await db.Set<CapturedMessage>()
                .Where(m => m.Id == id)
                .Select(m => m.DeliveryId)
                .SingleOrDefaultAsync(http.RequestAborted);
        else if (!http.Request.Path.StartsWithSegments("/deliveries"))
            return false;
        return await SystemMailSecrets.HoldsAsync(delivery, db, http.RequestAborted);
    }
}

/// <summary>A page or endpoint for operators of the installation only, whatever their role.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OperatorsAttribute : Attribute;
