using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

/// <summary>Debian's Chromium, driven by Playwright; it never looks for updates or anything else outside this machine.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Arguments =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    public static async Task<Chromium> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        var options = new BrowserTypeLaunchOptions { ExecutablePath = "/usr/bin/chromium", Args = Arguments };
        return new Chromium(playwright, await playwright.Chromium.LaunchAsync(options));
    }

    /// <summary>A page of a new visitor whose browser speaks the language.</summary>
    public async Task<IPage> OpenAsync(Uri address, string locale)
    {
        var context = await _browser.NewContextAsync(
            new BrowserNewContextOptions
            {
                BaseURL = address.ToString(),
                Locale = locale,
                ViewportSize = new ViewportSize { Width = 1280, Height = 900 },
            }
        );
        context.SetDefaultTimeout(30_000);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
