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

    private HttpContext Http => accessor.HttpContext!;

    private ClaimsPrincipal Principal => Http.User;

    /// <summary>Whether somebody is signed in.</summary>
    public bool IsSignedIn => Principal.FindFirst(UserClaims.Customer) is not null;

    /// <summary>What the session may do; only when somebody is signed in.</summary>
    public SessionState Session => (SessionState)Http.Items[typeof(SessionState)]!;

    /// <summary>The customer whose data the user sees.</summary>
    public CustomerId CustomerId => CustomerId.Parse(Principal.FindFirstValue(UserClaims.Customer)!, null);

    public long Id => long.Parse(Principal.FindFirstValue(ClaimTypes.NameIdentifier)!, CultureInfo.InvariantCulture);

    /// <summary>The address the user signs in with.</summary>
    public string Name => Principal.Identity?.Name ?? "";

    public UserRole Role => (UserRole)short.Parse(Principal.FindFirstValue(UserClaims.Role)!, CultureInfo.InvariantCulture);

    /// <summary>Whether the user's role is at least this one.</summary>
    public bool Can(UserRole needed) => Role.AtLeast(needed);

    /// <summary>Runs the installation.</summary>
    public bool IsOperator => IsSignedIn && Session.IsOperator;

    /// <summary>Who acts, for the audit log; an operator who works for another customer is called so.</summary>
    public Actor Actor => new(CustomerId, Session.IsEntered ? $"{Name} (operator)" : Name) { Ip = SessionCookie.IpOf(Http) };

    /// <summary>The user in their own matters, whatever customer they work for at the moment.</summary>
    public Actor OwnActor => new(Session.Home, Name) { Ip = SessionCookie.IpOf(Http) };

    /// <summary>The customer's row, read once per request.</summary>
    public async Task<Customer> CustomerAsync(CancellationToken ct)
    {
        var id = CustomerId;
        return _customer ??= await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == id, ct);
    }
}
