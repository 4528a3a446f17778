using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Contacts.Import;

public abstract class ImportWizardTests(DatabaseKind kind) : IAsyncLifetime
{
    private ImportFixture Import { get; set; } = null!;

    private TestApplication App => Import.Application;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Import = await ImportFixture.StartAsync(kind, batchRows: 100);

    public async ValueTask DisposeAsync()
    {
        await Import.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Dry_run_tells_what_the_import_then_does_and_writes_nothing()
    {
        await App.AddContactAsync("p3@x.test");
        await App.ExecuteAsync(
            $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, created_at) VALUES ({App.Customer}, 1, 'p4@x.test', 1, 2, 0)"
        );
        var rows = Enumerable.Range(0, 250).Select(i => $"p{i}@x.test").Append("P7@x.test").Append("nobody").Append("also nobody");
        var id = await UploadAsync("email\n" + string.Join('\n', rows) + "\n");
        await using (var db = App.OpenDb())
        {
            var draft = (await ImportDraft.FindAsync(App.Customer, id, db, Token))!;
            var details = await ImportDraft.DetectAsync(draft, db, Token);
            await ImportDraft.SetMappingAsync(draft, details.Mapping, db, Token);
        }
        await using (var db = App.OpenDb())
            await CheckImport.RunAsync(App.Customer, id, db, App.Get<Signals>(), Token);
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        var check = ImportCheck.Of(await DraftAsync(id))!;
        (check.Read, check.Added, check.Changed, check.Unchanged).ShouldBe((253, 249, 0, 1));
        (check.Duplicate, check.Rejected, check.Suppressed).ShouldBe((1, 2, 1));
        check.Reasons.Sum(r => r.Count).ShouldBe(2);
        (await App.CountAsync("contacts")).ShouldBe(1);

        var end = await Import.ImportAsync(Import.Request("") with { Path = null, Upload = id });
        var counts = end.Counts;
        (counts.Read, counts.Added, counts.Updated, counts.Skipped).ShouldBe((253, 249, 0, 1));
        (counts.Duplicate, counts.Rejected, counts.Suppressed).ShouldBe((1, 2, 1));
    }

    [Theory]
    [InlineData(KnownContacts.Update, 3)]
    [InlineData(KnownContacts.Overwrite, 4)]
    [InlineData(KnownContacts.Skip, 0)]
    public async Task Known_contacts_about_whom_the_file_says_nothing_new_are_told_apart_in_the_dry_run_and_the_import(
        KnownContacts policy,
        int changed
    )
    {
        const string Header = "email,prenom,langue,ville,points\n";
        await Import.ImportAsync("first.csv", Header + string.Concat(Enumerable.Range(0, 6).Select(i => $"p{i}@x.test,Zoé,fr,Lyon,{i}\n")));
        // The same; another name; another attribute; less; the address in capitals; the same.
        var id = await UploadAsync(
            Header
                + "p0@x.test,Zoé,fr,Lyon,0\np1@x.test,Max,fr,Lyon,1\np2@x.test,Zoé,fr,Nice,2\np3@x.test,,,,\nP4@x.test,Zoé,fr,Lyon,4\n"
                + "p5@x.test,Zoé,fr,Lyon,5\n"
        );
        await using (var db = App.OpenDb())
        {
            var draft = (await ImportDraft.FindAsync(App.Customer, id, db, Token))!;
            await ImportDraft.SetMappingAsync(draft, (await ImportDraft.DetectAsync(draft, db, Token)).Mapping, db, Token);
            await ImportDraft.SetRulesAsync(draft, new ImportRules(null, policy, default, "fair", "consent", null, false), db, Token);
            await CheckImport.RunAsync(App.Customer, id, db, App.Get<Signals>(), Token);
        }
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        var check = ImportCheck.Of(await DraftAsync(id))!;
        (check.Added, check.Changed, check.Unchanged).ShouldBe((0, changed, 6 - changed));

        var end = await Import.ImportAsync(Import.Request("") with { Path = null, Upload = id, KnownContacts = policy });
        (end.Counts.Added, end.Counts.Updated, end.Counts.Skipped).ShouldBe((0, changed, 6 - changed));
    }

    [Fact]
    public async Task Dry_run_of_another_mapping_is_no_longer_shown()
    {
        var id = await UploadAsync("email,nom\na@x.test,A\n");
        await using var db = App.OpenDb();
        var draft = await ImportDraft.FindAsync(App.Customer, id, db, Token);
        await ImportDraft.SetMappingAsync(draft!, (await ImportDraft.DetectAsync(draft!, db, Token)).Mapping, db, Token);
        await CheckImport.RunAsync(App.Customer, id, db, App.Get<Signals>(), Token);
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        db.ChangeTracker.Clear();
        draft = await ImportDraft.FindAsync(App.Customer, id, db, Token);
        ImportCheck.Of(draft!).ShouldNotBeNull();
        await ImportDraft.SetMappingAsync(
            draft!,
            new ImportMapping { Columns = [new ColumnMapping("email", ContactField.Email)] },
            db,
            Token
        );
        ImportCheck.Of(draft!).ShouldBeNull();
    }

