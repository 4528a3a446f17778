using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Web.Contacts;
using Estafette.Web.Grids;

namespace Estafette.Tests.Contacts;

public abstract class SortContactsTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private ListId _list;

    private async Task<List<string>> AllAsync(ListContactsRequest request)
    {
        var found = new List<string>();
        string? cursor = null;
        do
        {
            var page = await ListContacts.RunAsync(App.Customer, request with { Cursor = cursor }, App.Store, Token);
            page.Rows.Count.ShouldBeLessThanOrEqualTo(request.Take);
            found.AddRange(page.Rows.Select(r => r.Email!.Split('@')[0]));
            cursor = page.Next;
        } while (cursor is not null);
        return found;
    }

    private Task<List<string>> AllAsync(ContactSort by, bool descending, ListId? list = null, string? search = null) =>
        AllAsync(new ListContactsRequest(list, Search: search, Take: 2) { Order = new ContactOrder(by, descending) });

    /// <summary>Five contacts in another order than that of their addresses, of whom "ana" has no name, and one that somebody else owns.</summary>
    private async Task AddAsync()
    {
        _list = await App.AddListAsync("News", "dora@x.test", "bob@x.test", "eve@x.test");
        await App.AddContactAsync("ana@x.test");
        await App.AddContactAsync("carl@x.test");
        var names = new[] { ("dora", "Martin"), ("bob", "durand"), ("eve", "Martin"), ("carl", "Alba") };
        foreach (var (who, name) in names)
            await App.ExecuteAsync(
                $"UPDATE contacts SET last_name = '{name}', first_name = 'Le {name}', language = 'fr' WHERE contact_key = '{who}@x.test'"
            );
        var other = await App.AddCustomerAsync("Other");
        await App.AddListAsync(other, "Theirs", ["stranger@x.test"]);
    }

    [Fact]
    public async Task Every_order_shows_each_contact_once_page_by_page_both_ways()
    {
        await AddAsync();
        foreach (var by in Enum.GetValues<ContactSort>())
        foreach (var descending in new[] { false, true })
        {
            (await AllAsync(by, descending)).ShouldBe(["ana", "bob", "carl", "dora", "eve"], ignoreOrder: true, $"{by} {descending}");
            (await AllAsync(by, descending, _list)).ShouldBe(["bob", "dora", "eve"], ignoreOrder: true, $"{by} {descending}");
            (await AllAsync(by, descending, search: "mar")).ShouldBe(["dora", "eve"], ignoreOrder: true, $"{by} {descending}");
        }
    }

    [Fact]
    public async Task Contacts_come_by_name_without_regard_to_case_and_those_that_are_equal_by_address()
    {
        await AddAsync();
        (await AllAsync(ContactSort.LastName, false)).ShouldBe(["ana", "carl", "bob", "dora", "eve"]);
        (await AllAsync(ContactSort.LastName, true)).ShouldBe(["dora", "eve", "bob", "carl", "ana"]);
        (await AllAsync(ContactSort.FirstName, false, _list)).ShouldBe(["bob", "dora", "eve"]);
    }

    [Fact]
    public async Task Contacts_come_by_address_and_by_age_both_ways()
    {
        await AddAsync();
        (await AllAsync(ContactSort.Address, true)).ShouldBe(["eve", "dora", "carl", "bob", "ana"]);
        (await AllAsync(ContactSort.Created, false)).ShouldBe(["dora", "bob", "eve", "ana", "carl"]);
        (await AllAsync(ContactSort.Created, true)).ShouldBe(["carl", "ana", "eve", "bob", "dora"]);
        (await AllAsync(ContactSort.Created, true, _list)).ShouldBe(["eve", "bob", "dora"]);
        (await AllAsync(ContactSort.Address, true, _list)).ShouldBe(["eve", "dora", "bob"]);
        (await AllAsync(ContactSort.Created, true, search: "mar")).ShouldBe(["eve", "dora"]);
    }

    [Fact]
    public async Task Contacts_of_a_list_come_by_their_status_in_it()
    {
        await AddAsync();
        await App.ExecuteAsync(
            "UPDATE subscriptions SET status = 2 WHERE contact_id = (SELECT id FROM contacts WHERE contact_key = 'bob@x.test')"
        );
        (await AllAsync(ContactSort.Status, true, _list)).ShouldBe(["bob", "dora", "eve"]);
        (await AllAsync(ContactSort.Status, false, _list)).ShouldBe(["dora", "eve", "bob"]);
    }

    [Fact]
    public async Task Place_in_another_order_is_none_in_this_one()
    {
        await AddAsync();
        var places = new[] { "k:carl@x.test", "b:2", "4", "nonsense", "n:1~x" };
        foreach (var by in Enum.GetValues<ContactSort>())
        foreach (var place in places)
        {
            var request = new ListContactsRequest(Cursor: place) { Order = new ContactOrder(by, true) };
            var page = await ListContacts.RunAsync(App.Customer, request, App.Store, Token);
            page.Next.ShouldBeNull();
        }
        var newest = new ListContactsRequest(Cursor: "k:carl@x.test") { Order = new ContactOrder(ContactSort.Created, true) };
        (await ListContacts.RunAsync(App.Customer, newest, App.Store, Token)).Rows.Count.ShouldBe(5);
    }
}

public sealed class SortContactsTestsOnSqlite() : SortContactsTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class SortContactsTestsOnPostgreSql() : SortContactsTests(DatabaseKind.PostgreSql);

/// <summary>Which orders the page of contacts offers.</summary>
public sealed class ContactOrdersOfferedTests
{
    private static readonly ListId Small = new(1);
    private static readonly ListId Big = new(2);

    private static List<string> Offered(long total, ListId? list = null, string? search = null)
    {
        var grid = new ContactsGrid([new ListChoice(Small, "Small", 12), new ListChoice(Big, "Big", SortContacts.Most + 1)], total);
        var query = new GridQuery { Search = search };
        if (list is { } chosen)
            query = query with { Filters = query.Filters.SetItem("list", $"{chosen}") };
        return [.. grid.Columns.Where(c => grid.CanSort(c, query)).Select(c => c.Key)];
    }

    [Fact]
    public void Few_contacts_are_put_in_the_order_of_any_column()
    {
        string[] all = ["email", "first-name", "last-name", "phone", "language", "created"];
        Offered(SortContacts.Most).ShouldBe(all);
        Offered(SortContacts.Most, search: "a").ShouldBe(all);
        Offered(1_000_000, Small).ShouldBe(["email", "first-name", "last-name", "phone", "language", "status", "created"]);
    }

    [Fact]
    public void Status_in_a_list_is_shown_with_a_list_or_when_it_is_asked_for()
    {
        var grid = new ContactsGrid([new ListChoice(Small, "Small", 12)], 12);
        var query = new GridQuery();
        grid.Shown(query).ShouldNotContain(c => c.Key == "status");
        grid.Shown(query with { Filters = query.Filters.SetItem("list", $"{Small}") }).ShouldContain(c => c.Key == "status");
        grid.Shown(query with { Columns = ["email", "status"] }).ShouldContain(c => c.Key == "status");
    }

    [Fact]
    public void Many_contacts_are_put_only_in_the_orders_of_indexes()
    {
        Offered(1_000_000).ShouldBe(["email", "created"]);
        Offered(1_000_000, Big).ShouldBe(["created"]);
        Offered(1_000_000, search: "a").ShouldBeEmpty();
    }
}
