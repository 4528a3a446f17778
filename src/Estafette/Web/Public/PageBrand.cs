using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Public;

/// <summary>What a public page takes from the customer it speaks for.</summary>
internal sealed record PageBrand(string Name, string Color, string TextOnColor, string Background, string? LogoPath)
{
    public static PageBrand Of(Customer customer) => new(customer.Name, "#1f5fbf", "#ffffff", "#f3f5f8", null);

    /// <summary>The same by the customer's key.</summary>
    public static async Task<PageBrand> OfAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        Of(await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct));
}
