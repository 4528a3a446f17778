using System.Text;
using Estafette.Demo;
using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

/// <summary>What people do on pages, for tests that follow them through the product.</summary>
internal static class PageSteps
{
    private const string Password = "une phrase bien à moi";

    /// <summary>Signs in as the administrator of the demo and chooses a password.</summary>
    public static async Task SignInAsync(this IPage page, string oneTimePassword)
    {
        await page.GotoAsync("/");
        await page.FillAsync("#f-email", DemoSeeder.AdministratorEmail);
        await page.FillAsync("#f-password", oneTimePassword);
        await page.SubmitAsync("sign-in");
        await page.WaitForURLAsync("**/account/password");
        await page.FillAsync("#f-current", oneTimePassword);
        await page.FillAsync("#f-new", Password);
        await page.FillAsync("#f-again", Password);
        await page.SubmitAsync("password");
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath == "/");
    }

    /// <summary>Presses the button of a named form.</summary>
    public static Task SubmitAsync(this IPage page, string form) =>
        page.ClickAsync($"form:has(input[name=_handler][value={form}]) button[type=submit]");

    /// <summary>Takes a file through the steps of the import into a new list, whose people agreed to be measured.</summary>
    public static async Task ImportAsync(this IPage page, string file, string text, string list)
    {
        await page.GotoAsync("/imports/new");
        await page.SetInputFilesAsync(
            "#f-file",
            new FilePayload
            {
                Name = file,
                MimeType = "application/octet-stream",
                Buffer = Encoding.UTF8.GetBytes(text),
            }
        );
        await page.ClickAsync("form[action='/imports/upload'] button");
        await page.FinishImportAsync(list);
    }

    /// <summary>Takes a file that lies on the server through the same steps.</summary>
    public static async Task ImportFromServerAsync(this IPage page, string file, string list)
    {
        await page.GotoAsync("/imports/new");
        await page.SelectOptionAsync("#f-name", file);
        await page.SubmitAsync("server");
        await page.FinishImportAsync(list);
    }

    private static async Task FinishImportAsync(this IPage page, string list)
    {
        await page.WaitForURLAsync("**/imports/*/format");
        await page.ClickAsync("button[value=next]");
        await page.WaitForURLAsync("**/columns");
        await page.ClickAsync("button[value=next]");
        await page.WaitForURLAsync("**/consent");
        await page.FillAsync("#f-newList", list);
        await page.SelectOptionAsync("#f-status", "Confirmed");
        await page.FillAsync("#f-provenance", "Salon de printemps, mars 2026");
        await page.SelectOptionAsync("#f-legalBasis", "consent");
        await page.CheckAsync("input[name=tracking]");
        await page.SubmitAsync("consent");
        await page.WaitForURLAsync("**/review");
        await page.SubmitAsync("start");
        await page.WaitForURLAsync(url => !new Uri(url).AbsolutePath.EndsWith("/review", StringComparison.Ordinal));
        await Assertions.Expect(page.Locator("progress")).ToHaveCountAsync(0);
    }

    /// <summary>Fills one line of a campaign's checklist and closes it.</summary>
    public static async Task FillLineAsync(this IPage page, string campaign, string line, Func<Task> fill)
    {
        await page.GotoAsync($"/campaigns/{campaign}/edit/{line}");
        await fill();
        await page.ClickAsync("#line-form > div > button.btn-primary");
        await page.WaitForURLAsync($"**/edit?saved={line}");
    }

    /// <summary>Reads the warnings, launches, and is on the live page.</summary>
    public static async Task LaunchAsync(this IPage page, string campaign, int recipients)
    {
        await page.GotoAsync($"/campaigns/{campaign}/launch");
        await Assertions.Expect(page.Locator("p.fs-2")).ToContainTextAsync($"{recipients}");
        if (await page.Locator("button[name=all]").CountAsync() > 0)
            await page.ClickAsync("button[name=all]");
        await page.SubmitAsync("launch");
        await page.WaitForURLAsync("**/live");
    }

    /// <summary>The status beside the title.</summary>
    public static ILocator Chip(this IPage page) => page.Locator("header.head .chip");

    /// <summary>One of the big figures, from 0.</summary>
    public static ILocator Figure(this IPage page, int index) => page.Locator(".figures .figure").Nth(index).Locator("dd").First;
}
