using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Contacts;

public sealed class ContactsTests
{
    private static readonly ConsentProof Form = new(SubscriptionSource.Form, "Yes, write to me", "192.0.2.7", "Firefox");

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Contact_is_added_edited_and_deleted_with_a_trace(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var added = await AddAsync(app, new ContactInput("Ana@Example.ORG", "06 12 34 56 78", "Ana", Attributes: """{"ville":"Lyon"}"""));
        var id = added.Id.ShouldNotBeNull();

        await using var db = app.OpenDb();
        var edited = await EditContact.RunAsync(
            app.Customer,
            id,
            new ContactInput("ana@example.net", null, "Anna"),
            app.Get<ErasedAddresses>(),
            db,
            app.Clock,
            default
        );
        var details = await ContactDetails.GetAsync(app.Customer, id, db, default);
        var deleted = await DeleteContact.RunAsync(app.Customer, id, "dominique", db, app.Clock, default);

        edited.IsDone.ShouldBeTrue();
        details.ShouldNotBeNull();
        (details.Contact.ContactKey, details.Contact.Phone, details.Contact.FirstName).ShouldBe(("ana@example.net", null, "Anna"));
        deleted.IsDone.ShouldBeTrue();
        (await app.CountAsync("contacts")).ShouldBe(0);
        (await app.CountAsync("audit_log WHERE action = 'contact.deleted' AND user_name = 'dominique'")).ShouldBe(1);
    }

