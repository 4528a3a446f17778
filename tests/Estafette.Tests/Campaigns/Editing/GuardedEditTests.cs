using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Platform;

namespace Estafette.Tests.Campaigns.Editing;

public abstract class GuardedEditTests(DatabaseKind kind) : DatabaseTests(kind)
{
    [Fact]
    public async Task Change_of_the_same_field_by_somebody_else_refuses_the_save_and_says_who_and_what()
    {
        var id = await CreateAsync();
        (await SaveAsync(id, "marie", 0, "subject", new CampaignEdit { Subject = "De Marie" })).ShouldBe(CampaignOutcome.Done.Instance);
        var refused = (
            await SaveAsync(id, "paul", 0, "subject", new CampaignEdit { Subject = "De Paul" })
        ).ShouldBeOfType<CampaignOutcome.EditedMeanwhile>();
        (refused.Changes.Single().UserName, refused.Changes.Single().Fields, refused.Changes.Single().At).ShouldBe(
            ("marie", "subject", App.Now)
        );
        (await SubjectAsync(id)).ShouldBe("De Marie");
        // Having seen it, Paul keeps his own.
        (await SaveAsync(id, "paul", 1, "subject", new CampaignEdit { Subject = "De Paul" })).ShouldBe(CampaignOutcome.Done.Instance);
        (await SubjectAsync(id)).ShouldBe("De Paul");
    }

    [Fact]
    public async Task Two_people_at_different_fields_do_not_hinder_each_other_nor_does_one_person_with_two_pages()
    {
        var id = await CreateAsync();
        (await SaveAsync(id, "marie", 0, "subject", new CampaignEdit { Subject = "A" })).ShouldBe(CampaignOutcome.Done.Instance);
        (await SaveAsync(id, "paul", 0, "from_name", new CampaignEdit { FromName = "B" })).ShouldBe(CampaignOutcome.Done.Instance);
        (await SaveAsync(id, "marie", 0, "subject", new CampaignEdit { Subject = "C" })).ShouldBe(CampaignOutcome.Done.Instance);
        (await SubjectAsync(id)).ShouldBe("C");
        await using var db = App.OpenDb();
        (await GuardedEdit.VersionAsync(App.Customer, id, db, Token)).ShouldBe(3);
    }

    [Fact]
    public async Task Refused_change_leaves_no_version_behind()
    {
        var id = await CreateAsync();
        (
            await SaveAsync(id, "marie", 0, "subject", new CampaignEdit { Subject = new string('x', 300) })
        ).ShouldBeOfType<CampaignOutcome.Invalid>();
        await using var db = App.OpenDb();
        (await GuardedEdit.VersionAsync(App.Customer, id, db, Token)).ShouldBe(0);
    }

    [Fact]
    public async Task Campaign_of_another_customer_is_not_found()
    {
        var id = await CreateAsync();
        var stranger = await App.AddCustomerAsync("Other");
        await using var db = App.OpenDb();
        (
            await GuardedEdit.RunAsync(
                new EditStamp(new Actor(stranger, "eve"), 0),
                id,
                ["subject"],
                () => throw new InvalidOperationException("It must not be changed."),
                db,
                App.Clock,
                Token
            )
        ).ShouldBe(CampaignOutcome.NotFound.Instance);
    }

    private async Task<CampaignId> CreateAsync()
    {
        await using var db = App.OpenDb();
        return (await CreateCampaign.RunAsync(App.Customer, new NewCampaign("x"), db, App.Clock, Token))!.Value;
    }

    private async Task<CampaignOutcome> SaveAsync(CampaignId id, string user, int seen, string field, CampaignEdit edit)
    {
        await using var db = App.OpenDb();
        return await GuardedEdit.RunAsync(
            new EditStamp(new Actor(App.Customer, user), seen),
            id,
            [field],
            () => EditCampaign.RunAsync(App.Customer, id, edit, db, App.Clock, Token),
            db,
            App.Clock,
            Token
        );
    }

    private Task<string?> SubjectAsync(CampaignId id) => App.ScalarAsync<string>($"SELECT subject FROM campaigns WHERE id = {id}");
}

public sealed class GuardedEditTestsOnSqlite() : GuardedEditTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class GuardedEditTestsOnPostgreSql() : GuardedEditTests(DatabaseKind.PostgreSql);
