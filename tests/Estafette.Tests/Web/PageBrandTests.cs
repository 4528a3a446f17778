using Estafette.Core.Accounts;
using Estafette.Web.Public;

namespace Estafette.Tests.Web;

public sealed class PageBrandTests
{
    [Theory]
    [InlineData("#ffffff")]
    [InlineData("#000000")]
    [InlineData("#ffff00")]
    [InlineData("#1b212a")]
    [InlineData("#808080")]
    [InlineData("#767676")]
    [InlineData("#c0392b")]
    public void Buttons_are_readable_and_seen_in_both_modes_whatever_the_colour(string color)
    {
        var brand = PageBrand.Of(new Customer("Atelier", default) { BrandColor = color });
        CustomerBrand.Contrast(brand.Color, brand.TextOnColor).ShouldBeGreaterThanOrEqualTo(4.5);
        CustomerBrand.Contrast(brand.LightEdge, "#ffffff").ShouldBeGreaterThanOrEqualTo(3);
        CustomerBrand.Contrast(brand.DarkEdge, "#1b212a").ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public void Colour_that_can_be_told_from_the_page_is_kept()
    {
        var brand = PageBrand.Of(new Customer("Atelier", default) { BrandColor = "#d35400" });
        (brand.LightEdge, brand.DarkEdge).ShouldBe(("#d35400", "#d35400"));
    }
}
