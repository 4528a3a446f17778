using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Demo;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

/// <summary>A server with the demo customer, an administrator who is not asked for a new password, and a browser.</summary>
internal sealed class DemoSite : IAsyncDisposable
{
    private const string Name = "look@example.test";
    private const string Password = "une phrase pour regarder";
    private readonly WebHost _host;
    private readonly Chromium _chromium;

    private readonly CampaignId _draft;

    private DemoSite(WebHost host, Chromium chromium, CampaignId draft) => (_host, _chromium, _draft) = (host, chromium, draft);

    public static async Task<DemoSite> StartAsync()
    {
        var host = await WebHost.StartAsync();
        CampaignId draft;
        await using (var scope = host.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
            var demo = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
            draft = await db.Of<Campaign>(demo).Where(c => c.Status == CampaignStatus.Draft).Select(c => c.Id).FirstAsync();
            await host.AddUserAsync(demo, Name, UserRole.Administrator, Password);
        }
        await DemoHistory.RunAsync(host.Services, CancellationToken.None);
        return new DemoSite(host, await Chromium.StartAsync(), draft);
    }

    public WebHost Host => _host;

    /// <summary>Every page there is a link to.</summary>
    public async Task<IReadOnlyList<string>> PagesAsync()
    {
        using var visitor = _host.Visit();
        using var signedIn = await visitor.SignInAsync(Name, Password);
        // A campaign that is written has other pages than one that is over.
        return await SitePages.WalkAsync(visitor, "/", "/search?q=a", "/sign-in", "/account/password", $"/campaigns/{_draft}/edit");
    }

    /// <summary>A signed-in page of this language, theme and width.</summary>
    public async Task<IPage> OpenAsync(string locale, string theme, int width)
    {
        var page = await _chromium.OpenAsync(_host.Address, locale);
        await page.SetViewportSizeAsync(width, width < 600 ? 844 : 900);
        await page.Context.AddCookiesAsync([
            new Cookie
            {
                Name = "estafette.theme",
                Value = theme,
                Url = _host.Address.ToString(),
            },
        ]);
        await page.GotoAsync("/sign-in");
        await page.FillAsync("#f-email", Name);
        await page.FillAsync("#f-password", Password);
        await page.ClickAsync("form:has(input[name=_handler][value=sign-in]) button[type=submit]");
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath == "/");
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _chromium.DisposeAsync();
        await _host.DisposeAsync();
    }
}
