using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Messages.Editing;

public sealed class SaveContentTests
{
    private static readonly CancellationToken Token = CancellationToken.None;

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Save_with_the_version_read_is_taken_and_gives_the_next_one(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var target = await AddCampaignAsync(app);
        var first = await ShowAsync(app, target);
        var saved = Saved(await SaveAsync(app, target, new(first.Version, ContentMode.Html) { Html = "<p>one</p>", Text = "by hand" }));
        saved.Content.ShouldBe(new ContentText(ContentMode.Html, "Subject", null, null, "<p>one</p>", "by hand"));
        saved.SavedBy.ShouldBe("anne@example.test");
        saved.Version.ShouldNotBe(first.Version);
        saved = Saved(await SaveAsync(app, target, new(saved.Version, ContentMode.Html) { Text = "" }));
        (saved.Content.Html, saved.Content.Text).ShouldBe(("<p>one</p>", null));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Save_over_the_save_of_another_person_is_refused_and_names_that_person(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var target = await AddCampaignAsync(app);
        var read = await ShowAsync(app, target);
        Saved(await SaveAsync(app, target, new(read.Version, ContentMode.Html) { Html = "<p>Anne</p>" }));
        var refused = await SaveAsync(app, target, new(read.Version, ContentMode.Html) { Html = "<p>Bruno</p>" }, "bruno@example.test");
        var theirs = refused.ShouldBeOfType<ContentOutcome.Conflict>().Theirs;
        (theirs.SavedBy, theirs.Content.Html).ShouldBe(("anne@example.test", "<p>Anne</p>"));
        (await ShowAsync(app, target)).Content.Html.ShouldBe("<p>Anne</p>");
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Change_through_another_door_is_a_conflict_too_and_a_new_subject_is_none(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var target = await AddCampaignAsync(app);
        var read = await ShowAsync(app, target);
        await EditAsync(app, target, new CampaignEdit { Subject = "Other" });
        var saved = Saved(await SaveAsync(app, target, new(read.Version, ContentMode.Html) { Html = "<p>mine</p>" }));
        saved.Content.Subject.ShouldBe("Other");
        await EditAsync(app, target, new CampaignEdit { Html = "<p>from a program</p>" });
        (
            await SaveAsync(app, target, new(saved.Version, ContentMode.Html) { Html = "<p>x</p>" })
        ).ShouldBeOfType<ContentOutcome.Conflict>();
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Saves_of_one_person_within_five_minutes_are_one_version_and_the_beginning_is_kept(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var target = await AddCampaignAsync(app);
        var version = (await ShowAsync(app, target)).Version;
        foreach (var html in new[] { "<p>1</p>", "<p>2</p>" })
            version = Saved(await SaveAsync(app, target, new(version, ContentMode.Html) { Html = html })).Version;
        app.Clock.Advance(TimeSpan.FromMinutes(6));
        version = Saved(await SaveAsync(app, target, new(version, ContentMode.Html) { Html = "<p>3</p>" })).Version;
        await SaveAsync(app, target, new(version, ContentMode.Html) { Html = "<p>4</p>" }, "bruno@example.test");
        (await DraftsAsync(app)).ShouldBe([
            ("<p>start</p>", null),
            ("<p>2</p>", "anne@example.test"),
            ("<p>3</p>", "anne@example.test"),
            ("<p>4</p>", "bruno@example.test"),
        ]);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Source_of_the_visual_editor_stops_being_current_when_the_html_is_written_by_hand(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var target = await AddCampaignAsync(app);
        var version = (await ShowAsync(app, target)).Version;
        var state = Saved(await SaveAsync(app, target, new(version, ContentMode.Visual) { Mjml = "<mjml/>", Html = "<p>made</p>" }));
        state.MjmlIsCurrent.ShouldBeTrue();
        state = Saved(await SaveAsync(app, target, new(state.Version, ContentMode.Html) { Html = "<p>by hand</p>" }));
        (state.MjmlIsCurrent, state.Content.Mjml).ShouldBe((false, "<mjml/>"));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Content_put_aside_is_a_version_and_changes_nothing(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var target = await AddCampaignAsync(app);
        await using (var db = app.OpenDb())
        {
            var save = new ContentSave("old", ContentMode.Html) { Html = "<p>aside</p>", VersionName = "Put aside" };
            var key = (await PutAside.RunAsync(Anne(app), target, save, db, app.Clock, Token)).ShouldNotBeNull();
            (await ShowVersion.RunAsync(app.Customer, target, key, db, Token)).ShouldNotBeNull("the key leads to what was put aside");
        }
        (await ShowAsync(app, target)).Content.Html.ShouldBe("<p>start</p>");
        (await DraftsAsync(app)).ShouldBe([("<p>aside</p>", "anne@example.test")]);
    }

    [Fact]
    public async Task Too_long_and_two_lined_fields_are_told_at_once_and_nothing_is_saved()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var target = await AddCampaignAsync(app);
        var version = (await ShowAsync(app, target)).Version;
        var wrong = new ContentSave(version, ContentMode.Html) { Html = new string('x', (1 << 20) + 1), Subject = "a\nb" };
        var faults = (await SaveAsync(app, target, wrong)).ShouldBeOfType<ContentOutcome.Invalid>().Faults;
        faults.Keys.Order().ShouldBe(["html", "subject"]);
        (await ShowAsync(app, target)).Version.ShouldBe(version);
    }

    [Fact]
    public async Task Content_of_another_customer_or_an_unknown_variant_is_not_found()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var target = await AddCampaignAsync(app);
        var other = await app.AddCustomerAsync("Other");
        await using var db = app.OpenDb();
        (await ShowContent.RunAsync(other, target, db, Token)).ShouldBeNull();
        (await ShowContent.RunAsync(app.Customer, target with { Variant = 3 }, db, Token)).ShouldBeNull();
        (await ShowContent.RunAsync(app.Customer, target with { Kind = ContentOwner.Template }, db, Token)).ShouldBeNull();
    }

    private static Actor Anne(TestApplication app) => new(app.Customer, "anne@example.test");

    private static async Task<ContentTarget> AddCampaignAsync(TestApplication app)
    {
        await using var db = app.OpenDb();
        var campaign = new Campaign(app.Customer, "Summer", app.Now) { Subject = "Subject", Html = "<p>start</p>" };
        db.Add(campaign);
        await db.SaveChangesAsync();
        return new ContentTarget(ContentOwner.Campaign, campaign.Id.Value);
    }

    private static async Task<ContentState> ShowAsync(TestApplication app, ContentTarget target)
    {
        await using var db = app.OpenDb();
        return (await ShowContent.RunAsync(app.Customer, target, db, Token)).ShouldNotBeNull();
    }

    private static async Task<ContentOutcome> SaveAsync(
        TestApplication app,
        ContentTarget target,
        ContentSave save,
        string by = "anne@example.test"
    )
    {
        await using var db = app.OpenDb();
        return await SaveContent.RunAsync(new Actor(app.Customer, by), target, save, db, app.Clock, Token);
    }

    private static async Task EditAsync(TestApplication app, ContentTarget target, CampaignEdit edit)
    {
        await using var db = app.OpenDb();
        (await EditCampaign.RunAsync(app.Customer, new CampaignId(target.Id), edit, db, app.Clock, Token)).ShouldBe(
            CampaignOutcome.Done.Instance
        );
    }

    private static ContentState Saved(ContentOutcome outcome) => outcome.ShouldBeOfType<ContentOutcome.Saved>().State;

    private static async Task<List<(string?, string?)>> DraftsAsync(TestApplication app)
    {
        await using var db = app.OpenDb();
        var rows = await db.Of<ContentDraft>(app.Customer).OrderBy(d => d.Id).ToListAsync();
        return [.. rows.Select(d => (d.Html, d.SavedBy))];
    }
}
