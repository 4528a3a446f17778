using Estafette.Cli;
using Estafette.Core.Tracking;

namespace Estafette.Tests.Web;

public sealed class PageAddressTests
{
    [Theory]
    [InlineData("https://pages.example.org/", "https://pages.example.org/sign-in")]
    [InlineData("", "https://links.example.org/sign-in")]
    [InlineData(null, "https://links.example.org/sign-in")]
    public void Pages_have_the_public_address_and_that_of_the_links_without_one(string? given, string expected) =>
        ServerHost
            .PagesAt(new WebOptions { PublicUrl = given }, new TrackingOptions { BaseUrl = "https://links.example.org/" })
            .Of("/sign-in")
            .ShouldBe(expected);
}
