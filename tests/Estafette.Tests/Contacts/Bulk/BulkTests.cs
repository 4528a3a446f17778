using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Bulk;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Contacts.Bulk;

public abstract class BulkTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private Actor Me => new(App.Customer, "chef");

    private BulkRunner Runner => App.Services.GetServices<IHostedService>().OfType<BulkRunner>().Single();

    private async Task<long> StartAsync(BulkScope scope, BulkChange change)
    {
        await using var db = App.OpenDb();
        var started = await StartBulk.RunAsync(Me, scope, change, db, App.Get<Signals>(), App.Clock, Token);
        started.Errors.ShouldBeEmpty();
        return started.Id.ShouldNotBeNull();
    }

    private async Task<ContactBulk> RunAsync(BulkScope scope, BulkChange change)
    {
        var id = await StartAsync(scope, change);
        while (await Runner.RunOnceAsync(Token)) { }
        return await FindAsync(id);
    }

    private async Task<ContactBulk> FindAsync(long id)
    {
        await using var db = App.OpenDb();
        return await db.Of<ContactBulk>(App.Customer).SingleAsync(b => b.Id == id, Token);
    }

    private async Task<string[]> InAsync(ListId list, SubscriptionStatus status = SubscriptionStatus.Confirmed)
    {
        await using var db = App.OpenDb();
        return await (
            from s in db.Of<Subscription>(App.Customer)
            join c in db.Of<Contact>(App.Customer) on s.ContactId equals c.Id
            where s.ListId == list && s.Status == status
            orderby c.ContactKey
            select c.ContactKey
        ).ToArrayAsync(Token);
    }

    private Task<long> ContactAsync(string key) => App.ScalarAsync<long>($"SELECT id FROM contacts WHERE contact_key = '{key}'");

    private Task<string?> AttributesAsync(string key) =>
        App.ScalarAsync<string>($"SELECT CAST(attributes AS text) FROM contacts WHERE contact_key = '{key}'");

    private Task<long> AuditsAsync(string action) => App.CountAsync($"audit_log WHERE action = '{action}'");

    [Fact]
    public async Task Picked_contacts_join_a_list_with_a_proof_and_who_unsubscribed_stays_out()
    {
        await App.AddListAsync("Tous", "anne@x.test", "bob@x.test", "left@x.test", "other@x.test");
        var list = await App.AddListAsync("Clients", "left@x.test");
        await App.ExecuteAsync($"UPDATE subscriptions SET status = 2 WHERE list_id = {list}");
        long[] picked = [await ContactAsync("anne@x.test"), await ContactAsync("bob@x.test"), await ContactAsync("left@x.test")];
        var done = await RunAsync(new BulkScope { Picked = picked }, new BulkChange(BulkAction.AddToList, list));
        (done.Status, done.Total, done.Seen, done.Changed).ShouldBe((BulkStatus.Finished, 3, 3, 2));
        (await InAsync(list)).ShouldBe(["anne@x.test", "bob@x.test"]);
        (await InAsync(list, SubscriptionStatus.Unsubscribed)).ShouldBe(["left@x.test"]);
        (await App.CountAsync("consent_records WHERE operator = 'chef' AND source = 'manual'")).ShouldBe(2);
        (await AuditsAsync("contacts.bulk_added")).ShouldBe(1);
    }

    [Fact]
    public async Task All_that_match_list_status_and_search_are_changed_and_nobody_else()
    {
        var list = await App.AddListAsync("Clients", "anne@x.test", "annie@x.test", "bob@x.test");
        await App.AddListAsync("Presse", "annabel@x.test");
        await App.AddContactAsync("zoe@x.test", c => c.LastName = "Annoux");
        var scope = new BulkScope
        {
            List = list.Value,
            Status = SubscriptionStatus.Confirmed,
            Search = "ann",
        };
        var done = await RunAsync(scope, new BulkChange(BulkAction.SetAttribute, Attribute: "ville", Value: "Lyon"));
        (done.Total, done.Changed).ShouldBe((2, 2));
        (await AttributesAsync("anne@x.test")).ShouldNotBeNull().ShouldContain("Lyon");
        (await AttributesAsync("annabel@x.test")).ShouldBeNull();
        (await RunAsync(scope, new BulkChange(BulkAction.SetAttribute, Attribute: "ville", Value: "Lyon"))).Changed.ShouldBe(0);
        (
            await RunAsync(new BulkScope { Search = "ann" }, new BulkChange(BulkAction.SetAttribute, Attribute: "vue", Value: "1"))
        ).Changed.ShouldBe(4, "a search of all contacts finds names too");
        (await AttributesAsync("anne@x.test")).ShouldNotBeNull().ShouldContain("ville");
        var erased = await RunAsync(new BulkScope(), new BulkChange(BulkAction.EraseAttribute, Attribute: "ville"));
        (erased.Total, erased.Changed).ShouldBe((5, 2));
        (await AttributesAsync("anne@x.test")).ShouldNotBeNull().ShouldNotContain("ville");
    }

    [Fact]
    public async Task Contacts_leave_a_list_or_unsubscribe_with_a_proof_for_each_list()
    {
        var (one, two) = (await App.AddListAsync("Un", "anne@x.test", "bob@x.test"), await App.AddListAsync("Deux", "anne@x.test"));
        long[] anne = [await ContactAsync("anne@x.test")];
        (await RunAsync(new BulkScope { List = one.Value }, new BulkChange(BulkAction.RemoveFromList, one))).Changed.ShouldBe(2);
        (await InAsync(one)).ShouldBeEmpty();
        (await InAsync(two)).ShouldBe(["anne@x.test"]);
        await App.AddListAsync("Trois", "anne@x.test");
        var left = await RunAsync(new BulkScope { Picked = anne }, new BulkChange(BulkAction.Unsubscribe));
        (left.Seen, left.Changed).ShouldBe((1, 1));
        (await InAsync(two, SubscriptionStatus.Unsubscribed)).ShouldBe(["anne@x.test"]);
        (await App.CountAsync("subscriptions WHERE status <> 2")).ShouldBe(0);
        var proofs = App.Store.Kind == DatabaseKind.Sqlite ? "granted = 0" : "NOT granted";
        (await App.CountAsync($"consent_records WHERE {proofs}")).ShouldBe(2);
    }

    [Fact]
    public async Task Contacts_and_lists_of_another_customer_are_out_of_reach()
    {
        var other = await App.AddCustomerAsync("Other");
        var theirs = await App.AddListAsync(other, "Leurs", ["them@x.test"]);
        await App.AddListAsync("Nôtres", "anne@x.test");
        long[] picked = [await ContactAsync("them@x.test"), await ContactAsync("anne@x.test")];
        var done = await RunAsync(new BulkScope { Picked = picked }, new BulkChange(BulkAction.SetAttribute, Attribute: "a", Value: "1"));
        (done.Total, done.Changed).ShouldBe((1, 1));
        (await AttributesAsync("them@x.test")).ShouldBeNull();
        await using var db = App.OpenDb();
        var refused = await StartBulk.RunAsync(
            Me,
            new BulkScope(),
            new BulkChange(BulkAction.AddToList, theirs),
            db,
            App.Get<Signals>(),
            App.Clock,
            Token
        );
        (refused.Id, refused.Errors["list"]).ShouldBe((null, "missing"));
    }

    [Theory]
    [InlineData("read")]
    [InlineData("applied")]
    [InlineData("written")]
    public async Task Crash_at_any_moment_of_a_batch_leaves_nobody_out_and_counts_nobody_twice(string moment)
    {
        await ManyAsync(2500);
        var list = await App.AddListAsync("Clients");
        var id = await StartAsync(new BulkScope(), new BulkChange(BulkAction.AddToList, list));
        // Who comes later is not meant.
        await App.AddContactAsync("late@x.test");
        var runner = Runner;
        var batches = 0;
        runner.Reached = reached =>
        {
            if (reached == moment && ++batches == 2)
                throw new InvalidOperationException("crash");
        };
        await Should.ThrowAsync<InvalidOperationException>(async () =>
        {
            while (await runner.RunOnceAsync(Token)) { }
        });
        await App.RestartAsync();
        while (await Runner.RunOnceAsync(Token)) { }
        var done = await FindAsync(id);
        (done.Status, done.Total, done.Seen, done.Changed).ShouldBe((BulkStatus.Finished, 2500, 2500, 2500));
        (await App.CountAsync($"subscriptions WHERE list_id = {list}")).ShouldBe(2500);
        (await App.CountAsync("consent_records")).ShouldBe(2500);
    }

    [Fact]
    public async Task Cancelled_change_stops_behind_its_batch()
    {
        await ManyAsync(2500);
        var id = await StartAsync(new BulkScope(), new BulkChange(BulkAction.SetAttribute, Attribute: "a", Value: "1"));
        await Runner.RunOnceAsync(Token);
        await using var db = App.OpenDb();
        (await CancelBulk.RunAsync(Me, id, db, App.Clock, Token)).ShouldBeTrue();
        (await CancelBulk.RunAsync(Me, id, db, App.Clock, Token)).ShouldBeFalse();
        (await Runner.RunOnceAsync(Token)).ShouldBeFalse();
        var done = await FindAsync(id);
        (done.Status, done.Changed).ShouldBe((BulkStatus.Cancelled, 1000));
        (await AuditsAsync("contacts.bulk_cancelled")).ShouldBe(1);
    }

    private Task ManyAsync(int count)
    {
        var numbers =
            App.Store.Kind == DatabaseKind.Sqlite
                ? $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
                : $"WITH n AS (SELECT generate_series(1, {count}) AS i)";
        return App.ExecuteAsync(
            $"INSERT INTO contacts (customer_id, contact_key, email, created_at, updated_at) {numbers} SELECT {App.Customer}, 'm' || i || '@x.test', 'm' || i || '@x.test', 0, 0 FROM n"
        );
    }
}

public sealed class BulkTestsOnSqlite() : BulkTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class BulkTestsOnPostgreSql() : BulkTests(DatabaseKind.PostgreSql);
