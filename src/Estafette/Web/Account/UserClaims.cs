using System.Globalization;
using System.Security.Claims;
using Estafette.Core.Accounts;
using Microsoft.AspNetCore.Identity;

namespace Estafette.Web.Account;

/// <summary>Names of what a request knows about its user. The cookie carries the key of the session only; the rest is read at every request.</summary>
internal static class UserClaims
{
    public const string Key = "estafette.key";
    public const string Customer = "estafette.customer";
    public const string Role = "estafette.role";
    public const string Language = "estafette.language";

    /// <summary>What the cookie says.</summary>
    public static ClaimsPrincipal ForCookie(string key) =>
        new(new ClaimsIdentity([new Claim(Key, key)], IdentityConstants.ApplicationScheme));

    /// <summary>What a request knows.</summary>
    public static ClaimsPrincipal ForRequest(string key, SessionState state)
    {
        var identity = new ClaimsIdentity(
            [
                new Claim(Key, key),
                new Claim(ClaimTypes.NameIdentifier, state.UserId.ToString(CultureInfo.InvariantCulture)),
                new Claim(ClaimTypes.Name, state.Email),
                new Claim(Customer, state.Customer.ToString()),
                new Claim(Role, ((short)state.Role).ToString(CultureInfo.InvariantCulture)),
            ],
            IdentityConstants.ApplicationScheme
        );
        if (state.Language is { } language)
            identity.AddClaim(new Claim(Language, language));
        return new ClaimsPrincipal(identity);
    }
}
