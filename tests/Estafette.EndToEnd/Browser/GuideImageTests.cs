using System.Text;
using Estafette.Testing;
using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

/// <summary>Takes the pictures of the user guide from the demo; run by scripts/guide-images, skipped otherwise.</summary>
[Trait("Category", "Browser")]
public sealed class GuideImageTests
{
    private const string Csv =
        "Adresse mail;Prénom;Nom;Ville;Client depuis\nanne.moreau@example.test;Anne;Moreau;Lyon;2021-03-04\n"
        + "karim.benali@example.test;Karim;Benali;Nantes;2023-11-18\npas une adresse;Zoé;Petit;Lille;2024-01-02\n";

    [Theory(Explicit = true)]
    [InlineData("fr-FR")]
    [InlineData("en-GB")]
    public async Task Guide_has_a_picture_of_every_task(string locale)
    {
        await using var site = await DemoSite.StartAsync();
        var page = await site.OpenAsync(locale, "light", 1100);
        await page.SetViewportSizeAsync(1100, 760);
        async Task ShootAsync(string name, string? path = null, int settle = 700)
        {
            if (path is not null)
                await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
            // Charts draw themselves in a quarter of a second.
            await page.WaitForTimeoutAsync(settle);
            var file = Path.Combine(Repository.Root, "docs", "images", "guide", $"{name}.{locale[..2]}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await page.ScreenshotAsync(new() { Path = file });
        }

        await ShootAsync("dashboard", "/");
        await ShootAsync("server", "/servers/new/Smtp");
        await page.GotoAsync("/imports/new");
        await page.SetInputFilesAsync(
            "#f-file",
            new FilePayload
            {
                Name = "clients.csv",
                MimeType = "text/csv",
                Buffer = Encoding.UTF8.GetBytes(Csv),
            }
        );
        await page.ClickAsync("form[action='/imports/upload'] button");
        await page.WaitForURLAsync("**/imports/*/format");
        await page.ClickAsync("button[value=next]");
        await page.WaitForURLAsync("**/columns");
        await ShootAsync("import-columns");
        await ShootAsync("segment", "/segments/new");
        var draft = await IdAsync(page, "Offre Spéciale d'Été");
        var past = await IdAsync(page, "Sélection d’automne");
        await ShootAsync("campaign", $"/campaigns/{draft}/edit");
        await ShootAsync("review", $"/campaigns/{draft}/launch");
        await ShootAsync("report", $"/campaigns/{past}/report", 1500);
        await ShootAsync("zones", $"/campaigns/{past}/report?part=zones", 1500);
        await page.GotoAsync($"/campaigns/{past}/deliveries");
        var opened = page.Locator("tbody tr", new() { Has = page.Locator(".chip-indigo") }).First.Locator("a").First;
        await ShootAsync("message", await opened.GetAttributeAsync("href"));
        await page.GotoAsync($"/gallery?language={locale[..2]}");
        await page.ClickAsync("form:has(input[name=_handler][value=campaign-newsletter]) button");
        await page.WaitForURLAsync("**/content");
        await page.EvaluateAsync("() => window.scrollTo(0, 260)");
        await ShootAsync("content", settle: 5000);
        await page.GotoAsync("/automations/new?recipe=Welcome");
        await page.SubmitAsync("automation");
        await page.WaitForURLAsync(url => !new Uri(url).AbsolutePath.EndsWith("/new", StringComparison.Ordinal));
        await ShootAsync("automation");
    }

    private static async Task<string> IdAsync(IPage page, string campaign)
    {
        await page.GotoAsync("/campaigns");
        var href = await page.Locator("main a", new() { HasText = campaign }).First.GetAttributeAsync("href");
        return href!.Split('/')[2];
    }
}
