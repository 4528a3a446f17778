using System.Globalization;
using System.Text;
using Estafette.Demo;
using Estafette.Testing.Web;
using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

[Trait("Category", "Browser")]
public sealed class NewUserJourneyTests
{
    private const int People = 40;
    private const string Password = "une phrase bien à moi";

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

        await SignInAsync(page, host.OneTimePassword);
        await ImportAsync(page);
        var campaign = await CreateCampaignAsync(page);
        await LaunchAsync(page, campaign);
        await PauseAndResumeAsync(page, paused);

        // The stream tells the end, and the page loads itself again.
        await Assertions.Expect(Chip(page)).ToHaveTextAsync(finished, new() { Timeout = 60_000 });
        await page.GotoAsync($"/campaigns/{campaign}/report");
        await Assertions.Expect(Figure(page, 1)).ToHaveTextAsync(People.ToString(CultureInfo.InvariantCulture));
        await page.GotoAsync($"/campaigns/{campaign}/deliveries");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(People);
        await ReadCapturedMessageAsync(page);
        // The one thing refused is the pixel of the message looked at: looking must not count as an open.
        faults.ShouldAllBe(fault => fault.Contains("/o/") && fault.Contains("img-src data:"));
    }

    private static async Task SignInAsync(IPage page, string oneTimePassword)
    {
        await page.GotoAsync("/");
        await page.FillAsync("#f-email", DemoSeeder.AdministratorEmail);
        await page.FillAsync("#f-password", oneTimePassword);
        await SubmitAsync(page, "sign-in");
        await page.WaitForURLAsync("**/account/password");
        await page.FillAsync("#f-current", oneTimePassword);
        await page.FillAsync("#f-new", Password);
        await page.FillAsync("#f-again", Password);
        await SubmitAsync(page, "password");
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath == "/");
    }

    private static async Task ImportAsync(IPage page)
    {
        var csv = new StringBuilder("email;prénom;ville\n");
        for (var i = 0; i < People; i++)
            csv.Append(CultureInfo.InvariantCulture, $"personne{i}@example.test;Prénom{i};Lyon\n");
        csv.Append("pas une adresse;Rejetée;Nantes\n");
        await page.GotoAsync("/imports/new");
        await page.SetInputFilesAsync(
            "#f-file",
            new FilePayload
            {
                Name = "clients.csv",
                MimeType = "text/csv",
                Buffer = Encoding.UTF8.GetBytes(csv.ToString()),
            }
        );
        await page.ClickAsync("form[action='/imports/upload'] button");
        await page.WaitForURLAsync("**/imports/*/format");
        await page.ClickAsync("button[value=next]");
        await page.WaitForURLAsync("**/columns");
        await page.ClickAsync("button[value=next]");
        await page.WaitForURLAsync("**/consent");
        await page.FillAsync("#f-newList", "Salon de printemps");
        await page.SelectOptionAsync("#f-status", "Confirmed");
        await page.FillAsync("#f-provenance", "Salon de printemps, mars 2026");
        await page.SelectOptionAsync("#f-legalBasis", "consent");
        await page.CheckAsync("input[name=tracking]");
        await SubmitAsync(page, "consent");
        await page.WaitForURLAsync("**/review");
        await SubmitAsync(page, "start");
        await page.WaitForURLAsync("**/imports/*");
        await Assertions.Expect(Figure(page, 0)).ToHaveTextAsync((People + 1).ToString(CultureInfo.InvariantCulture));
        await Assertions.Expect(page.Locator("a[href$='/report']")).ToBeVisibleAsync();
    }

    private static async Task<string> CreateCampaignAsync(IPage page)
    {
        await page.GotoAsync("/campaigns/new");
        await page.FillAsync("#f-name", "Première campagne");
        await page.SelectOptionAsync("#f-template", new SelectOptionValue { Index = 1 });
        await SubmitAsync(page, "campaign");
        await page.WaitForURLAsync("**/edit");
        var id = new Uri(page.Url).Segments[2].TrimEnd('/');
        await LineAsync(
            page,
            id,
            "from",
            async () =>
            {
                await page.FillAsync("#f-from_name", "Maison Alba");
                await page.FillAsync("#f-from", "bonjour@maison-alba.example.test");
            }
        );
        await LineAsync(
            page,
            id,
            "to",
            () => page.Locator("tr", new() { HasText = "Salon de printemps" }).Locator("select").SelectOptionAsync("to")
        );
        await LineAsync(
            page,
            id,
            "servers",
            async () =>
            {
                var server = page.Locator("input[name=server]");
                await server.CheckAsync();
                await page.FillAsync($"#f-rate-{await server.GetAttributeAsync("value")}", "4");
            }
        );
        return id;
    }

    /// <summary>Fills one line of the campaign's checklist and closes it.</summary>
    private static async Task LineAsync(IPage page, string campaign, string line, Func<Task> fill)
    {
        await page.GotoAsync($"/campaigns/{campaign}/edit/{line}");
        await fill();
        await page.ClickAsync("#line-form > div > button.btn-primary");
        await page.WaitForURLAsync($"**/edit?saved={line}");
    }

    private static async Task LaunchAsync(IPage page, string campaign)
    {
        await page.GotoAsync($"/campaigns/{campaign}/launch");
        await Assertions.Expect(page.Locator("p.fs-2")).ToContainTextAsync(People.ToString(CultureInfo.InvariantCulture));
        if (await page.Locator("button[name=all]").CountAsync() > 0)
            await page.ClickAsync("button[name=all]");
        await SubmitAsync(page, "launch");
        await page.WaitForURLAsync("**/live");
    }

    private static async Task PauseAndResumeAsync(IPage page, string paused)
    {
        await Assertions.Expect(page.Locator("progress")).Not.ToHaveAttributeAsync("value", "0");
        await SubmitAsync(page, "pause");
        await Assertions.Expect(Chip(page)).ToHaveTextAsync(paused);
        await SubmitAsync(page, "resume");
        await Assertions.Expect(Chip(page)).Not.ToHaveTextAsync(paused);
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

    private static Task SubmitAsync(IPage page, string form) =>
        page.ClickAsync($"form:has(input[name=_handler][value={form}]) button[type=submit]");

    private static ILocator Chip(IPage page) => page.Locator("header.head .chip");

    private static ILocator Figure(IPage page, int index) => page.Locator(".figures .figure").Nth(index).Locator("dd").First;
}
