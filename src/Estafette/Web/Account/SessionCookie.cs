using System.Security.Claims;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Account;

/// <summary>Puts the key of a session into the cookie, and looks the session up at every request.</summary>
internal static class SessionCookie
{
    /// <summary>Rejects the cookie of a session that ended; fills the request with what the session may do now.</summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        var key = context.Principal?.FindFirstValue(UserClaims.Key);
        var sessions = http.RequestServices.GetRequiredService<SessionKeeper>();
        var state = key is null ? null : await sessions.FindAsync(key, IpOf(http), http.RequestAborted);
        if (state is null)
        {
            context.RejectPrincipal();
            await http.SignOutAsync(IdentityConstants.ApplicationScheme);
            return;
        }
        context.ReplacePrincipal(UserClaims.ForRequest(key!, state));
        http.Items[typeof(SessionState)] = state;
    }

    /// <summary>Starts a session with a key of its own; one that the browser had before ends, so that no key outlives a sign-in.</summary>
    public static async Task StartAsync(HttpContext http, User user, SignInMethod method, EstafetteDb db)
    {
        var sessions = http.RequestServices.GetRequiredService<SessionKeeper>();
        var clock = http.RequestServices.GetRequiredService<TimeProvider>();
        await EndAsync(http, db);
        var now = clock.GetUtcNow();
        await using var write = await db.BeginWriteAsync(http.RequestAborted);
        // By a statement: a failure before it is counted on the same row behind the answer, and must not make this sign-in a conflict.
        await db.Set<User>()
            .Where(u => u.Id == user.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.LastSignInAt, now), http.RequestAborted);
        var actor = new Actor(user.CustomerId, user.UserName!) { Ip = IpOf(http) };
        db.Add(actor, "sign-in.done", user.UserName!, now, method.ToString());
        var key = await sessions.StartAsync(user, method, OriginOf(http), db, http.RequestAborted);
        await write.CommitAsync(http.RequestAborted);
        await http.SignInAsync(IdentityConstants.ApplicationScheme, UserClaims.ForCookie(key));
    }

    /// <summary>Ends the session of the request, if it has one.</summary>
    public static async Task EndAsync(HttpContext http, EstafetteDb db)
    {
        if (http.User.FindFirstValue(UserClaims.Key) is { } key)
            await http.RequestServices.GetRequiredService<SessionKeeper>().EndAsync(key, db, http.RequestAborted);
    }

    /// <summary>The address a request came from, IPv4 as such.</summary>
    public static string? IpOf(HttpContext http)
    {
        var ip = http.Connection.RemoteIpAddress;
        return (ip?.IsIPv4MappedToIPv6 == true ? ip.MapToIPv4() : ip)?.ToString();
    }

    private static RequestOrigin OriginOf(HttpContext http) => new(IpOf(http), http.Request.Headers.UserAgent.ToString());
}
