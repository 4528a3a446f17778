using System.Globalization;
using System.Text.RegularExpressions;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Estafette.EndToEnd.Browser;

[Trait("Category", "Browser")]
public sealed class ContentEditorTests
{
    [Fact]
    public async Task Campaign_is_composed_from_the_gallery_with_a_field_and_a_picture_and_its_test_message_arrives()
    {
        await using var host = await WebHost.StartAsync();
        await using var chromium = await Chromium.StartAsync();
        var page = await chromium.OpenAsync(host.Address, "fr-FR");
        await page.SignInAsync(host.OneTimePassword);

        await page.GotoAsync("/media");
        var point = Convert.FromBase64String(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
        );
        await page.SetInputFilesAsync(
            "#f-file",
            new FilePayload
            {
                Name = "point.png",
                MimeType = "image/png",
                Buffer = point,
            }
        );
        await page.FillAsync("#f-alt", "Un point");
        await page.ClickAsync("form[action='/media/upload'] button");
        await page.WaitForURLAsync("**/media/*");
        var picture = (await page.GetAttributeAsync(".media-large", "src"))!;

        await page.GotoAsync("/gallery");
        await page.ClickAsync("form:has(input[name=_handler][value=campaign-promotion]) button");
        await page.WaitForURLAsync("**/content");
        var content = page.Url;
        var canvas = page.FrameLocator("iframe.compose-frame").FrameLocator("iframe.gjs-frame");
        await Assertions.Expect(canvas.Locator("body")).ToContainTextAsync("-20 % sur tout");
        // The canvas draws what the head of the message says, and the head itself is no part of the message.
        await Assertions.Expect(canvas.Locator("[data-gjs-type=mj-section]")).Not.ToHaveCountAsync(0);
        await Assertions.Expect(canvas.Locator("mj-head, mj-title, mj-attributes")).ToHaveCountAsync(0);
        await Assertions.Expect(canvas.Locator("a, p").First).ToBeVisibleAsync();
        var block = page.FrameLocator("iframe.compose-frame").Locator(".gjs-block").First;
        await block.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-state]")).ToContainTextAsync("Enregistré à");

        await Assertions
            .Expect(page.Locator("textarea[name=mjml]"))
            .ToHaveValueAsync(new Regex("<mj-head>.*<mj-attributes>", RegexOptions.Singleline));
        await Assertions.Expect(page.Locator("textarea[name=html]")).ToHaveValueAsync(new Regex("prefers-color-scheme: dark"));

        await page.FillAsync("#f-subject", "");
        await page.Locator("#f-subject").PressSequentiallyAsync("Pour {{pr");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#f-subject")).ToHaveValueAsync("Pour {{first_name}}");
        await page.ClickAsync("a[data-part=html]");
        await page.ClickAsync("[data-do=by-hand]");
        await Assertions.Expect(page.Locator("[data-do=by-hand]")).ToBeHiddenAsync();
        var source = page.Locator(".source .cm-content");
        await source.PressAsync("Control+End");
        await page.Keyboard.InsertTextAsync($"<p><img src=\"{picture}\" alt=\"Un point\"></p>");
        await page.ClickAsync("form.compose button[type=submit]");
        await Assertions.Expect(page.Locator("[data-state]")).ToContainTextAsync("Enregistré à");

        await page.GotoAsync(content.Replace("/content", "/preview?view=phone"));
        await Assertions.Expect(page.Locator(".inbox-subject")).ToContainTextAsync("Pour ");
        await Assertions.Expect(page.FrameLocator("iframe.preview-frame").Locator("body")).ToContainTextAsync("-20 % sur tout");

        await UseServerAsync(host, long.Parse(new Uri(content).Segments[2].TrimEnd('/'), CultureInfo.InvariantCulture));
        await page.GotoAsync(content);
        await page.FillAsync("#f-addresses", "essai@example.test");
        await page.SubmitAsync("test");
        await Eventually.TrueAsync(async () =>
        {
            await page.GotoAsync("/outbox");
            return await page.Locator("tbody tr").CountAsync() > 0;
        });
    }

    private static async Task UseServerAsync(WebHost host, long campaign)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var id = new CampaignId(campaign);
        var row = await db.Set<Campaign>().SingleAsync(c => c.Id == id);
        row.FromEmail ??= "bonjour@maison-alba.example.test";
        var server = await db.Of<SendingServer>(row.CustomerId).FirstAsync();
        db.Add(
            new CampaignServer
            {
                CampaignId = row.Id,
                ServerId = server.Id,
                CustomerId = row.CustomerId,
            }
        );
        await db.SaveChangesAsync();
    }
}
