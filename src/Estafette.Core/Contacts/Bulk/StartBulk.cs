using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Bulk;

/// <summary>The bulk change that began, or the fields that are wrong with their codes.</summary>
public sealed record StartedBulk(long? Id, IReadOnlyDictionary<string, string> Errors);

/// <summary>
/// Begins a change of many contacts: a row that <see cref="BulkRunner"/> works off batch by batch, and an entry in the audit log that says
/// what, to how many and by which filter.
/// </summary>
public static class StartBulk
{
    /// <summary>Most characters of a value.</summary>
    public const int MaxValue = 1000;

    public static async Task<StartedBulk> RunAsync(
        Actor actor,
        BulkScope scope,
        BulkChange change,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var errors = await CheckAsync(actor.Customer, change, db, ct);
        if (errors.Count > 0)
            return new StartedBulk(null, errors);
        var (total, last) = await CountAsync(actor.Customer, scope, Whole, db, ct);
        if (total == 0)
            return new StartedBulk(null, new Dictionary<string, string>(StringComparer.Ordinal) { [""] = "nobody" });
        await using var write = await db.BeginWriteAsync(ct);
        var isOnList = change.Action is BulkAction.AddToList or BulkAction.RemoveFromList or BulkAction.Unsubscribe;
        var isOnAttribute = change.Action is BulkAction.SetAttribute or BulkAction.EraseAttribute;
        var bulk = new ContactBulk
        {
            CustomerId = actor.Customer,
            Action = change.Action,
            ListId = isOnList ? change.List : null,
            Attribute = isOnAttribute ? change.Attribute : null,
            Value = change.Action == BulkAction.SetAttribute ? change.Value : null,
            Who = scope.ToJson(),
            Total = total,
            LastContact = new ContactId(last),
            Operator = actor.UserName,
            CreatedAt = clock.GetUtcNow(),
        };
        db.Add(bulk);
        await db.SaveChangesAsync(ct);
        db.Add(actor, AuditOf(change.Action), await SubjectAsync(bulk, db, ct), bulk.CreatedAt, Detail(scope, total));
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        signals.Ring(Signal.BulkChanged);
        return new StartedBulk(bulk.Id, errors);
    }

    /// <summary>What is wrong with a change: list, attribute, value.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> CheckAsync(
        CustomerId customer,
        BulkChange change,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        var needsList = change.Action is BulkAction.AddToList or BulkAction.RemoveFromList;
        if (needsList && change.List is null)
            errors["list"] = "missing";
        else if (
            (needsList || change is { Action: BulkAction.Unsubscribe, List: not null })
            && !await db.Of<ContactList>(customer).AnyAsync(l => l.Id == change.List, ct)
        )
            errors["list"] = "missing";
        if (change.Action is BulkAction.SetAttribute or BulkAction.EraseAttribute && !AttributeName.IsGood(change.Attribute ?? ""))
            errors["attribute"] = "name";
        if (
            change.Action == BulkAction.SetAttribute
            && (change.Value is not { Length: > 0 and <= MaxValue } || change.Value.Contains('\0'))
        )
            errors["value"] = "length";
        return errors;
    }

    /// <summary>What counting may take once somebody has decided.</summary>
    public static readonly TimeSpan Whole = TimeSpan.FromMinutes(2);

    /// <summary>How many contacts a scope holds, and the greatest key among them.</summary>
    /// <exception cref="QueryTooSlowException">The database needs longer than <paramref name="within"/>.</exception>
    public static async Task<(long Total, long Last)> CountAsync(
        CustomerId customer,
        BulkScope scope,
        TimeSpan within,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var kind = LimitedQuery.KindOf(db);
        return await LimitedQuery.RunAsync(
            db,
            within,
            async (command, stop) =>
            {
                command.CommandText = $"SELECT count(*), coalesce(max(c.id), 0) FROM contacts c WHERE {BulkSql.Where(kind, scope)}";
                await using var row = await BulkSql.Set(command, kind, customer, scope).ExecuteReaderAsync(stop);
                await row.ReadAsync(stop);
                return (row.GetInt64(0), row.GetInt64(1));
            },
            ct
        );
    }

    private static string AuditOf(BulkAction action) =>
        action switch
        {
            BulkAction.AddToList => "contacts.bulk_added",
            BulkAction.RemoveFromList => "contacts.bulk_removed",
            BulkAction.SetAttribute => "contacts.bulk_attribute_set",
            BulkAction.EraseAttribute => "contacts.bulk_attribute_erased",
            _ => "contacts.bulk_unsubscribed",
        };

    private static async Task<string> SubjectAsync(ContactBulk bulk, EstafetteDb db, CancellationToken ct) =>
        bulk.ListId is { } id
            ? $"list {id} {await db.Of<ContactList>(bulk.CustomerId).Where(l => l.Id == id).Select(l => l.Name).SingleAsync(ct)}"
        : bulk.Attribute is { } attribute
            ? bulk.Value is { } value ? $"attribute {attribute} = {value}"
                : $"attribute {attribute}"
        : "list *";

    private static string Detail(BulkScope scope, long total)
    {
        var count = string.Create(CultureInfo.InvariantCulture, $"{total} contacts");
        if (scope.Picked is not null)
            return count;
        var filter = new List<string>();
        if (scope.List is { } list)
            filter.Add($"list {list}");
        if (scope.List is not null && scope.Status is { } status)
            filter.Add($"{status}");
        // What was searched for may be an address, which the log does not keep.
        if (!string.IsNullOrWhiteSpace(scope.Search))
            filter.Add("search");
        return filter.Count == 0 ? $"{count}, all" : $"{count}, {string.Join(", ", filter)}";
    }
}

/// <summary>Stops a bulk change behind the batch it is at; what was done stays.</summary>
public static class CancelBulk
{
    public static async Task<bool> RunAsync(Actor actor, long id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        DateTimeOffset? now = clock.GetUtcNow();
        await using var write = await db.BeginWriteAsync(ct);
        var stopped = await db.Of<ContactBulk>(actor.Customer)
            .Where(b => b.Id == id && b.Status == BulkStatus.Running)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(b => b.Status, BulkStatus.Cancelled).SetProperty(b => b.FinishedAt, now).SetProperty(b => b.Who, "{}"),
                ct
            );
        if (stopped == 0)
            return false;
        db.Add(actor, "contacts.bulk_cancelled", $"bulk {id}", now.Value);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return true;
    }
}
