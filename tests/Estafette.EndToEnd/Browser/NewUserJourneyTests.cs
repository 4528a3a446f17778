using System.Globalization;
using System.Text;
using Estafette.Testing.Web;
using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

[Trait("Category", "Browser")]
public sealed class NewUserJourneyTests
{
    private const int People = 40;

    [Theory]
    [InlineData("fr-FR", "Terminée", "En pause")]
    [InlineData("en-US", "Finished", "Paused")]
    public async Task New_user_goes_from_import_to_report_by_pages_alone(string locale, string finished, string paused)
    {
        await using var host = await WebHost.StartAsync();
        await using var chromium = await Chromium.StartAsync();
        var page = await chromium.OpenAsync(host.Address, locale);
        var faults = new List<string>();
        page.PageError += (_, fault) => faults.Add(fault);
        page.Console += (_, line) =>
        {
            if (line.Type == "error")
                faults.Add(line.Text);
        };

        await page.SignInAsync(host.OneTimePassword);
        await ImportAsync(page);
        var campaign = await CreateCampaignAsync(page);
        await page.LaunchAsync(campaign, People);
        await PauseAndResumeAsync(page, paused);

        // The stream tells the end, and the page loads itself again.
        await Assertions.Expect(page.Chip()).ToHaveTextAsync(finished, new() { Timeout = 60_000 });
        await page.GotoAsync($"/campaigns/{campaign}/report");
        await Assertions.Expect(page.Figure(1)).ToHaveTextAsync(People.ToString(CultureInfo.InvariantCulture));
        await page.GotoAsync($"/campaigns/{campaign}/deliveries");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(People);
        await ReadCapturedMessageAsync(page);
        // The one thing refused is the pixel of the message looked at: looking must not count as an open.
        faults.ShouldAllBe(fault => fault.Contains("/o/") && fault.Contains("img-src data:"));
    }

    private static async Task ImportAsync(IPage page)
    {
        var csv = new StringBuilder("email;prénom;ville\n");
        for (var i = 0; i < People; i++)
            csv.Append(CultureInfo.InvariantCulture, $"personne{i}@example.test;Prénom{i};Lyon\n");
        csv.Append("pas une adresse;Rejetée;Nantes\n");
        await page.ImportAsync("clients.csv", csv.ToString(), "Salon de printemps");
        await Assertions.Expect(page.Figure(0)).ToHaveTextAsync((People + 1).ToString(CultureInfo.InvariantCulture));
        await Assertions.Expect(page.Locator("a[href$='/report']")).ToBeVisibleAsync();
    }

    private static async Task<string> CreateCampaignAsync(IPage page)
    {
        await page.GotoAsync("/campaigns/new");
        await page.FillAsync("#f-name", "Première campagne");
        await page.SelectOptionAsync("#f-template", new SelectOptionValue { Index = 1 });
        await page.SubmitAsync("campaign");
        await page.WaitForURLAsync("**/edit");
        var id = new Uri(page.Url).Segments[2].TrimEnd('/');
        await page.FillLineAsync(
            id,
            "from",
            async () =>
            {
                await page.FillAsync("#f-from_name", "Maison Alba");
                await page.FillAsync("#f-from", "bonjour@maison-alba.example.test");
            }
        );
        await page.FillLineAsync(
            id,
            "to",
            () => page.Locator("tr", new() { HasText = "Salon de printemps" }).Locator("select").SelectOptionAsync("to")
        );
        await page.FillLineAsync(
            id,
            "servers",
            async () =>
            {
                var server = page.Locator("input[name=server]");
                await server.CheckAsync();
                await page.ClickAsync(".server-own summary");
                await page.FillAsync($"#f-rate-{await server.GetAttributeAsync("value")}", "4");
            }
        );
        return id;
    }

    private static async Task PauseAndResumeAsync(IPage page, string paused)
    {
        await Assertions.Expect(page.Locator("progress")).Not.ToHaveAttributeAsync("value", "0");
        await page.SubmitAsync("pause");
        await Assertions.Expect(page.Chip()).ToHaveTextAsync(paused);
        await page.SubmitAsync("resume");
        await Assertions.Expect(page.Chip()).Not.ToHaveTextAsync(paused);
    }

    private static async Task ReadCapturedMessageAsync(IPage page)
    {
        await page.GotoAsync("/outbox");
        await page.Locator("tbody a").First.ClickAsync();
        await page.WaitForURLAsync("**/outbox/*");
        var frame = page.FrameLocator("iframe");
        await Assertions.Expect(frame.Locator("body")).ToContainTextAsync("Prénom");
        await page.GotoAsync(page.Url.Split('?')[0] + "?view=headers");
        await Assertions.Expect(page.Locator("table")).ToContainTextAsync("List-Unsubscribe");
    }
}
