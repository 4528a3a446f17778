using System.Diagnostics;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Messages.Content;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Messages.Gallery;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Messages.Gallery;

public sealed class GalleryTests
{
    [Fact]
    public void Every_template_is_there_in_both_languages_with_its_pictures_and_can_be_sent()
    {
        GalleryTemplates.All.Count.ShouldBeGreaterThanOrEqualTo(16);
        foreach (var template in GalleryTemplates.All)
        {
            GalleryTemplates.Find(template.Key, template.Language == "fr" ? "en" : "fr").ShouldNotBeNull();
            GalleryTemplates.Categories.ShouldContain(template.Category);
            using (var thumbnail = GalleryTemplates.Picture($"thumb-{template.Key}.{template.Language}.png"))
                thumbnail.ShouldNotBeNull();
            using (var picture = GalleryTemplates.Picture($"{template.Key}.png"))
                picture.ShouldNotBeNull();
            var source = new ContentSource(template.Subject, template.Html, null, template.Preheader);
            var result = ContentProcessor.Process(source, new ProcessOptions { AppendsUnsubscribe = false });
            var content = result.Content.ShouldNotBeNull(template.Key + string.Join(' ', result.Issues));
            content.Html.ShouldNotBeNull().ShouldContain("__unsubscribe");
            content.Html.ShouldContain("__web");
            content.Html.ShouldContain("prefers-color-scheme");
        }
    }

    [Fact]
    public async Task Stored_html_is_what_the_sources_compile_to()
    {
        var assets = Path.Combine(Repository.Root, "src", "Estafette", "Web", "assets");
        if (!Directory.Exists(Path.Combine(assets, "node_modules", "mjml-browser")))
            Assert.Skip("Node.js packages are not installed.");
        using var node = Process.Start(
            new ProcessStartInfo("node", ["gallery/build.mjs", "--check"])
            {
                WorkingDirectory = assets,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var said = await node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();
        node.ExitCode.ShouldBe(0, said);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Template_and_campaign_made_from_the_gallery_open_in_the_visual_editor(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await using var db = app.OpenDb();
        var (anne, ct) = (new Actor(app.Customer, "anne@example.test"), CancellationToken.None);
        var from = GalleryTemplates.Find("promotion", "fr")!;
        var template = await MakeTemplate.FromGalleryAsync(anne, from, db, app.Clock, ct);
        var again = await MakeTemplate.FromGalleryAsync(anne, from, db, app.Clock, ct);
        again.ShouldNotBe(template);
        var shown = (await ShowContent.RunAsync(app.Customer, new ContentTarget(ContentOwner.Template, template.Value), db, ct))!;
        (shown.MjmlIsCurrent, shown.Content.Mode, shown.Content.Mjml).ShouldBe((true, ContentMode.Visual, from.Mjml));
        var campaign = (await CreateCampaign.RunAsync(app.Customer, new NewCampaign("Copy", template), db, app.Clock, ct))!.Value;
        var copy = (await ShowContent.RunAsync(app.Customer, new ContentTarget(ContentOwner.Campaign, campaign.Value), db, ct))!;
        (copy.MjmlIsCurrent, copy.Content.Subject).ShouldBe((true, from.Subject));
        var started = await StartFromGallery.RunAsync(anne, from, db, app.Clock, ct);
        var state = (await ShowContent.RunAsync(app.Customer, new ContentTarget(ContentOwner.Campaign, started.Value), db, ct))!;
        (state.MjmlIsCurrent, state.Content.Subject, state.Content.Html).ShouldBe((true, from.Subject, from.Html));
    }
}
