using System.Globalization;
using System.Security.Claims;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Account;

/// <summary>The signed-in user and the customer they work for: the only source of the customer of a page's reads and writes.</summary>
internal sealed class CurrentUser(IHttpContextAccessor accessor, EstafetteDb db)
{
    private Customer? _customer;

    private ClaimsPrincipal Principal => accessor.HttpContext!.User;

    /// <summary>Whether somebody is signed in.</summary>
    public bool IsSignedIn => Principal.FindFirst(UserClaims.Customer) is not null;

    /// <summary>The customer whose data the user sees.</summary>
    public CustomerId CustomerId => CustomerId.Parse(Principal.FindFirstValue(UserClaims.Customer)!, null);

    public long Id => long.Parse(Principal.FindFirstValue(ClaimTypes.NameIdentifier)!, CultureInfo.InvariantCulture);

    public string Name => Principal.Identity?.Name ?? "";

    public UserRole Role => (UserRole)short.Parse(Principal.FindFirstValue(UserClaims.Role)!, CultureInfo.InvariantCulture);

    /// <summary>Whether the user's role is at least this one.</summary>
    public bool Can(UserRole needed) => Role.AtLeast(needed);

    public Actor Actor => new(CustomerId, Name);

    /// <summary>The customer's row, read once per request.</summary>
    public async Task<Customer> CustomerAsync(CancellationToken ct)
    {
        var id = CustomerId;
        return _customer ??= await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == id, ct);
    }
}
