using Estafette.Core.Contacts;
using Estafette.Core.Notices;
using Estafette.Core.Platform;
using Estafette.Web.Grids;
using Estafette.Web.Layout;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Contacts;

/// <summary>The contacts of a customer, by address, or those of a list in the order in which they came.</summary>
internal sealed class ContactsGrid(IReadOnlyList<(string Id, string Name)> lists) : GridOf<ContactListRow>
{
    public override string Name => "contacts";

    public override string Path => "/contacts";

    public override string SearchHint => "contacts.search-hint";

    public override string CountKey => "contacts.count";

    public override IReadOnlyList<GridColumn<ContactListRow>> Columns { get; } =
    [
        new("email", "contacts.email", r => r.Email ?? r.Phone) { Wide = true },
        new("first-name", "contacts.first-name", r => r.FirstName),
        new("last-name", "contacts.last-name", r => r.LastName),
        new("phone", "contacts.phone", r => r.Phone),
        new("language", "shared.language", r => r.Language),
        new("status", "contacts.status-in-list", r => r.Status is { } status ? T(StatusWords.Chip(status).Key) : null),
        new("created", "shared.created", r => r.CreatedAt) { Numeric = true },
    ];

    public override IReadOnlyList<GridFilter> Filters { get; } =
    [
        new("list", "contacts.list", FilterKind.Choice, lists),
        GridFilter.Status<SubscriptionStatus>() with
        {
            Title = "contacts.status-in-list",
        },
    ];

    public override string IdOf(ContactListRow row) => row.Id.ToString();

    public static async Task<GridOf<ContactListRow>> MakeAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var rows = await db.Of<ContactList>(customer).OrderBy(l => l.Name).Select(l => new { l.Id, l.Name }).ToListAsync(ct);
        return new ContactsGrid(rows.ConvertAll(l => (l.Id.ToString(), l.Name)));
    }

    public override async Task<GridPage<ContactListRow>> PageAsync(GridQuery query, GridScope scope)
    {
        ListId? list = ListId.TryParse(query.Filter("list"), null, out var chosen) ? chosen : null;
        var status = list is null ? null : query.Filter<SubscriptionStatus>("status");
        var request = new ListContactsRequest(list, status, query.Search, query.After, query.Size);
        var page = await ListContacts.RunAsync(scope.Customer, request, scope.Store, scope.Gone);
        return new GridPage<ContactListRow>(page.Rows, page.Next, await CountAsync(query, list, status, scope));
    }

    // A search is not counted: nothing but reading all of its rows would tell.
    private static async Task<long?> CountAsync(GridQuery query, ListId? list, SubscriptionStatus? status, GridScope scope) =>
        query.IsExport || query.Search is not null ? null
        : list is null ? await CountContacts.TotalAsync(scope.Customer, scope.Db, scope.Gone)
        : await scope
            .Db.Of<ListCount>(scope.Customer)
            .Where(c => c.ListId == list && (status == null || c.Status == status))
            .SumAsync(c => c.Count, scope.Gone);
}
