using System.Data.Common;
using System.Globalization;
using Estafette.Core.Platform;

namespace Estafette.Core.Contacts;

/// <summary>Which contacts to show; the cursor is that of the page before.</summary>
public sealed record ListContactsRequest(
    ListId? List = null,
    SubscriptionStatus? Status = null,
    string? Search = null,
    string? Cursor = null,
    int Take = 50
);

/// <summary>A contact in a table; the status is that in the chosen list.</summary>
public sealed record ContactListRow(
    ContactId Id,
    string? Email,
    string? Phone,
    string? FirstName,
    string? LastName,
    string? Language,
    TrackingConsent TrackingConsent,
    DateTimeOffset CreatedAt,
    SubscriptionStatus? Status
);

/// <summary>A page of contacts; <paramref name="Next"/> is null on the last one.</summary>
public sealed record ContactPage(IReadOnlyList<ContactListRow> Rows, string? Next);

/// <summary>
/// Pages through contacts with a keyset, so that the last page costs as much as the first: all contacts by address, or those of a list by age. A
/// search gives first the addresses that begin with the text, then the last names that do, then the first names, each from its index.
/// </summary>
public static class ListContacts
{
    private const int MaxTake = 1000;

    public static async Task<ContactPage> RunAsync(CustomerId customer, ListContactsRequest request, Store store, CancellationToken ct)
    {
        var take = Math.Clamp(request.Take, 1, MaxTake);
        var search = ContactSearch.Of(request.Search);
        var cursor = Cursor.Parse(request.Cursor);
        await using var connection = await store.OpenAsync(ct);
        Order[] orders =
            search is null ? [request.List is null ? Order.Key : Order.List]
            : search.InNames ? [Order.Key, Order.LastName, Order.FirstName]
            : [Order.Key];
        var rows = new List<ContactListRow>();
        var after = cursor.After;
        for (var i = Math.Max(0, Array.IndexOf(orders, cursor.Order)); i < orders.Length; i++, after = "")
        {
            if (rows.Count == take)
                return new ContactPage(rows, new Cursor(orders[i], "").ToString());
            var page = await PageAsync(connection, store, customer, request, orders[i], after, search, take - rows.Count, ct);
            rows.AddRange(page.Rows);
            if (page.Next is not null)
                return new ContactPage(rows, page.Next);
        }
        return new ContactPage(rows, null);
    }

    private static async Task<ContactPage> PageAsync(
        DbConnection connection,
        Store store,
        CustomerId customer,
        ListContactsRequest request,
        Order order,
        string after,
        ContactSearch? search,
        int take,
        CancellationToken ct
    )
    {
        await using var command = connection.CreateCommand();
        command.CommandText = order switch
        {
            Order.Key => store.Sql("Contacts/list-contacts-by-key"),
            Order.List => store.Sql("Contacts/list-contacts-by-list"),
            _ => ByName(store.Kind, order),
        };
        command
            .Set("@customer", customer.Value)
            .Set("@list", request.List?.Value ?? 0)
            .Set("@status", (int?)request.Status ?? -1)
            .Set("@take", take + 1);
        SetRange(command, order, after, search);
        var rows = new List<ContactListRow>();
        var keys = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(Read(reader));
            var id = reader.GetInt64(0).ToString(CultureInfo.InvariantCulture);
            keys.Add(
                order switch
                {
                    Order.Key => reader.GetString(9),
                    Order.List => id,
                    _ => $"{id}~{reader.GetString(9)}",
                }
            );
        }
        if (rows.Count <= take)
            return new ContactPage(rows, null);
        rows.RemoveAt(take);
        return new ContactPage(rows, new Cursor(order, keys[take - 1]).ToString());
    }

    /// <summary>Those whose name begins with the text and who were not found by an earlier order. SQL because of the index over an expression.</summary>
    private static string ByName(DatabaseKind kind, Order order)
    {
        var last = ContactSearch.LastName(kind);
        var (column, name, earlier) =
            order == Order.LastName
                ? ("c.last_name", last, ContactSearch.KeyMatches)
                : ("c.first_name", ContactSearch.FirstName(kind), $"({ContactSearch.KeyMatches} OR {ContactSearch.Matches(last)})");
        return $"""
            SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, s.status, {name}
            FROM contacts c LEFT JOIN subscriptions s ON s.list_id = @list AND s.contact_id = c.id
            WHERE c.customer_id = @customer AND {column} IS NOT NULL AND {name} >= @low AND {name} < @nameend AND ({name} > @low OR c.id > @id)
              AND NOT {earlier}
              AND (@list = 0 OR s.status IS NOT NULL) AND (@status < 0 OR s.status = @status)
            ORDER BY {name}, c.id LIMIT @take
            """;
    }

    /// <summary>One lower bound only: of two, SQLite takes the first for its index and compares the other row by row.</summary>
    private static void SetRange(DbCommand command, Order order, string after, ContactSearch? search)
    {
        if (order == Order.List)
        {
            command.Set("@after", Number(after));
            return;
        }
        if (order == Order.Key)
        {
            var from = search?.Key ?? "";
            command
                .Set("@after", after)
                .Set("@low", string.CompareOrdinal(after, from) > 0 ? after : from)
                .Set("@to", ContactSearch.Behind(from));
            return;
        }
        var (id, name) = after.Split('~', 2) is [var text, var known] ? (Number(text), known) : (0, search!.Name);
        search!.Set(command).Set("@low", name).Set("@id", id);
    }

    private static long Number(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;

    internal static ContactListRow Read(DbDataReader reader)
    {
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        return new ContactListRow(
            new ContactId(reader.GetInt64(0)),
            Text(1),
            Text(2),
            Text(3),
            Text(4),
            Text(5),
            (TrackingConsent)reader.GetInt16(6),
            DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(7)),
            reader.IsDBNull(8) ? null : (SubscriptionStatus)reader.GetInt16(8)
        );
    }

    private enum Order
    {
        Key,
        List,
        LastName,
        FirstName,
    }

    /// <summary>Where a page ended: the order and the last value in it.</summary>
    private readonly record struct Cursor(Order Order, string After)
    {
        public static Cursor Parse(string? text) =>
            text is { Length: > 1 } && text[1] == ':'
                ? new Cursor(
                    text[0] switch
                    {
                        'l' => Order.List,
                        'n' => Order.LastName,
                        'f' => Order.FirstName,
                        _ => Order.Key,
                    },
                    text[2..]
                )
                : new Cursor(Order.Key, "");

        public override string ToString() =>
            Order switch
            {
                Order.List => "l:",
                Order.LastName => "n:",
                Order.FirstName => "f:",
                _ => "k:",
            } + After;
    }
}
