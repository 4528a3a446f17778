using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Demo;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

/// <summary>Passkeys with the virtual authenticator of Chromium (DevTools protocol, domain WebAuthn).</summary>
[Trait("Category", "Browser")]
public sealed class PasskeyTests
{
    private const string Email = "ada@example.test";
    private const string Password = "une phrase bien à moi";

    [Fact]
    public async Task Passkey_is_added_signs_in_without_a_password_and_is_removed()
    {
        await using var host = await WebHost.StartAsync();
        await AddUserAsync(host);
        await using var chromium = await Chromium.StartAsync();
        // A passkey belongs to a domain; an address of digits is none.
        var page = await chromium.OpenAsync(new Uri($"http://localhost:{host.Address.Port}"), "en-US");
        var authenticator = await AddAuthenticatorAsync(page);

        await page.GotoAsync("/sign-in");
        await page.FillAsync("#f-email", Email);
        await page.FillAsync("#f-password", Password);
        await page.ClickAsync("form:has(input[value=sign-in]) button[type=submit]");
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath == "/");
        await page.GotoAsync("/account/security");
        await page.FillAsync("#f-passkey-name", "Laptop");
        await page.FillAsync("#f-passkey-password", "wrong");
        await page.ClickAsync("form[data-island=passkey] button[type=submit]");
        await Assertions.Expect(page.Locator("form[data-island=passkey] [data-message]")).ToBeVisibleAsync();
        await page.FillAsync("#f-passkey-password", Password);
        await page.ClickAsync("form[data-island=passkey] button[type=submit]");
        await page.WaitForURLAsync("**/account/security?done=passkey-added");
        await Assertions.Expect(page.Locator(".list-group")).ToContainTextAsync("Laptop");

        await page.ClickAsync("form[action='/sign-out'] button");
        await page.WaitForURLAsync("**/sign-in");
        await page.ClickAsync("form[data-island=passkey] button[type=submit]");
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath == "/");

        await page.GotoAsync("/account/security");
        await page.ClickAsync(".list-group button[type=submit]");
        await page.WaitForURLAsync("**/account/security?done=passkey-removed");
        await page.ClickAsync("form[action='/sign-out'] button");
        await page.WaitForURLAsync("**/sign-in");
        await page.ClickAsync("form[data-island=passkey] button[type=submit]");
        await Assertions.Expect(page.Locator("[data-message]")).ToBeVisibleAsync();
        await authenticator.DetachAsync();
    }

    private static async Task<ICDPSession> AddAuthenticatorAsync(IPage page)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("WebAuthn.enable");
        await session.SendAsync(
            "WebAuthn.addVirtualAuthenticator",
            new Dictionary<string, object>
            {
                ["options"] = new Dictionary<string, object>
                {
                    ["protocol"] = "ctap2",
                    ["transport"] = "internal",
                    ["hasResidentKey"] = true,
                    ["hasUserVerification"] = true,
                    ["isUserVerified"] = true,
                    ["automaticPresenceSimulation"] = true,
                },
            }
        );
        return session;
    }

    private static async Task AddUserAsync(WebHost host)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var demo = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
        await host.AddUserAsync(demo, Email, UserRole.Administrator, Password);
    }
}
