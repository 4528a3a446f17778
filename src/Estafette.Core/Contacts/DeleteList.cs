using System.Data.Common;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>
/// Deletes a list and its subscriptions; the contacts stay, and with them the proofs of consent that imports gave for the list. Refused while a scheduled, running or paused campaign or an import uses it.
/// Subscriptions go in portions so that sending never waits long; when the process dies on the way, the list is still there and can be
/// deleted again.
/// </summary>
public static class DeleteList
{
    private const int Portion = 10_000;

    // The same rows as delete-subscriptions takes.
    private static readonly string KeepConsents = ContactConsents.KeepDeclared(
        "s.list_id = @list AND s.contact_id IN (SELECT contact_id FROM subscriptions WHERE list_id = @list ORDER BY contact_id LIMIT @portion)"
    );

    public static async Task<ChangeResult> RunAsync(
        CustomerId customer,
        ListId id,
        string by,
        EstafetteDb db,
        WriteQueue queue,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var list = await db.Of<ContactList>(customer).SingleOrDefaultAsync(l => l.Id == id, ct);
        if (list is null)
            return ChangeResult.NotFound;
        if (await InUseAsync(customer, id, db, queue, ct) is { } use)
            return ChangeResult.Refused("list", use);
        while (await queue.RunAsync(session => DeletePortionAsync(session, customer, id, ct), ct) == Portion) { }
        var now = clock.GetUtcNow();
        await using var write = await db.BeginWriteAsync(ct);
        await db.Database.ExecuteSqlAsync($"DELETE FROM campaign_lists WHERE list_id = {id.Value} AND customer_id = {customer.Value}", ct);
        await db.Database.ExecuteSqlAsync($"DELETE FROM form_lists WHERE list_id = {id.Value} AND customer_id = {customer.Value}", ct);
        await db.Of<Subscription>(customer).Where(s => s.ListId == id).ExecuteDeleteAsync(ct);
        await db.Of<ListCount>(customer).Where(c => c.ListId == id).ExecuteDeleteAsync(ct);
        await db.Of<ContactImport>(customer)
            .Where(i => i.ListId == id)
            .ExecuteUpdateAsync(set => set.SetProperty(i => i.ListId, (ListId?)null), ct);
        db.Remove(list);
        db.Add(Audit(customer, by, now, "list.deleted", $"list {id} {list.Name}", null));
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }

    internal static AuditEntry Audit(CustomerId customer, string by, DateTimeOffset at, string action, string what, string? detail) =>
        new()
        {
            CustomerId = customer,
            UserName = by,
            At = at,
            Action = action,
            Object = what,
            Detail = detail,
        };

    private static async Task<string?> InUseAsync(CustomerId customer, ListId id, EstafetteDb db, WriteQueue queue, CancellationToken ct)
    {
        var campaign = await queue.RunAsync(
            async session =>
                await session
                    .Statement("Contacts/find-campaign-using-list")
                    .Set("@list", id.Value)
                    .Set("@customer", customer.Value)
                    .ExecuteScalarAsync(ct) as string,
            ct
        );
        if (campaign is not null)
            return $"The campaign '{campaign}' uses this list. Cancel it or wait until it is finished.";
        var key = id.ToString();
        var segments = await db.Of<Segment>(customer).AsNoTracking().ToListAsync(ct);
        var asking = segments.FirstOrDefault(s =>
            SegmentDefinition.Parse(s.Definition).Conditions().Any(c => SegmentRules.KeyOf(c) == SegmentKey.List && c.Key == key)
        );
        if (asking is not null)
            return $"The segment '{asking.Name}' asks for this list. Change it first.";
        var importing = await db.Of<ContactImport>(customer)
            .AnyAsync(
                i =>
                    i.ListId == id
                    && (
                        i.Status == ImportStatus.Waiting
                        || i.Status == ImportStatus.Running
                        || i.Status == ImportStatus.Paused
                        || i.Status == ImportStatus.Undoing
                    ),
                ct
            );
        return importing ? "An import into this list is not finished. Cancel it or wait." : null;
    }

    private static async ValueTask<int> DeletePortionAsync(WriteSession session, CustomerId customer, ListId id, CancellationToken ct)
    {
        await Bind(session.Prepare(KeepConsents), customer, id).ExecuteNonQueryAsync(ct);
        return await Bind(session.Statement("Contacts/delete-subscriptions"), customer, id).ExecuteNonQueryAsync(ct);
    }

    private static DbCommand Bind(DbCommand command, CustomerId customer, ListId id) =>
        command.Set("@list", id.Value).Set("@customer", customer.Value).Set("@portion", Portion);
}
