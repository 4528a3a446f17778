using Estafette.Core.Contacts;
using Estafette.Core.Notices;
using Estafette.Core.Platform;
using Estafette.Web.Grids;
using Estafette.Web.Layout;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Contacts;

/// <summary>A list to choose, with the number of its contacts.</summary>
internal sealed record ListChoice(ListId Id, string Name, long Contacts);

/// <summary>
/// The contacts of a customer, by address, or those of a list in the order in which they came. Up to <see cref="SortContacts.Most"/> contacts, of
/// the customer or of the list, are put in the order of any column; above, only in the orders that an index has.
/// </summary>
internal sealed class ContactsGrid(IReadOnlyList<ListChoice> lists, long total) : GridOf<ContactListRow>
{
    private static readonly Dictionary<string, ContactSort> Sorts = new(StringComparer.Ordinal)
    {
        ["email"] = ContactSort.Address,
        ["first-name"] = ContactSort.FirstName,
        ["last-name"] = ContactSort.LastName,
        ["phone"] = ContactSort.Phone,
        ["language"] = ContactSort.Language,
        ["status"] = ContactSort.Status,
        ["created"] = ContactSort.Created,
    };

    public override string Name => "contacts";

    public override string Path => "/contacts";

    public override string SearchHint => "contacts.search-hint";

    public override string CountKey => "contacts.count";

    public override IReadOnlyList<GridColumn<ContactListRow>> Columns { get; } =
    [
        new("email", "contacts.email", r => r.Email ?? r.Phone) { Sorts = true, Wide = true },
        new("first-name", "contacts.first-name", r => r.FirstName) { Sorts = true },
        new("last-name", "contacts.last-name", r => r.LastName) { Sorts = true },
        new("phone", "contacts.phone", r => r.Phone) { Sorts = true },
        new("language", "shared.language", r => r.Language) { Sorts = true },
        new("status", "contacts.status-in-list", r => r.Status is { } status ? T(StatusWords.Chip(status).Key) : null) { Sorts = true },
        new("created", "shared.created", r => r.CreatedAt) { Sorts = true, Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
    [
        new("list", "contacts.list", FilterKind.Choice, [.. lists.Select(l => (l.Id.ToString(), l.Name))]),
        GridFilter.Status<SubscriptionStatus>() with
        {
            Title = "contacts.status-in-list",
        },
    ];

    public override string IdOf(ContactListRow row) => row.Id.ToString();

    public static async Task<GridOf<ContactListRow>> MakeAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var rows = await db.Of<ContactList>(customer).OrderBy(l => l.Name).Select(l => new { l.Id, l.Name }).ToListAsync(ct);
        var counts = await db.Of<ListCount>(customer).Select(c => new { c.ListId, c.Count }).ToListAsync(ct);
        var contacts = counts.ToLookup(c => c.ListId, c => c.Count);
        var total = await CountContacts.TotalAsync(customer, db, ct);
        return new ContactsGrid(rows.ConvertAll(l => new ListChoice(l.Id, l.Name, contacts[l.Id].Sum())), total);
    }

    /// <summary>Without a list nobody has a status in it: the column is there when it is asked for.</summary>
    internal override IReadOnlyList<GridColumn<ContactListRow>> Shown(GridQuery query) =>
        [.. base.Shown(query).Where(c => c.Key != "status" || !query.Columns.IsEmpty || ListOf(query) is not null)];

    public override bool CanSort(GridColumn<ContactListRow> column, GridQuery query)
    {
        if (!Sorts.TryGetValue(column.Key, out var by) || (by == ContactSort.Status && ListOf(query) is null))
            return false;
        var isFew = (ListOf(query) is { } list ? list.Contacts : total) <= SortContacts.Most;
        return isFew || ContactOrder.IsIndexed(by, ListOf(query) is not null, query.Search is not null);
    }

    public override async Task<GridPage<ContactListRow>> PageAsync(GridQuery query, GridScope scope)
    {
        var list = ListOf(query)?.Id;
        var status = list is null ? null : query.Filter<SubscriptionStatus>("status");
        var order = query.Sort is { } sort ? new ContactOrder(Sorts[sort], query.Descending) : null;
        var request = new ListContactsRequest(list, status, query.Search, query.After, query.SizeSorted) { Order = order };
        var page = await ListContacts.RunAsync(scope.Customer, request, scope.Store, scope.Gone);
        return new GridPage<ContactListRow>(page.Rows, page.Next, await CountAsync(query, list, status, scope));
    }

    private ListChoice? ListOf(GridQuery query) =>
        ListId.TryParse(query.Filter("list"), null, out var chosen) ? lists.FirstOrDefault(l => l.Id == chosen) : null;

    // A search is not counted: nothing but reading all of its rows would tell.
    private async Task<long?> CountAsync(GridQuery query, ListId? list, SubscriptionStatus? status, GridScope scope) =>
        query.IsExport || query.Search is not null ? null
        : list is null ? total
        : await scope
            .Db.Of<ListCount>(scope.Customer)
            .Where(c => c.ListId == list && (status == null || c.Status == status))
            .SumAsync(c => c.Count, scope.Gone);
}
