using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Bulk;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Core.Privacy;
using Estafette.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Contacts.Import;

/// <summary>What an import states about its file is the consent record of every contact in it.</summary>
public abstract class ImportConsentTests(DatabaseKind kind) : IAsyncLifetime
{
    private const string Provenance = "Shop in Lyon, paper forms of 2025";

    private ImportFixture Import { get; set; } = null!;

    private TestApplication App => Import.Application;

    private Actor Actor => new(App.Customer, "dominique");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Import = await ImportFixture.StartAsync(kind);

    public async ValueTask DisposeAsync()
    {
        await Import.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Contact_shows_and_exports_a_consent_for_the_list_and_one_for_the_measurement()
    {
        var id = await ImportAsync("ana@x.test");
        await using var db = App.OpenDb();
        var consents = (await ContactDetails.GetAsync(App.Customer, id, db, Token))!.Consents;
        consents
            .Select(c => (c.Purpose, c.Granted, c.ListName))
            .ShouldBe([(ConsentPurpose.Messages, true, "Clients"), (ConsentPurpose.Tracking, true, null)], ignoreOrder: true);
        consents.ShouldAllBe(c => c.Provenance == Provenance && c.LegalBasis == "consent" && c.Wording == "Yes, write to me");
        consents.ShouldAllBe(c => c.FileName!.EndsWith("ana@x.test.csv") && c.At == App.Now);

        var export = JsonSerializer.Deserialize<JsonElement>(await ExportContact.RunAsync(App.Customer, id, db, App.Clock, Token));
        var exported = export.GetProperty("consents").EnumerateArray().Single(c => c.GetProperty("purpose").GetString() == "messages");
        exported.GetProperty("provenance").GetString().ShouldBe(Provenance);
        exported.GetProperty("legalBasis").GetString().ShouldBe("consent");
        exported.GetProperty("file").GetString()!.ShouldEndWith("ana@x.test.csv");
        exported.GetProperty("listName").GetString().ShouldBe("Clients");
        exported.GetProperty("at").GetDateTimeOffset().ShouldBe(App.Now);
    }

    [Fact]
    public async Task Import_without_a_stated_ground_is_no_proof()
    {
        var end = await Import.ImportAsync(
            Import.Request(Import.Write("b.csv", "email\nbob@x.test\n")) with
            {
                SubscriptionStatus = SubscriptionStatus.Unconfirmed,
                Provenance = null,
                LegalBasis = null,
            }
        );
        end.Counts.Added.ShouldBe(1);
        await using var db = App.OpenDb();
        (await ContactDetails.GetAsync(App.Customer, await IdAsync("bob@x.test"), db, Token))!.Consents.ShouldBeEmpty();
    }

    [Fact]
    public async Task Refusal_of_measurement_in_the_file_is_recorded_as_such_and_a_later_choice_beside_it()
    {
        await Import.ImportAsync("c.csv", "email,tracking_consent\nno@x.test,no\nyes@x.test,yes\n");
        App.Clock.Advance(TimeSpan.FromDays(1));
        var (no, yes) = (await IdAsync("no@x.test"), await IdAsync("yes@x.test"));
        await using var db = App.OpenDb();
        (await OfAsync(no, ConsentPurpose.Tracking, db)).ShouldBe([false]);
        (await OfAsync(yes, ConsentPurpose.Tracking, db)).ShouldBe([true]);
        var proof = new ConsentProof(SubscriptionSource.Manual, Operator: "dominique");
        await SetTrackingConsent.RunAsync(App.Customer, yes, false, proof, db, App.Clock, Token);
        (await OfAsync(yes, ConsentPurpose.Tracking, db))[0].ShouldBeFalse();
    }

    [Fact]
    public async Task Proof_stays_without_the_person_after_an_erasure_and_a_deletion()
    {
        var (erased, deleted) = (await ImportAsync("ana@x.test"), await ImportAsync("bob@x.test"));
        await using var db = App.OpenDb();
        (await EraseContact.PreviewAsync(App.Customer, erased, db, Token))!.Consents.ShouldBe(2);
        (await EraseContact.RunAsync(Actor, erased, App.Get<ErasedAddresses>(), db, App.Clock, Token)).IsDone.ShouldBeTrue();
        (await DeleteContact.RunAsync(App.Customer, deleted, "dominique", db, App.Clock, Token)).IsDone.ShouldBeTrue();
        (
            await App.CountAsync(
                "consent_records WHERE contact_id = 0 AND subject IS NOT NULL AND source = 'import' AND import_id IS NOT NULL"
            )
        ).ShouldBe(4);
        (await App.CountAsync($"consent_records WHERE list_id = {Import.List} AND purpose = 1")).ShouldBe(2);
        (await App.CountAsync("consent_records WHERE cast(subject AS text) LIKE '%ana@%'")).ShouldBe(0);
    }

    [Fact]
    public async Task Proof_outlives_the_list_and_is_shown_once()
    {
        var id = await ImportAsync("ana@x.test");
        await App.AddContactAsync("known@x.test");
        await Import.ImportAsync("k.csv", "email\nknown@x.test\n");
        await using var db = App.OpenDb();
        (await DeleteList.RunAsync(App.Customer, Import.List, "dominique", db, App.Writes, App.Clock, Token)).IsDone.ShouldBeTrue();

        (await App.CountAsync("subscriptions")).ShouldBe(0);
        foreach (var contact in new[] { id, await IdAsync("known@x.test") })
        {
            db.ChangeTracker.Clear();
            var proof = (await ContactDetails.GetAsync(App.Customer, contact, db, Token))!
                .Consents.Where(c => c.Purpose == ConsentPurpose.Messages)
                .ShouldHaveSingleItem();
            (proof.Granted, proof.List, proof.Provenance, proof.LegalBasis, proof.At).ShouldBe(
                (true, Import.List, Provenance, "consent", App.Now)
            );
        }
        (await EraseContact.RunAsync(Actor, id, App.Get<ErasedAddresses>(), db, App.Clock, Token)).IsDone.ShouldBeTrue();
        (await App.CountAsync("consent_records WHERE contact_id = 0 AND purpose = 1")).ShouldBe(1, "it is not written down a second time");
    }

    [Fact]
    public async Task Proof_outlives_the_removal_from_the_list()
    {
        var id = await ImportAsync("ana@x.test");
        await using var db = App.OpenDb();
        var change = new BulkChange(BulkAction.RemoveFromList, Import.List);
        var begun = await StartBulk.RunAsync(Actor, new BulkScope(), change, db, App.Get<Signals>(), App.Clock, Token);
        while (await App.Services.GetServices<IHostedService>().OfType<BulkRunner>().Single().RunOnceAsync(Token)) { }

        (await App.CountAsync("subscriptions")).ShouldBe(0);
        (await App.CountAsync($"contact_bulks WHERE id = {begun.Id} AND changed = 1")).ShouldBe(1);
        (await OfAsync(id, ConsentPurpose.Messages, db)).ShouldBe([true]);
    }

    [Fact]
    public async Task Undo_keeps_the_proof_of_those_who_were_written_to_and_of_nobody_else()
    {
        var written = await Import.ImportAsync("w.csv", "email\nmailed@x.test\nother@x.test\n");
        var mailed = await IdAsync("mailed@x.test");
        await App.ExecuteAsync(
            $"INSERT INTO deliveries (id, customer_id, campaign_id, contact_id, channel, address, address_key, status, tracking, created_at, status_at) VALUES (1, {App.Customer}, NULL, {mailed}, 1, 'mailed@x.test', 'mailed@x.test', 30, 0, 1, 1)"
        );
        await using var db = App.OpenDb();
        (await UndoImport.RunAsync(Actor, written.Id, db, App.Get<Signals>(), App.Clock, Token)).ShouldBe(ImportControlResult.Done);
        await App.Get<ImportRunner>().RunPendingAsync(Token);

        (await App.CountAsync("contacts")).ShouldBe(1);
        (await App.CountAsync("consent_records")).ShouldBe(1);
        (await OfAsync(mailed, ConsentPurpose.Messages, db)).ShouldBe([true]);
    }

    [Fact]
    public async Task Undo_after_the_deletion_of_the_list_leaves_neither_contact_nor_proof()
    {
        var wrong = await Import.ImportAsync("w.csv", "email\na@x.test\nb@x.test\n");
        await using var db = App.OpenDb();
        await DeleteList.RunAsync(App.Customer, Import.List, "dominique", db, App.Writes, App.Clock, Token);
        (await App.CountAsync("consent_records")).ShouldBe(2);
        (await UndoImport.PlanAsync(App.Customer, wrong.Id, QueryTime.Asked, db, Token))!.Removed.ShouldBe(2);
        db.ChangeTracker.Clear();
        (await UndoImport.RunAsync(Actor, wrong.Id, db, App.Get<Signals>(), App.Clock, Token)).ShouldBe(ImportControlResult.Done);
        await App.Get<ImportRunner>().RunPendingAsync(Token);

        (await App.CountAsync("contacts")).ShouldBe(0);
        (await App.CountAsync("consent_records")).ShouldBe(0);
    }

    [Fact]
    public async Task Merged_contact_has_the_proofs_of_both_and_none_twice()
    {
        var (kept, other) = (await ImportAsync("ana@x.test"), await ImportAsync("bob@x.test"));
        await using var db = App.OpenDb();
        (await MergeContacts.RunAsync(Actor, kept, other, db, App.Clock, Token)).IsDone.ShouldBeTrue();
        var consents = (await ContactDetails.GetAsync(App.Customer, kept, db, Token))!.Consents;
        consents.Count(c => c.Purpose == ConsentPurpose.Messages).ShouldBe(2);
        consents.Select(c => (c.Import, c.List, c.Purpose)).ShouldBeUnique();
    }

    [Fact]
    public async Task Stranger_sees_nothing_of_it()
    {
        var id = await ImportAsync("ana@x.test");
        var stranger = await App.AddCustomerAsync("Stranger");
        await using var db = App.OpenDb();
        var contact = await Import.ContactAsync("ana@x.test");
        (await ContactDetails.GetAsync(stranger, id, db, Token)).ShouldBeNull();
        (await ContactConsents.ListAsync(stranger, contact, db, Token)).ShouldBeEmpty();
    }

    private async Task<ContactId> ImportAsync(string address)
    {
        var request = Import.Request(Import.Write($"{address}.csv", $"email\n{address}\n")) with
        {
            Wording = "Yes, write to me",
            DeclaresTrackingConsent = true,
        };
        (await Import.ImportAsync(request)).Counts.Added.ShouldBe(1);
        return await IdAsync(address);
    }

    private async Task<ContactId> IdAsync(string address) => (await Import.ContactAsync(address)).Id;

    private async Task<List<bool>> OfAsync(ContactId id, ConsentPurpose purpose, EstafetteDb db)
    {
        db.ChangeTracker.Clear();
        var details = await ContactDetails.GetAsync(App.Customer, id, db, Token);
        return [.. details!.Consents.Where(c => c.Purpose == purpose).Select(c => c.Granted)];
    }
}

public sealed class ImportConsentTestsOnSqlite() : ImportConsentTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ImportConsentTestsOnPostgreSql() : ImportConsentTests(DatabaseKind.PostgreSql);
