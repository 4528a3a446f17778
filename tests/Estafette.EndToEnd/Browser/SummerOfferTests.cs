using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Estafette.Testing;
using Estafette.Testing.Http;
using Estafette.Testing.Web;
using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

/// <summary>
/// The whole story of a summer offer by pages alone: two API servers, two lists from JSON files, the campaign shared among the servers, one server
/// that fails, a pause in which the message is changed, readers who open, click and leave, and the figures of all that.
/// </summary>
[Trait("Category", "Browser")]
public sealed partial class SummerOfferTests
{
    private const string Reader = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0";

    /// <summary>Thirty in each list, ten of them in both.</summary>
    private const int People = 50;

    [Theory]
    [InlineData("fr-FR", "En pause", "Terminée")]
    [InlineData("en-GB", "Paused", "Finished")]
    public async Task Summer_offer_goes_from_servers_to_statistics(string locale, string paused, string finished)
    {
        await using var failing = await FakeMailApi.StartAsync();
        await using var healthy = await FakeMailApi.StartAsync();
        using var folder = new TemporaryDirectory();
        var own = Directory.CreateDirectory(Path.Combine(folder.Path, "1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(own, "newsletter.json"), Json(20, 50));
        failing.Answers(503, "maintenance until noon");
        await using var host = await WebHost.StartAsync(
            settings: [("Network:AllowPrivateAddresses", "true"), ("Import:Folder", folder.Path)]
        );
        await using var chromium = await Chromium.StartAsync();
        var page = await chromium.OpenAsync(host.Address, locale);
        await page.SignInAsync(host.OneTimePassword);

        await AddServerAsync(page, "SendGrid principal", failing.BaseUrl, priority: 1);
        await AddServerAsync(page, "SendGrid secours", healthy.BaseUrl, priority: 2);
        await page.ImportAsync("fideles.json", Json(0, 30), "Clients de la boutique");
        await page.ImportFromServerAsync("newsletter.json", "Inscrits à la newsletter");
        var campaign = await CreateAsync(page);
        await page.LaunchAsync(campaign, People);

        // The first server fails, so that everything goes through the second; then people think again.
        await Eventually.TrueAsync(() => healthy.Count >= 5);
        await page.SubmitAsync("pause");
        await Assertions.Expect(page.Chip()).ToHaveTextAsync(paused);
        var (before, refused) = ((int)healthy.Count, (int)failing.Count);
        await ChangeMessageAsync(page, campaign);
        failing.Day = FakeDay.Good;
        await page.GotoAsync($"/campaigns/{campaign}/live");
        await page.SubmitAsync("resume");
        await Assertions.Expect(page.Chip()).ToHaveTextAsync(finished, new() { Timeout = 90_000 });

        var sent = healthy.Requests.Concat(failing.Requests.Skip(refused)).ToList();
        sent.Select(RecipientOf).Distinct(StringComparer.Ordinal).Count().ShouldBe(People);
        healthy.Requests.Take(before).ShouldAllBe(r => !HtmlOf(r).Contains("Dernière chance"));
        sent.Count(r => HtmlOf(r).Contains("Dernière chance")).ShouldBe(People - before);

        await ReadAsReadersDoAsync(host, healthy.Requests.Take(3).ToList());
        await ShowsWhatHappenedAsync(page, campaign);
    }

    private static async Task AddServerAsync(IPage page, string name, string url, int priority)
    {
        await page.GotoAsync("/servers/new/SendGrid");
        await page.FillAsync("#f-Name", name);
        await page.FillAsync("#f-Secret", "SG.not-a-real-key");
        foreach (var fold in await page.QuerySelectorAllAsync("details.fold:not([open]) > summary"))
            await fold.ClickAsync();
        await page.FillAsync("#f-BaseUrl", url);
        await page.CheckAsync("#f-AllowPrivateAddress");
        await page.FillAsync("#f-Priority", priority.ToString(CultureInfo.InvariantCulture));
        await page.SubmitAsync("server");
        await page.WaitForURLAsync("**/servers/*?saved=1");
    }

    private static string Json(int from, int to) =>
        JsonSerializer.Serialize(
            Enumerable.Range(from, to - from).Select(i => new { email = $"personne{i}@example.test", first_name = $"Prénom{i}" })
        );

    private static async Task<string> CreateAsync(IPage page)
    {
        await page.GotoAsync("/campaigns/new");
        await page.FillAsync("#f-name", "Offre Spéciale d'Été, bis");
        await page.SelectOptionAsync("#f-template", new SelectOptionValue { Index = 1 });
        await page.SubmitAsync("campaign");
        await page.WaitForURLAsync("**/edit");
        var id = new Uri(page.Url).Segments[2].TrimEnd('/');
        await page.FillLineAsync(id, "subject", () => page.FillAsync("#f-subject", "Économisez 50 % sur notre nouvelle collection !"));
        await page.FillLineAsync(
            id,
            "to",
            async () =>
            {
                foreach (var list in new[] { "Clients de la boutique", "Inscrits à la newsletter" })
                    await page.Locator("tr", new() { HasText = list }).Locator("select").SelectOptionAsync("to");
            }
        );
        await page.FillLineAsync(
            id,
            "servers",
            async () =>
            {
                foreach (var name in new[] { "SendGrid principal", "SendGrid secours" })
                {
                    var server = page.Locator(".server-use", new() { HasText = name });
                    await server.Locator("input[name=server]").CheckAsync();
                    await server.Locator("summary").ClickAsync();
                    await server.Locator("input[name^=from-]").FillAsync("offres@maison-alba.example.test");
                    await server.Locator("input[name^=fromname-]").FillAsync("Maison Alba");
                    await server.Locator("input[name^=rate-]").FillAsync("3");
                    await server.Locator("input[name^=daily-]").FillAsync("1000");
                }
            }
        );
        return id;
    }

    private static async Task ChangeMessageAsync(IPage page, string campaign)
    {
        await page.GotoAsync($"/campaigns/{campaign}/content?part=html");
        await page.Locator(".source .cm-content").PressAsync("Control+End");
        await page.Keyboard.InsertTextAsync("<p>Dernière chance</p>");
        await page.ClickAsync("form.compose button[type=submit]");
        await Assertions.Expect(page.Locator("[data-state]")).ToHaveTextAsync(new Regex("Enregistré à|Saved at"));
        await page.GotoAsync($"/campaigns/{campaign}/content?part=html");
        await Assertions.Expect(page.Locator("textarea[name=html]")).ToHaveValueAsync(new Regex("Dernière chance"));
    }

    /// <summary>One opens, one opens and clicks, one leaves by the button of the mail program.</summary>
    private static async Task ReadAsReadersDoAsync(WebHost host, List<FakeMailRequest> messages)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = host.Address };
        http.DefaultRequestHeaders.UserAgent.ParseAdd(Reader);
        foreach (var message in messages.Take(2))
        {
            using var pixel = await http.GetAsync(PathOf(Pixel().Match(HtmlOf(message)).Value));
            pixel.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
        using var click = await http.GetAsync(PathOf(Link().Match(HtmlOf(messages[1])).Groups[1].Value));
        click.StatusCode.ShouldBe(HttpStatusCode.Found);
        click.Headers.Location!.IsAbsoluteUri.ShouldBeTrue();
        var unsubscribe = Unsubscribe().Match(messages[2].Text).Groups[1].Value;
        using var leave = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
        using var left = await http.PostAsync(PathOf(unsubscribe), leave);
        left.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task ShowsWhatHappenedAsync(IPage page, string campaign)
    {
        // Sent, opened, clicked, unsubscribed, in the order of the page.
        foreach (var (figure, count) in new[] { (1, People), (3, 2), (4, 1), (7, 1) })
            await Eventually.TrueAsync(async () =>
            {
                await page.GotoAsync($"/campaigns/{campaign}/report");
                return await page.Figure(figure).InnerTextAsync() == count.ToString(CultureInfo.InvariantCulture);
            });
        var servers = page.Locator("table", new() { HasText = "SendGrid secours" }).First;
        await Assertions.Expect(servers).ToContainTextAsync("SendGrid principal");
        await page.GotoAsync($"/campaigns/{campaign}/report?part=errors");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("maintenance until noon");
        await page.GotoAsync($"/campaigns/{campaign}/deliveries");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("personne0@example.test");
    }

    private static string HtmlOf(FakeMailRequest request)
    {
        using var json = JsonDocument.Parse(request.Body);
        return json
            .RootElement.GetProperty("content")
            .EnumerateArray()
            .Single(c => c.GetProperty("type").GetString() == "text/html")
            .GetProperty("value")
            .GetString()!;
    }

    private static string RecipientOf(FakeMailRequest request)
    {
        using var json = JsonDocument.Parse(request.Body);
        return json.RootElement.GetProperty("personalizations")[0].GetProperty("to")[0].GetProperty("email").GetString()!;
    }

    /// <summary>Addresses carry the public name of the installation; the server is asked by its port.</summary>
    private static string PathOf(string address) => new Uri(WebUtility.HtmlDecode(address)).PathAndQuery;

    [GeneratedRegex("https?://[^\"<>]+/o/[^\"<>]+", RegexOptions.CultureInvariant)]
    private static partial Regex Pixel();

    [GeneratedRegex("href=\"(https?://[^\"]+/l/[^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Link();

    [GeneratedRegex("\"List-Unsubscribe\":\"<(https?://[^>]+)>", RegexOptions.CultureInvariant)]
    private static partial Regex Unsubscribe();
}
