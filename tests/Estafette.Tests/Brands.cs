using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests;

/// <summary>Gives customers a look, for the tests of what shows it.</summary>
internal static class Brands
{
    /// <summary>Stores name, colour and a logo of its own; returns the look.</summary>
    public static async Task<CustomerBrand> SetAsync(TestApplication app, CustomerId customer, string name, string color)
    {
        await using var db = app.OpenDb();
        var logo = System.Text.Encoding.UTF8.GetBytes(
            $"<svg xmlns='http://www.w3.org/2000/svg'><path fill='{color}' d='M0 0h9v9z'/></svg>"
        );
        var wrong = await EditBrand.RunAsync(
            new Actor(customer, "test"),
            new BrandEdit(name, color, null) { Logo = logo },
            db,
            app.Get<TimeProvider>(),
            default
        );
        wrong.ShouldBeEmpty();
        return await CustomerBrand.OfAsync(customer, db, default);
    }

    /// <summary>The page carries this look, and nothing of the other one.</summary>
    public static void ShouldShow(this string page, CustomerBrand brand, CustomerBrand other)
    {
        page.ShouldContain(brand.LogoPath!);
        page.ShouldContain(brand.Color);
        page.ShouldContain(brand.Name);
        page.ShouldNotContain(other.LogoPath!);
        page.ShouldNotContain(other.Color);
        page.ShouldNotContain(other.Name);
    }
}
