using System.Globalization;
using System.Security.Claims;
using Estafette.Core.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Estafette.Web.Account;

/// <summary>Puts into the session cookie what every page needs to know about the user; the cookie is signed and renewed with the security stamp.</summary>
internal sealed class UserClaims(UserManager<User> users, IOptions<IdentityOptions> options)
    : UserClaimsPrincipalFactory<User>(users, options)
{
    public const string Customer = "estafette.customer";
    public const string Role = "estafette.role";
    public const string Language = "estafette.language";
    public const string MustChangePassword = "estafette.must-change-password";

    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(User user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new Claim(Customer, user.CustomerId.ToString()));
        identity.AddClaim(new Claim(Role, ((short)user.Role).ToString(CultureInfo.InvariantCulture)));
        if (user.Language is { } language)
            identity.AddClaim(new Claim(Language, language));
        if (user.MustChangePassword)
            identity.AddClaim(new Claim(MustChangePassword, "1"));
        return identity;
    }
}
