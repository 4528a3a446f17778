using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

/// <summary>
/// Shoots every page for people to look at: run by scripts/screenshots, which names the folder in the variable SCREENSHOTS; skipped otherwise.
/// </summary>
[Trait("Category", "Browser")]
public sealed class ScreenshotTests
{
    [Theory(Explicit = true)]
    [InlineData("fr-FR", "light", 1280)]
    [InlineData("fr-FR", "dark", 1280)]
    [InlineData("fr-FR", "light", 390)]
    [InlineData("fr-FR", "dark", 390)]
    [InlineData("en-GB", "light", 1280)]
    [InlineData("en-GB", "dark", 1280)]
    [InlineData("en-GB", "light", 390)]
    [InlineData("en-GB", "dark", 390)]
    public async Task Every_page_is_shot(string locale, string theme, int width)
    {
        var folder = Path.Combine(Environment.GetEnvironmentVariable("SCREENSHOTS")!, $"{locale[..2]}-{theme}-{width}");
        Directory.CreateDirectory(folder);
        await using var site = await DemoSite.StartAsync();
        var page = await site.OpenAsync(locale, theme, width);
        foreach (var path in await site.PagesAsync())
        {
            await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, FileName(path)), FullPage = true });
        }
        Directory.GetFiles(folder, "*.png").Length.ShouldBeGreaterThan(30);
    }

    private static string FileName(string path)
    {
        var name = new string([.. path.Trim('/').Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]);
        return (name.Length == 0 ? "dashboard" : name[..Math.Min(name.Length, 100)]) + ".png";
    }
}
