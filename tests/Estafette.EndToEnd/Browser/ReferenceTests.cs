using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Demo;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

[Trait("Category", "Browser")]
public sealed class ReferenceTests
{
    [Fact]
    public async Task Reference_of_the_api_is_shown_and_a_call_is_tried_with_a_key_without_asking_anybody_else()
    {
        await using var host = await WebHost.StartAsync();
        await using var chromium = await Chromium.StartAsync();
        var page = await chromium.OpenAsync(host.Address, "fr-FR");
        var (elsewhere, refused) = (new List<string>(), new List<string>());
        page.Request += (_, request) =>
        {
            if (request.Url.StartsWith("http", StringComparison.Ordinal) && new Uri(request.Url).Authority != host.Address.Authority)
                elsewhere.Add(request.Url);
        };
        page.Console += (_, line) =>
        {
            if (line.Type == "error")
                refused.Add(line.Text);
        };
        await page.SignInAsync(host.OneTimePassword);
        await page.GotoAsync("/settings/keys");
        refused.Clear();
        await page.ClickAsync("a[href='/api/docs']");
        await page.WaitForURLAsync("**/api/docs");
        await page.ClickAsync("a[href$='#tag/lists']");
        await Assertions.Expect(page.Locator("body")).ToContainTextAsync("/api/v1/lists/");
        await page.FillAsync("input[placeholder='********']", await KeyAsync(host));
        // The first call of the page: the entry points.
        await page.ClickAsync("button:has-text('Test Request')");
        await page.ClickAsync("[role=dialog] button:has-text('Send Request')");
        var dialog = page.Locator("[role=dialog]").First;
        await Assertions.Expect(dialog).ToContainTextAsync("200");
        await Assertions.Expect(dialog).ToContainTextAsync("/api/v1/campaigns/");
        elsewhere.ShouldBeEmpty();
        refused.ShouldBeEmpty();
    }

    private static async Task<string> KeyAsync(WebHost host)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var customer = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
        var created = await ApiKeys.CreateAsync(
            new(customer, "test"),
            new("Test", [ApiScopes.ListsRead]),
            db,
            TimeProvider.System,
            default
        );
        return created.Key!;
    }
}
