using System.Data.Common;
using System.Globalization;
using System.Text;
using Estafette.Core.Platform;

namespace Estafette.Core.Contacts;

/// <summary>What contacts can be put in the order of.</summary>
public enum ContactSort
{
    Address,
    FirstName,
    LastName,
    Phone,
    Language,

    /// <summary>Where they stand in the chosen list.</summary>
    Status,

    /// <summary>When they came: they are numbered in that order.</summary>
    Created,
}

/// <summary>An order of contacts.</summary>
public sealed record ContactOrder(ContactSort By, bool Descending)
{
    /// <summary>
    /// Whether an index has this order, so that a page costs the same however many contacts there are: all of them by address or by age, those
    /// of a list by age. Of any other order the database reads all rows for each page: <see cref="SortContacts.Most"/>.
    /// </summary>
    public static bool IsIndexed(ContactSort by, bool inList, bool isSearch) =>
        !isSearch && (by == ContactSort.Created || (by == ContactSort.Address && !inList));
}

/// <summary>
/// Contacts in an order that no index has: the database reads all contacts of the customer, or of the list, and keeps those of the page. Page
/// after page by their place; contacts that are equal follow each other by address, and those without a value come first.
/// </summary>
public static class SortContacts
{
    /// <summary>Most contacts, of the customer or of the list, that are put in such an order: a page of them takes less than 100 ms.</summary>
    public const int Most = 20_000;

    /// <summary>The greatest page: an export reads few of them, as each costs the reading of all.</summary>
    private const int MaxTake = 10_000;

    internal static async Task<ContactPage> RunAsync(
        CustomerId customer,
        ListContactsRequest request,
        ContactOrder order,
        Store store,
        CancellationToken ct
    )
    {
        var take = Math.Clamp(request.Take, 1, MaxTake);
        var offset = int.TryParse(request.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var place)
            ? Math.Min(place, Most * 2)
            : 0;
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        Write(command, store.Kind, customer, request, order);
        command.CommandText += string.Create(CultureInfo.InvariantCulture, $" LIMIT {take + 1} OFFSET {offset}");
        var rows = new List<ContactListRow>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows.Add(ListContacts.Read(reader));
        if (rows.Count <= take)
            return new ContactPage(rows, null);
        rows.RemoveAt(take);
        return new ContactPage(rows, (offset + take).ToString(CultureInfo.InvariantCulture));
    }

    private static void Write(DbCommand command, DatabaseKind kind, CustomerId customer, ListContactsRequest request, ContactOrder order)
    {
        // Of a list, the contacts of the list are read and not all of the customer: CROSS JOIN keeps SQLite in this order.
        var sql = new StringBuilder(
            """
            SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, 
            """
        );
        sql.Append(request.List is null ? "NULL FROM contacts c WHERE" : "s.status FROM subscriptions s CROSS JOIN contacts c WHERE");
        sql.Append(request.List is null ? "" : " s.list_id = @list AND s.customer_id = @customer AND c.id = s.contact_id AND");
        sql.Append(" c.customer_id = @customer");
        command.Set("@customer", customer.Value);
        if (request.List is { } list)
            command.Set("@list", list.Value);
        if (request is { List: not null, Status: { } status })
            sql.Append(CultureInfo.InvariantCulture, $" AND s.status = {(short)status}");
        if (ContactSearch.Of(request.Search) is { } search)
        {
            sql.Append(" AND ").Append(search.Where(kind));
            search.Set(command);
        }
        var direction = order.Descending ? "DESC" : "ASC";
        sql.Append(
            CultureInfo.InvariantCulture,
            $" ORDER BY {Expression(kind, order.By, request.List is not null)} {direction}, c.contact_key"
        );
        command.CommandText = sql.ToString();
    }

    // Not as indexes have them: walking one of those, PostgreSQL would look at every contact in search of the few of a list.
    private static string Expression(DatabaseKind kind, ContactSort by, bool inList) =>
        by switch
        {
            ContactSort.FirstName => $"coalesce({ContactSearch.FirstName(kind)}, '')",
            ContactSort.LastName => $"coalesce({ContactSearch.LastName(kind)}, '')",
            ContactSort.Phone => "coalesce(c.phone, '')",
            ContactSort.Language => "coalesce(c.language, '')",
            ContactSort.Status when inList => "s.status",
            ContactSort.Created => "+c.id",
            _ => "c.contact_key || ''",
        };
}
