using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Contacts;

public abstract class MergeContactsTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private Actor Actor => new(App.Customer, "dominique");

    [Fact]
    public async Task Merged_contact_keeps_its_values_takes_missing_ones_and_an_unsubscription_wins()
    {
        var kept = await App.AddContactAsync("ana@r.test", c => (c.FirstName, c.Attributes) = ("Ana", """{"city":"Paris"}"""));
        var other = await App.AddContactAsync(
            "ana+shop@r.test",
            c =>
                (c.FirstName, c.Phone, c.Attributes, c.TrackingConsent) = (
                    "Anna",
                    "+33612345678",
                    """{"city":"Lyon","points":3}""",
                    TrackingConsent.Refused
                )
        );
        var both = await App.AddListAsync("Both", "ana@r.test", "ana+shop@r.test");
        var one = await App.AddListAsync("One", "ana+shop@r.test");
        await App.ExecuteAsync($"UPDATE subscriptions SET status = 2 WHERE list_id = {both} AND contact_id = {other}");
        await App.ExecuteAsync(
            $"INSERT INTO deliveries (customer_id, contact_id, channel, address, address_key, status, tracking, created_at, status_at) VALUES ({App.Customer}, {other}, 1, 'a', 'a', 2, 2, 0, 0)"
        );
        await using var db = App.OpenDb();
        var preview = (await MergeContacts.PreviewAsync(App.Customer, kept, other, db, Token))!;
        (preview.Subscriptions, preview.Messages).ShouldBe((2, 1));
        preview.Unsubscribes.ShouldBe(["Both"]);
        preview.Fields.Where(f => f.IsLost).Select(f => f.Name).ShouldBe(["email", "first-name", "city"]);
        (await MergeContacts.RunAsync(Actor, kept, other, db, App.Clock, Token)).IsDone.ShouldBeTrue();
        await using var after = App.OpenDb();
        var contact = await after.Of<Contact>(App.Customer).SingleAsync(Token);
        (contact.Email, contact.FirstName, contact.Phone, contact.TrackingConsent).ShouldBe(
            ("ana@r.test", "Ana", "+33612345678", TrackingConsent.Refused)
        );
        contact.Attributes!.Replace(" ", "", StringComparison.Ordinal).ShouldBe("""{"city":"Paris","points":3}""");
        (await App.CountAsync($"subscriptions WHERE contact_id = {kept} AND list_id = {both} AND status = 2")).ShouldBe(1);
        (await App.CountAsync($"subscriptions WHERE contact_id = {kept} AND list_id = {one} AND status = 1")).ShouldBe(1);
        (await App.CountAsync($"deliveries WHERE contact_id = {kept}")).ShouldBe(1);
        (await App.CountAsync($"audit_log WHERE action = 'contact.merged'")).ShouldBe(1);
    }

    [Fact]
    public async Task Contact_without_address_takes_the_address_of_the_other()
    {
        var kept = await App.AddContactAsync("x", c => (c.Email, c.Phone, c.ContactKey) = (null, "+33611111111", "tel:+33611111111"));
        var other = await App.AddContactAsync("ana@r.test");
        await using var db = App.OpenDb();
        (await MergeContacts.RunAsync(Actor, kept, other, db, App.Clock, Token)).IsDone.ShouldBeTrue();
        (await App.CountAsync($"contacts WHERE id = {kept} AND contact_key = 'ana@r.test' AND email = 'ana@r.test'")).ShouldBe(1);
        (await App.CountAsync("contacts")).ShouldBe(1);
    }

    [Fact]
    public async Task Duplicates_are_found_by_mailbox_phone_and_name()
    {
        var ana = await App.AddContactAsync("ana.lee@gmail.com", c => (c.Phone, c.FirstName, c.LastName) = ("+33612345678", "Ana", "Lee"));
        var dots = await App.AddContactAsync("analee+news@googlemail.com");
        var phone = await App.AddContactAsync("other@r.test", c => c.Phone = "+33612345678");
        var name = await App.AddContactAsync("third@r.test", c => (c.FirstName, c.LastName) = ("ANA", "lee"));
        await App.AddContactAsync("analee@r.test");
        await using var db = App.OpenDb();
        (await FindDuplicates.RunAsync(App.Customer, ana, db, Token))
            .Select(d => (d.Contact.Id, d.Reason))
            .ShouldBe([(dots, DuplicateReason.SameMailbox), (phone, DuplicateReason.SamePhone), (name, DuplicateReason.SameName)]);
        (await FindDuplicates.RunAsync(await App.AddCustomerAsync("Other"), ana, db, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Foreign_contact_or_the_same_one_is_not_merged()
    {
        var ana = await App.AddContactAsync("ana@r.test");
        var bob = await App.AddContactAsync("bob@r.test");
        await using var db = App.OpenDb();
        (await MergeContacts.RunAsync(Actor, ana, ana, db, App.Clock, Token)).Found.ShouldBeFalse();
        var stranger = Actor with { Customer = await App.AddCustomerAsync("Other") };
        (await MergeContacts.RunAsync(stranger, ana, bob, db, App.Clock, Token)).Found.ShouldBeFalse();
        (await App.CountAsync("contacts")).ShouldBe(2);
    }
}

public sealed class MergeContactsTestsOnSqlite() : MergeContactsTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class MergeContactsTestsOnPostgreSql() : MergeContactsTests(DatabaseKind.PostgreSql);
