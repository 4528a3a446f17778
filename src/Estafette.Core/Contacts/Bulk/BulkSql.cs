using System.Data.Common;
using System.Text.Json;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;

namespace Estafette.Core.Contacts.Bulk;

/// <summary>
/// The statements of bulk changes. They are put together here because a set of keys and the members of a JSON object are written differently
/// in the two dialects; every value is a parameter.
/// </summary>
internal static class BulkSql
{
    /// <summary>The contacts of a scope, under the alias "c"; the same as the contacts page shows.</summary>
    public static string Where(DatabaseKind kind, BulkScope scope)
    {
        const string Mine = "c.customer_id = @customer";
        if (scope.Picked is not null)
            return $"{Mine} AND c.id {In(kind, "@picked")}";
        var text = Mine;
        if (scope.List is not null)
            text +=
                " AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.list_id = @inlist AND s.contact_id = c.id AND (@status < 0 OR s.status = @status))";
        return ContactSearch.Of(scope.Search) is { } search ? $"{text} AND {search.Where(kind)}" : text;
    }

    /// <summary>The values of <see cref="Where"/>.</summary>
    public static DbCommand Set(DbCommand command, DatabaseKind kind, CustomerId customer, BulkScope scope)
    {
        command.Set("@customer", customer.Value);
        if (scope.Picked is { } picked)
            return command.Set("@picked", Keys(kind, picked));
        if (scope.List is { } list)
            command.Set("@inlist", list).Set("@status", (int?)scope.Status ?? -1);
        return ContactSearch.Of(scope.Search)?.Set(command) ?? command;
    }

    /// <summary>Writes down what imports declared for contacts before they are taken out of a list.</summary>
    public static string KeepConsents(DatabaseKind kind) =>
        ContactConsents.KeepDeclared($"s.list_id = @list AND s.status <> 2 AND s.contact_id {In(kind, "@ids")}");

    /// <summary>What an action does to a batch of contacts; the rows of the first statement are the contacts that change.</summary>
    public static IReadOnlyList<string> Of(DatabaseKind kind, BulkAction action)
    {
        var these = In(kind, "@ids");
        var sqlite = kind == DatabaseKind.Sqlite;
        return action switch
        {
            BulkAction.AddToList =>
            [
                $"""
                    INSERT INTO consent_records (customer_id, contact_id, list_id, purpose, granted, wording, source, at, operator)
                    SELECT @customer, c.id, l.id, 1, {(sqlite ? "1" : "TRUE")}, NULL, 'manual', @now, @operator FROM contacts c
                    JOIN lists l ON l.id = @list AND l.customer_id = @customer
                    WHERE c.id {these} AND c.customer_id = @customer
                      AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.list_id = @list AND s.contact_id = c.id AND s.status <> 0)
                    """,
                $"""
                    INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at)
                    SELECT l.id, c.id, @customer, 1, 2, @now, @now FROM contacts c
                    JOIN lists l ON l.id = @list AND l.customer_id = @customer
                    WHERE c.id {these} AND c.customer_id = @customer
                    ON CONFLICT (list_id, contact_id) DO UPDATE SET status = 1, source = 2, changed_at = excluded.changed_at
                    WHERE subscriptions.status = 0
                    """,
            ],
            BulkAction.RemoveFromList =>
            [
                $"DELETE FROM subscriptions WHERE list_id = @list AND customer_id = @customer AND status <> 2 AND contact_id {these}",
            ],
            BulkAction.SetAttribute =>
            [
                sqlite
                    ? $"UPDATE contacts SET attributes = json_set(coalesce(attributes, '{{}}'), @place, @value), updated_at = @now WHERE id {these} AND customer_id = @customer AND (attributes ->> @place) IS NOT @value"
                    : $"UPDATE contacts SET attributes = coalesce(attributes, '{{}}'::jsonb) || jsonb_build_object(@place::text, @value::text), updated_at = @now WHERE id {these} AND customer_id = @customer AND (attributes ->> @place::text) IS DISTINCT FROM @value::text",
            ],
            BulkAction.EraseAttribute =>
            [
                sqlite
                    ? $"UPDATE contacts SET attributes = json_remove(attributes, @place), updated_at = @now WHERE id {these} AND customer_id = @customer AND json_type(attributes, @place) IS NOT NULL"
                    : $"UPDATE contacts SET attributes = attributes - @place::text, updated_at = @now WHERE id {these} AND customer_id = @customer AND attributes -> @place::text IS NOT NULL",
            ],
            _ =>
            [
                $"UPDATE contacts SET updated_at = @now WHERE id {these} AND customer_id = @customer AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = contacts.id AND s.status <> 2 AND (@list = 0 OR s.list_id = @list))",
                $"""
                    INSERT INTO consent_records (customer_id, contact_id, list_id, purpose, granted, wording, source, at, operator)
                    SELECT @customer, s.contact_id, s.list_id, 1, {(
                        sqlite ? "0" : "FALSE"
                    )}, NULL, 'manual', @now, @operator FROM subscriptions s
                    WHERE s.contact_id {these} AND s.customer_id = @customer AND s.status <> 2 AND (@list = 0 OR s.list_id = @list)
                    """,
                $"UPDATE subscriptions SET status = 2, source = 2, changed_at = @now WHERE contact_id {these} AND customer_id = @customer AND status <> 2 AND (@list = 0 OR list_id = @list)",
            ],
        };
    }

    /// <summary>The values of one of the statements of an action; it takes those it names.</summary>
    public static DbCommand Set(DbCommand command, DatabaseKind kind, ContactBulk bulk, IReadOnlyList<long> ids, DateTimeOffset now)
    {
        var text = command.CommandText;
        void Add(string name, Func<object?> value)
        {
            if (text.Contains(name, StringComparison.Ordinal))
                command.Set(name, value());
        }
        Add("@customer", () => bulk.CustomerId.Value);
        Add("@ids", () => Keys(kind, ids));
        Add("@list", () => bulk.ListId?.Value ?? 0);
        Add("@now", () => now.ToUnixTimeMilliseconds());
        Add("@operator", () => bulk.Operator);
        Add("@place", () => AttributeSql.Place(kind, bulk.Attribute!));
        Add("@value", () => bulk.Value ?? "");
        return command;
    }

    private static string In(DatabaseKind kind, string name) =>
        kind == DatabaseKind.Sqlite ? $"IN (SELECT value FROM json_each({name}))" : $"= ANY({name})";

    private static object Keys(DatabaseKind kind, IReadOnlyList<long> ids) =>
        kind == DatabaseKind.Sqlite ? JsonSerializer.Serialize(ids) : ids.ToArray();
}
