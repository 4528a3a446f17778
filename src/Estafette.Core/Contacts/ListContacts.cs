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
/// Pages through contacts with a keyset, so that the last page costs as much as the first. Three orders: all contacts by address; those of a
/// list by age; a search gives first the addresses that begin with the text, then the names that do.
/// </summary>
public static class ListContacts
{
    private const int MaxTake = 1000;

    // The greatest character: no key that begins with a text stands behind the text and it.
    private static readonly string Last = char.ConvertFromUtf32(0x10FFFF);

    public static async Task<ContactPage> RunAsync(CustomerId customer, ListContactsRequest request, Store store, CancellationToken ct)
    {
        var take = Math.Clamp(request.Take, 1, MaxTake);
        var search = request.Search?.Trim().ToLowerInvariant() ?? "";
        var cursor = Cursor.Parse(request.Cursor);
        await using var connection = await store.OpenAsync(ct);
        if (search.Length == 0 && request.List is not null)
            return await PageAsync(connection, store, customer, request, Order.List, cursor.After, search, take, ct);
        if (search.Length == 0)
            return await PageAsync(connection, store, customer, request, Order.Key, cursor.After, search, take, ct);
        if (cursor.Order == Order.Name)
            return await PageAsync(connection, store, customer, request, Order.Name, cursor.After, search, take, ct);
        var found = await PageAsync(connection, store, customer, request, Order.Key, cursor.After, search, take, ct);
        if (found.Next is not null || search.Contains('@'))
            return found;
        var left = take - found.Rows.Count;
        if (left == 0)
            return found with { Next = new Cursor(Order.Name, "0").ToString() };
        var named = await PageAsync(connection, store, customer, request, Order.Name, "0", search, left, ct);
        return named with { Rows = [.. found.Rows, .. named.Rows] };
    }

    private static async Task<ContactPage> PageAsync(
        DbConnection connection,
        Store store,
        CustomerId customer,
        ListContactsRequest request,
        Order order,
        string after,
        string search,
        int take,
        CancellationToken ct
    )
    {
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql($"Contacts/list-contacts-by-{order.ToString().ToLowerInvariant()}");
        command
            .Set("@customer", customer.Value)
            .Set("@list", request.List?.Value ?? 0)
            .Set("@status", (int?)request.Status ?? -1)
            .Set("@take", take + 1);
        if (order == Order.Key)
            command.Set("@after", after).Set("@from", search).Set("@to", search + Last);
        else
            command.Set("@after", long.TryParse(after, CultureInfo.InvariantCulture, out var id) ? id : 0L);
        if (order == Order.Name)
            command.Set("@from", search).Set("@to", search + Last).Set("@pattern", Escape(search) + "%");
        var rows = new List<ContactListRow>();
        var keys = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(Read(reader));
            keys.Add(order == Order.Key ? reader.GetString(9) : reader.GetInt64(0).ToString(CultureInfo.InvariantCulture));
        }
        if (rows.Count <= take)
            return new ContactPage(rows, null);
        rows.RemoveAt(take);
        return new ContactPage(rows, new Cursor(order, keys[take - 1]).ToString());
    }

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

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_");

    private enum Order
    {
        Key,
        List,
        Name,
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
                        'n' => Order.Name,
                        _ => Order.Key,
                    },
                    text[2..]
                )
                : new Cursor(Order.Key, "");

        public override string ToString() => $"{char.ToLowerInvariant(Order.ToString()[0])}:{After}";
    }
}
