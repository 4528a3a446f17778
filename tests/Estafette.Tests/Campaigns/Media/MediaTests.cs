using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Media;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Campaigns.Media;

public sealed class MediaTests
{
    /// <summary>One grey point.</summary>
    internal static readonly byte[] Point = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    );
    private static readonly CancellationToken Token = CancellationToken.None;

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Same_picture_twice_is_two_images_and_one_file(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var one = await UploadAsync(app, new ImageUpload("one.png", "A point", "", Point));
        var two = await UploadAsync(app, new ImageUpload("two.png", "", "logos", Point));
        one.File.ShouldBe(two.File);
        one.Url.ShouldMatch("^/m/[0-9a-f]{32}\\.png$");
        await using var db = app.OpenDb();
        (await db.Set<MediaFile>().CountAsync()).ShouldBe(1);
        (await ListImages.RunAsync(app.Customer, new ListImagesRequest("POINT"), db, Token)).Single().Name.ShouldBe("one.png");
        (await ListImages.FoldersAsync(app.Customer, db, Token)).ShouldBe(["logos"]);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Image_of_a_scheduled_campaign_is_not_deleted_and_that_of_a_draft_keeps_its_file(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var image = await UploadAsync(app, new ImageUpload("one.png", "", "", Point));
        var campaign = await AddCampaignAsync(app, $"<img src=\"{image.Url}\">");
        await app.ExecuteAsync($"UPDATE campaigns SET status = 1 WHERE id = {campaign}");
        (await DeleteAsync(app, image)).ShouldBeFalse();
        await app.ExecuteAsync($"UPDATE campaigns SET status = 0 WHERE id = {campaign}");
        (await DeleteAsync(app, image)).ShouldBeTrue();
        await using var db = app.OpenDb();
        (await db.Of<MediaImage>(app.Customer).AnyAsync()).ShouldBeFalse();
        (await db.Set<MediaFile>().AnyAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Replaced_image_is_shown_by_drafts()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var image = await UploadAsync(app, new ImageUpload("one.png", "", "", Point));
        var campaign = await AddCampaignAsync(app, $"<img src=\"{image.Url}\">");
        byte[] other = [.. "GIF89a"u8, 2, 0, 3, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 1, 7, 0, 0x3B];
        var after = await UploadAsync(app, new ImageUpload("one.gif", "", "", other) { Replaces = image.Id });
        after.Url.ShouldEndWith(".gif");
        await using var db = app.OpenDb();
        (await db.Of<Campaign>(app.Customer).SingleAsync(c => c.Id == campaign)).Html.ShouldBe($"<img src=\"{after.Url}\">");
    }

    [Fact]
    public async Task What_is_no_image_is_refused_whatever_its_name()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var db = app.OpenDb();
        var result = await UploadImage.RunAsync(Anne(app), new ImageUpload("x.png", "", "", "<svg/>"u8.ToArray()), db, app.Clock, Token);
        result.Fault.ShouldBe("kind");
    }

    [Fact]
    public void Addresses_of_the_library_are_made_absolute_in_a_message_and_no_other()
    {
        var html =
            "<img src=\"/m/ab.png\"><td background=\"/m/cd.png\" style=\"background:url('/m/ef.png')\"><a href=\"/other/m/1\"></a>/m/text</td>";
        HostedImages
            .Absolute(new ProcessedContent("s", html, null, []), "https://a.test")
            .Html.ShouldBe(
                "<img src=\"https://a.test/m/ab.png\"><td background=\"https://a.test/m/cd.png\" style=\"background:url('https://a.test/m/ef.png')\"><a href=\"/other/m/1\"></a>/m/text</td>"
            );
    }

    private static Actor Anne(TestApplication app) => new(app.Customer, "anne@example.test");

    private static async Task<MediaImage> UploadAsync(TestApplication app, ImageUpload upload)
    {
        await using var db = app.OpenDb();
        return (await UploadImage.RunAsync(Anne(app), upload, db, app.Clock, Token)).Image.ShouldNotBeNull();
    }

    private static async Task<bool> DeleteAsync(TestApplication app, MediaImage image)
    {
        await using var db = app.OpenDb();
        return await DeleteImage.RunAsync(Anne(app), image.Id, db, app.Clock, Token);
    }

    private static async Task<CampaignId> AddCampaignAsync(TestApplication app, string html)
    {
        await using var db = app.OpenDb();
        var campaign = new Campaign(app.Customer, "Summer", app.Now) { Subject = "S", Html = html };
        db.Add(campaign);
        await db.SaveChangesAsync();
        return campaign.Id;
    }
}