    [Fact]
    public async Task Every_fault_of_a_contact_is_told_at_once()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);

        var added = await AddAsync(app, new ContactInput("ana@", "12", "A\r\nBcc: x", null, "français", "[1]"));

        added.Id.ShouldBeNull();
        added.Errors.Keys.Order().ShouldBe(["attributes", "email", "firstName", "language", "phone"]);
    }

    [Fact]
    public async Task Address_of_another_contact_is_refused()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await AddAsync(app, new ContactInput("ana@example.org"));

        var again = await AddAsync(app, new ContactInput("ANA@example.org"));

        again.Errors.Keys.ShouldContain("email");
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Subscription_and_its_end_leave_their_proofs(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var list = await app.AddListAsync("News");
        var contact = (await AddAsync(app, new ContactInput("ana@example.org"))).Id!.Value;
        await using var db = app.OpenDb();
        var manual = new ConsentProof(SubscriptionSource.Manual, Operator: "dominique");

        await SubscribeContact.RunAsync(app.Customer, (list, contact), SubscriptionStatus.Confirmed, Form, db, app.Clock, default);
        await UnsubscribeContact.RunAsync(app.Customer, (list, contact), Form, db, app.Clock, default);
        var back = await SubscribeContact.RunAsync(
            app.Customer,
            (list, contact),
            SubscriptionStatus.Confirmed,
            manual,
            db,
            app.Clock,
            default
        );
        await SetTrackingConsent.RunAsync(app.Customer, contact, true, Form, db, app.Clock, default);

        back.Errors.Keys.ShouldContain("wording");
        var details = (await ContactDetails.GetAsync(app.Customer, contact, db, default)).ShouldNotBeNull();
        details.Subscriptions.Single().Status.ShouldBe(SubscriptionStatus.Unsubscribed);
        details
            .Consents.Select(c => (c.Purpose, c.Granted))
            .ShouldBe([(ConsentPurpose.Tracking, true), (ConsentPurpose.Messages, false), (ConsentPurpose.Messages, true)]);
        details.Contact.TrackingConsent.ShouldBe(TrackingConsent.Granted);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Pages_show_every_contact_once_in_each_order(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var addresses = Enumerable.Range(1, 25).Select(i => $"user{i:00}@example.org").ToList();
        var list = await app.AddListAsync("News", addresses);
        await app.AddContactAsync("zoe@example.org", c => c.LastName = "User_Friendly");

        (await AllAsync(app, new ListContactsRequest(Take: 7))).ShouldBe([.. addresses, "zoe@example.org"]);
        (await AllAsync(app, new ListContactsRequest(list, SubscriptionStatus.Confirmed, Take: 7))).ShouldBe(addresses);
        (await AllAsync(app, new ListContactsRequest(list, SubscriptionStatus.Unsubscribed, Take: 7))).ShouldBeEmpty();
        (await AllAsync(app, new ListContactsRequest(Search: "user1", Take: 5))).ShouldBe(addresses[9..19]);
        (await AllAsync(app, new ListContactsRequest(Search: "USER", Take: 5))).ShouldBe([.. addresses, "zoe@example.org"]);
        (await AllAsync(app, new ListContactsRequest(list, Search: "user", Take: 25))).ShouldBe(addresses);
        (await AllAsync(app, new ListContactsRequest(Search: "user_", Take: 5))).ShouldBe(["zoe@example.org"]);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task List_is_deleted_with_its_subscriptions_unless_a_campaign_uses_it(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var list = await app.AddListAsync("News", "ana@example.org", "bob@example.org");
        await app.ExecuteAsync(
            $"INSERT INTO campaigns (id, customer_id, name, status, created_at, updated_at) VALUES (77, {app.Customer}, 'Summer', 2, 0, 0)"
        );
        await app.ExecuteAsync($"INSERT INTO campaign_lists (campaign_id, list_id, customer_id) VALUES (77, {list}, {app.Customer})");
        await using var db = app.OpenDb();

        var running = await DeleteList.RunAsync(app.Customer, list, "dominique", db, app.Writes, app.Clock, default);
        await app.ExecuteAsync("UPDATE campaigns SET status = 4");
        var finished = await DeleteList.RunAsync(app.Customer, list, "dominique", db, app.Writes, app.Clock, default);

        running.Errors["list"].ShouldContain("'Summer'");
        finished.IsDone.ShouldBeTrue();
        (await app.CountAsync("subscriptions")).ShouldBe(0);
        (await app.CountAsync("lists")).ShouldBe(0);
        (await app.CountAsync("contacts")).ShouldBe(2);
        (await app.CountAsync("audit_log WHERE action = 'list.deleted'")).ShouldBe(1);
    }

    [Fact]
    public async Task Lists_are_named_once_and_counted_by_status()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await app.AddListAsync("News", "ana@example.org", "bob@example.org");
        await using var db = app.OpenDb();

        var twice = await CreateList.RunAsync(app.Customer, new CreateListRequest(" News "), db, app.Clock, default);
        var other = await CreateList.RunAsync(app.Customer, new CreateListRequest("Offers"), db, app.Clock, default);
        var renamed = await RenameList.RunAsync(app.Customer, other.Id!.Value, new CreateListRequest("News"), db, default);
        var lists = await ListLists.RunAsync(app.Customer, db, default);

        twice.Errors.Keys.ShouldContain("name");
        renamed.Errors.Keys.ShouldContain("name");
        lists.Select(l => (l.Name, l.Confirmed, l.Unsubscribed)).ShouldBe([("News", 2L, 0L), ("Offers", 0L, 0L)]);
    }

    [Fact]
    public async Task What_belongs_to_another_customer_is_not_found()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var list = await app.AddListAsync("News", "ana@example.org");
        var contact = await app.AddContactAsync("bob@example.org");
        var stranger = await app.AddCustomerAsync("Stranger");
        await using var db = app.OpenDb();
        var name = new CreateListRequest("Mine");

        (await RenameList.RunAsync(stranger, list, name, db, default)).ShouldBe(ChangeResult.NotFound);
        (await DeleteList.RunAsync(stranger, list, "x", db, app.Writes, app.Clock, default)).ShouldBe(ChangeResult.NotFound);
        (
            await EditContact.RunAsync(
                stranger,
                contact,
                new ContactInput("x@example.org"),
                app.Get<ErasedAddresses>(),
                db,
                app.Clock,
                default
            )
        ).ShouldBe(ChangeResult.NotFound);
        (await DeleteContact.RunAsync(stranger, contact, "x", db, app.Clock, default)).ShouldBe(ChangeResult.NotFound);
        (await SetTrackingConsent.RunAsync(stranger, contact, true, Form, db, app.Clock, default)).ShouldBe(ChangeResult.NotFound);
        var who = (list, contact);
        (await SubscribeContact.RunAsync(stranger, who, SubscriptionStatus.Confirmed, Form, db, app.Clock, default)).ShouldBe(
            ChangeResult.NotFound
        );
        (await UnsubscribeContact.RunAsync(stranger, who, Form, db, app.Clock, default)).ShouldBe(ChangeResult.NotFound);
        (await ContactDetails.GetAsync(stranger, contact, db, default)).ShouldBeNull();
        (await ListContacts.RunAsync(stranger, new ListContactsRequest(list), app.Store, default)).Rows.ShouldBeEmpty();
        (await app.CountAsync("contacts")).ShouldBe(2);
    }

    private static async Task<AddedContact> AddAsync(TestApplication app, ContactInput input)
    {
        await using var db = app.OpenDb();
        return await AddContact.RunAsync(app.Customer, input, app.Get<ErasedAddresses>(), db, app.Clock, CancellationToken.None);
    }

    private static async Task<List<string>> AllAsync(TestApplication app, ListContactsRequest request)
    {
        var found = new List<string>();
        string? cursor = null;
        do
        {
            var page = await ListContacts.RunAsync(app.Customer, request with { Cursor = cursor }, app.Store, CancellationToken.None);
            found.AddRange(page.Rows.Select(r => r.Email!));
            cursor = page.Next;
        } while (cursor is not null);
        return found;
    }
}
