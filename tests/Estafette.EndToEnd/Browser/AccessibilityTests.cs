using System.Text.Json;
using Estafette.Testing;

namespace Estafette.EndToEnd.Browser;

/// <summary>axe-core over every page that a link leads to. What it cannot see (sense of words, order of reading) people have to look at.</summary>
[Trait("Category", "Browser")]
public sealed class AccessibilityTests
{
    private const string Audit = """
        async () => {
          const found = await axe.run(document, {
            iframes: false,
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
            resultTypes: ["violations"],
          });
          return JSON.stringify(found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.html.slice(0, 160)} ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ""}`)));
        }
        """;

    // Each page once in each theme, language and width.
    [Theory]
    [InlineData("fr-FR", "light", 1280)]
    [InlineData("en-GB", "dark", 390)]
    public async Task No_page_breaks_wcag_22_aa(string locale, string theme, int width)
    {
        await using var site = await DemoSite.StartAsync();
        var axe = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "src", "Estafette", "Web", "assets", "node_modules", "axe-core", "axe.min.js")
        );
        var page = await site.OpenAsync(locale, theme, width);
        var faults = new List<string>();
        var pages = await site.PagesAsync();
        pages.Count.ShouldBeGreaterThan(30);
        foreach (var path in pages)
        {
            await page.GotoAsync(path);
            await page.EvaluateAsync(axe);
            var found = JsonSerializer.Deserialize<string[]>(await page.EvaluateAsync<string>(Audit))!;
            faults.AddRange(found.Select(f => $"{path} {f}"));
        }
        faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_page_is_wider_than_a_telephone()
    {
        await using var site = await DemoSite.StartAsync();
        var page = await site.OpenAsync("fr-FR", "light", 390);
        var wide = new List<string>();
        foreach (var path in await site.PagesAsync())
        {
            await page.GotoAsync(path);
            if (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth") > 390)
                wide.Add(path);
        }
        wide.ShouldBeEmpty();
    }
}
