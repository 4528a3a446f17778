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
)
{
    /// <summary>Null: the order of the list itself.</summary>
    public ContactOrder? Order { get; init; }
}

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
/// search gives first the addresses that begin with the text, then the last names that do, then the first names, each from its index. Any other
/// order is that of <see cref="SortContacts"/>.
/// </summary>
public static class ListContacts
{
    private const int MaxTake = 1000;

    public static async Task<ContactPage> RunAsync(CustomerId customer, ListContactsRequest request, Store store, CancellationToken ct)
    {
        var take = Math.Clamp(request.Take, 1, MaxTake);
        var search = ContactSearch.Of(request.Search);
        if (request.Order is { } wanted && !ContactOrder.IsIndexed(wanted.By, request.List is not null, search is not null))
            return await SortContacts.RunAsync(customer, request, wanted, store, ct);
        var cursor = Cursor.Parse(request.Cursor);
        await using var connection = await store.OpenAsync(ct);
        Order[] orders =
            search is null ? [Walk(request)]
            : search.InNames ? [Order.Key, Order.LastName, Order.FirstName]
            : [Order.Key];
        var rows = new List<ContactListRow>();
        var first = Array.IndexOf(orders, cursor.Order);
        // The place of another order is no place in this one.
        var after = first < 0 ? "" : cursor.After;
        for (var i = Math.Max(0, first); i < orders.Length; i++, after = "")
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

    private static Order Walk(ListContactsRequest request) =>
        (request.List, request.Order) switch
        {
            (null, { By: ContactSort.Created, Descending: var newest }) => newest ? Order.AgeDesc : Order.Age,
            (null, { Descending: true }) => Order.KeyDesc,
            (null, _) => Order.Key,
            (_, { Descending: true }) => Order.ListDesc,
            _ => Order.List,
        };

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
        command.CommandText = order is Order.LastName or Order.FirstName
            ? ByName(store.Kind, order)
            : store.Sql($"Contacts/list-contacts-by-{FileOf(order)}");
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
                    Order.Key or Order.KeyDesc => reader.GetString(9),
                    Order.List or Order.ListDesc or Order.Age or Order.AgeDesc => id,
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
        switch (order)
        {
            case Order.List or Order.Age:
                command.Set("@after", Number(after));
                return;
            case Order.ListDesc or Order.AgeDesc:
                command.Set("@before", after.Length == 0 ? long.MaxValue : Number(after));
                return;
            case Order.KeyDesc:
                command.Set("@before", after.Length == 0 ? ContactSearch.Behind("") : after);
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

    private static string FileOf(Order order) =>
        order switch
        {
            Order.KeyDesc => "key-desc",
            Order.ListDesc => "list-desc",
            Order.AgeDesc => "age-desc",
            _ => order.ToString().ToLowerInvariant(),
        };

    private enum Order
    {
        Key,
        List,
        LastName,
        FirstName,
        KeyDesc,
        ListDesc,
        Age,
        AgeDesc,
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
                        'd' => Order.KeyDesc,
                        'm' => Order.ListDesc,
                        'a' => Order.Age,
                        'b' => Order.AgeDesc,
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
                Order.KeyDesc => "d:",
                Order.ListDesc => "m:",
                Order.Age => "a:",
                Order.AgeDesc => "b:",
                _ => "k:",
            } + After;
    }
}
