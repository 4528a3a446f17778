using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Public;

/// <summary>What a public page takes from the customer it speaks for: name, logo and colours that can be read, whatever was chosen.</summary>
/// <param name="Name">Name to show.</param>
/// <param name="Color">Colour of buttons and of the band above the page.</param>
/// <param name="TextOnColor">Black or white, with a contrast of at least 4.5 on <paramref name="Color"/>.</param>
/// <param name="Background">Colour behind the page in light mode.</param>
/// <param name="LogoPath">Path of the logo on this site; null: there is none.</param>
internal sealed record PageBrand(string Name, string Color, string TextOnColor, string Background, string? LogoPath)
{
    /// <summary>The sheet that the text stands on, in light and in dark mode; the text on them is ours.</summary>
    private const string LightSheet = "#ffffff";
    private const string DarkSheet = "#1b212a";

    // WCAG 2.2 §1.4.11: what shows where a control is.
    private const double LeastEdge = 3;

    /// <summary>Edge of buttons and ticked boxes in light mode: the colour itself where it can be told from the sheet, else a grey.</summary>
    public string LightEdge => Edge(LightSheet, "#5b6675");

    /// <summary>The same in dark mode.</summary>
    public string DarkEdge => Edge(DarkSheet, "#a3aebd");

    public static PageBrand Of(Customer customer)
    {
        var brand = CustomerBrand.Of(customer);
        return new(brand.Name, brand.Color, brand.TextOnColor, brand.Background, brand.LogoPath);
    }

    /// <summary>The same by the customer's key.</summary>
    public static async Task<PageBrand> OfAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        Of(await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct));

    private string Edge(string sheet, string otherwise) => CustomerBrand.Contrast(Color, sheet) >= LeastEdge ? Color : otherwise;
}