    [Fact]
    public async Task Paused_import_waits_over_restarts_and_goes_on_where_it_stood()
    {
        var path = Import.Write("many.csv", "email\n" + string.Join('\n', Enumerable.Range(0, 450).Select(i => $"p{i}@x.test")) + "\n");
        var id = (await Import.StartAsync(Import.Request(path))).Id!.Value;
        await App.ExecuteAsync($"UPDATE imports SET pause_requested = {(kind == DatabaseKind.Sqlite ? "1" : "true")} WHERE id = {id}");
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        var paused = await Import.ProgressAsync(id);
        (paused.Status, paused.Counts.Read).ShouldBe((ImportStatus.Paused, 100));

        await App.RestartAsync();
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        (await Import.ProgressAsync(id)).Status.ShouldBe(ImportStatus.Paused);

        await using (var db = App.OpenDb())
            (await ResumeImport.RunAsync(App.Customer, id, db, App.Get<Signals>(), Token)).ShouldBe(ImportControlResult.Done);
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        var end = await Import.ProgressAsync(id);
        (end.Status, end.Counts.Added, end.Counts.Duplicate).ShouldBe((ImportStatus.Finished, 450, 0));
    }

    [Fact]
    public async Task File_of_the_same_columns_gets_the_mapping_of_the_last_one()
    {
        var mapping = new ImportMapping
        {
            Columns = [new ColumnMapping("email", ContactField.Email), new ColumnMapping("x1", ContactField.Attribute, "city")],
        };
        await Import.ImportAsync(Import.Request(Import.Write("a.csv", "email,x1\na@x.test,Lyon\n")) with { Mapping = mapping });
        await using var db = App.OpenDb();
        var draft = await ImportDraft.FindAsync(App.Customer, await UploadAsync("email,x1\nb@x.test,Nice\n"), db, Token);
        var details = await ImportDraft.DetectAsync(draft!, db, Token);
        details.Mapping.Columns.Single(c => c.Source == "x1").Attribute.ShouldBe("city");
        var other = await ImportDraft.FindAsync(App.Customer, await UploadAsync("email,x2\nb@x.test,Nice\n"), db, Token);
        (await ImportDraft.DetectAsync(other!, db, Token)).Mapping.Columns.ShouldNotContain(c => c.Attribute == "city");
    }

    [Fact]
    public async Task Undo_removes_what_came_only_from_the_import_and_says_so_before()
    {
        await App.AddContactAsync("known@x.test");
        var end = await Import.ImportAsync(
            "a.csv",
            "email,nom\nknown@x.test,K\nuntouched@x.test,U\nedited@x.test,E\nmailed@x.test,M\nlistened@x.test,L\n"
        );
        App.Clock.Advance(TimeSpan.FromHours(1));
        var later = App.Now.ToUnixTimeMilliseconds();
        await App.ExecuteAsync($"UPDATE contacts SET first_name = 'New', updated_at = {later} WHERE contact_key = 'edited@x.test'");
        await App.ExecuteAsync(
            $"INSERT INTO deliveries (id, customer_id, campaign_id, channel, address, address_key, status, tracking, created_at, status_at) VALUES (1, {App.Customer}, NULL, 1, 'mailed@x.test', 'mailed@x.test', 30, 0, {later}, {later})"
        );
        await App.ExecuteAsync(
            $"UPDATE subscriptions SET status = 2, changed_at = {later} WHERE contact_id = (SELECT id FROM contacts WHERE contact_key = 'listened@x.test')"
        );
        await using var db = App.OpenDb();
        var plan = (await UndoImport.PlanAsync(App.Customer, end.Id, QueryTime.Asked, db, Token))!;
        plan.ShouldBe(new UndoPlan(Removed: 1, Kept: 3, Unsubscribed: 4, Updated: 1));

        var actor = new Actor(App.Customer, "test");
        (await UndoImport.RunAsync(actor, end.Id, db, App.Get<Signals>(), App.Clock, Token)).ShouldBe(ImportControlResult.Done);
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        var undone = await Import.ProgressAsync(end.Id);
        (undone.Status, undone.UndoneContacts, undone.UndoneSubscriptions).ShouldBe((ImportStatus.Undone, 1, 4));
        (await App.CountAsync("contacts WHERE contact_key = 'untouched@x.test'")).ShouldBe(0);
        (await App.CountAsync("contacts")).ShouldBe(4);
        (await db.Of<Subscription>(App.Customer).SingleAsync(Token)).Status.ShouldBe(SubscriptionStatus.Unsubscribed);
        (await UndoImport.PlanAsync(App.Customer, end.Id, QueryTime.Asked, db, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Undo_puts_back_a_subscription_that_waited_for_its_confirmation()
    {
        await App.AddContactAsync("known@x.test");
        await App.ExecuteAsync(
            $"INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at) SELECT {Import.List}, id, {App.Customer}, 0, 3, 1, 1 FROM contacts"
        );
        var end = await Import.ImportAsync("a.csv", "email\nknown@x.test\n");
        await using var db = App.OpenDb();
        await UndoImport.RunAsync(new Actor(App.Customer, "test"), end.Id, db, App.Get<Signals>(), App.Clock, Token);
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        (await db.Of<Subscription>(App.Customer).SingleAsync(Token)).Status.ShouldBe(SubscriptionStatus.Unconfirmed);
    }

    private async Task<ImportId> UploadAsync(string text)
    {
        await using var db = App.OpenDb();
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        var request = new UploadImportRequest("people.csv", content);
        return (await UploadImport.RunAsync(App.Customer, request, db, App.Get<ImportFiles>(), App.Clock, Token)).Id!.Value;
    }

    private async Task<ContactImport> DraftAsync(ImportId id)
    {
        await using var db = App.OpenDb();
        return (await ImportDraft.FindAsync(App.Customer, id, db, Token))!;
    }
}

public sealed class ImportWizardTestsOnSqlite() : ImportWizardTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ImportWizardTestsOnPostgreSql() : ImportWizardTests(DatabaseKind.PostgreSql);
