using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Contacts;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Messages.Editing;

public sealed class ContentVersionsTests
{
    private static readonly CancellationToken Token = CancellationToken.None;

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Going_back_to_a_version_makes_a_new_one_and_loses_none(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await using var db = app.OpenDb();
        var anne = new Actor(app.Customer, "anne@example.test");
        var campaign = new Campaign(app.Customer, "Summer", app.Now) { Subject = "S", Html = "<p>first</p>" };
        db.Add(campaign);
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();
        var target = new ContentTarget(ContentOwner.Campaign, campaign.Id.Value);
        var version = (await ShowContent.RunAsync(app.Customer, target, db, Token))!.Version;
        var save = new ContentSave(version, ContentMode.Html) { Html = "<p>second</p>", VersionName = "Named" };
        (await SaveContent.RunAsync(anne, target, save, db, app.Clock, Token)).ShouldBeOfType<ContentOutcome.Saved>();
        var rows = (await ListVersions.RunAsync(app.Customer, target, db, Token))!;
        rows.Select(r => r.Name).ShouldBe(["Named", null], ignoreOrder: true);
        var first = rows.Single(r => r.Name is null);
        (await RestoreVersion.RunAsync(anne, target, first.Key, "Back", db, app.Clock, Token)).ShouldBeOfType<ContentOutcome.Saved>();
        (await ShowContent.RunAsync(app.Customer, target, db, Token))!.Content.Html.ShouldBe("<p>first</p>");
        (await ListVersions.RunAsync(app.Customer, target, db, Token))!.Count.ShouldBe(3);
        (await RestoreVersion.RunAsync(anne, target, "d999999", "x", db, app.Clock, Token)).ShouldBe(ContentOutcome.NotFound.Instance);
    }

    [Fact]
    public void Comparison_tells_lines_that_went_and_came_and_keeps_the_others()
    {
        LineDiff
            .Of("a\nb\nc", "a\nx\nc\nd")
            .Select(l => $"{l.Change} {l.Text}")
            .ShouldBe(["Same a", "Removed b", "Added x", "Same c", "Added d"]);
        LineDiff.Of("", "").ShouldBeEmpty();
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Merge_fields_are_those_of_contacts_with_a_value_somebody_has(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await using var db = app.OpenDb();
        db.Add(
            new Contact
            {
                CustomerId = app.Customer,
                ContactKey = "a@r.test",
                Email = "a@r.test",
                FirstName = "Anne",
                Attributes = "{\"city\":\"Lyon\",\"points\":12,\"not a name\":1,\"deep\":{\"x\":1}}",
                CreatedAt = app.Now,
                UpdatedAt = app.Now,
            }
        );
        await db.SaveChangesAsync();
        var fields = await ListMergeFields.RunAsync(app.Customer, db, Token);
        fields.ShouldContain(new MergeFieldChoice("first_name", "Anne"));
        fields.ShouldContain(new MergeFieldChoice("city", "Lyon"));
        fields.ShouldContain(new MergeFieldChoice("points", "12"));
        fields.ShouldNotContain(f => f.Name == "not a name" || f.Name == "deep" || f.Name == "nom");
    }
}
