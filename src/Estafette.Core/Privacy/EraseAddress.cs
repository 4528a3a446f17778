using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Estafette.Core.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Privacy;

/// <summary>
/// Erases somebody known by an address alone, as recipients that programs give are: messages, suppressions, counts, kept mail, calls of webhooks. A contact
/// of the address is erased with it (<see cref="EraseContact"/>).
/// </summary>
public static class EraseAddress
{
    /// <param name="key">The address key of an e-mail address, or a number in E.164.</param>
    /// <returns>Not found when nothing holds the address. Refused with "address" while a message is on its way.</returns>
    public static async Task<ChangeResult> RunAsync(
        Actor actor,
        Channel channel,
        string key,
        ErasedAddresses erased,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var customer = actor.Customer;
        var contact = await db.Of<Contact>(customer)
            .AsNoTracking()
            .Where(c => channel == Channel.Email ? c.ContactKey == key && c.Email != null : c.Phone == key)
            .OrderBy(c => c.Id)
            .Select(c => (ContactId?)c.Id)
            .FirstOrDefaultAsync(ct);
        if (contact is { } id)
            return await EraseContact.RunAsync(actor, id, erased, db, clock, ct);
        var place = await ErasedPlace.OfAsync(customer, channel, key, erased, ct);
        await using var write = await db.BeginWriteAsync(ct);
        if (await IsInFlightAsync(customer, null, [key], db, ct))
            return ChangeResult.Refused("address", "A message to this address is being sent at this moment. Try again in a minute.");
        if (!await IsKnownAsync(customer, channel, key, db, ct))
            return ChangeResult.NotFound;
        var now = clock.GetUtcNow();
        await EverywhereAsync(customer, null, place, now, db, ct);
        db.Add(actor, "contact.erased", "address", now, place.Hash);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }

    /// <summary>Whether a message to the person is on its way to the far end.</summary>
    internal static async Task<bool> IsInFlightAsync(
        CustomerId customer,
        ContactId? contact,
        IEnumerable<string> keys,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var (owner, id) = (customer.Value, contact?.Value ?? 0);
        foreach (var key in keys.DefaultIfEmpty(""))
        {
            var inFlight = await db
                .Database.SqlQuery<long>(
                    $"""
                    SELECT count(*) AS "Value" FROM delivery_queue q JOIN deliveries d ON d.id = q.delivery_id
                    WHERE q.epoch <> 0 AND q.customer_id = {owner} AND (d.contact_id = {id} OR d.address_key = {key})
                    """
                )
                .ToListAsync(ct);
            if (inFlight[0] > 0)
                return true;
        }
        return false;
    }

    /// <summary>Everything that holds the address itself; within a write.</summary>
    internal static async Task EverywhereAsync(
        CustomerId customer,
        ContactId? contact,
        ErasedPlace place,
        DateTimeOffset now,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var (owner, channel, key, hash) = (customer.Value, (short)place.Channel, place.Key, place.Hash);
        var evidence = "erased";
        // A complaint or an opt-out stays what it was; without one the erasure itself is the reason.
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, evidence, created_at)
            SELECT {owner}, {channel}, {hash}, coalesce((SELECT reason FROM suppressions WHERE customer_id = {owner} AND channel = {channel} AND address_key = {key}), 1), 7, {evidence}, {now.ToUnixTimeMilliseconds()}
            WHERE 1 = 1
            ON CONFLICT (customer_id, channel, address_key) DO NOTHING
            """,
            ct
        );
        await db.Database.ExecuteSqlAsync(
            $"DELETE FROM suppressions WHERE customer_id = {owner} AND channel = {channel} AND address_key = {key}",
            ct
        );
        await db.Database.ExecuteSqlAsync(
            $"DELETE FROM bounce_counts WHERE customer_id = {owner} AND channel = {channel} AND address_key = {key}",
            ct
        );
        await db.Database.ExecuteSqlAsync($"DELETE FROM opt_out_requests WHERE customer_id = {owner} AND lower(address) = {key}", ct);
        var subject = $"{place.Channel} {key}";
        await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE audit_log SET object = replace(object, {key}, {hash}), detail = replace(detail, {key}, {hash})
            WHERE customer_id = {owner} AND action IN ('suppression.added', 'suppression.lifted', 'suppression.removed') AND object = {subject}
            """,
            ct
        );
        var addresses = new HashSet<string>(StringComparer.Ordinal) { key };
        foreach (var delivery in await DeliveriesOf(customer, contact, place.Channel, key, db).ToListAsync(ct))
            addresses.Add(await EraseDelivery.RunAsync(customer, delivery, place, now, db, ct));
        foreach (var address in addresses)
            await ReplaceAsync(customer, address, hash, db, ct);
    }

    /// <summary>Every message to the person: to the contact, or to the address without one.</summary>
    internal static IQueryable<long> DeliveriesOf(CustomerId customer, ContactId? contact, Channel channel, string key, EstafetteDb db)
    {
        var (owner, id, kind) = (customer.Value, contact?.Value ?? 0, (short)channel);
        return db.Database.SqlQuery<long>(
            $"""
            SELECT id AS "Value" FROM deliveries WHERE contact_id = {id} AND channel = {kind}
            UNION
            SELECT id FROM deliveries WHERE channel = {kind} AND address_key = {key} AND campaign_id IN (SELECT id FROM campaigns WHERE customer_id = {owner})
            UNION
            SELECT id FROM deliveries WHERE campaign_id IS NULL AND channel = {kind} AND address_key = {key} AND customer_id = {owner}
            """
        );
    }

    /// <summary>Where the address stands in calls of webhooks, in notices that wait, and in mail that came from it.</summary>
    private static async Task ReplaceAsync(CustomerId customer, string address, string hash, EstafetteDb db, CancellationToken ct)
    {
        var owner = customer.Value;
        var (quoted, instead) = ($"\"{JsonEncodedText.Encode(address)}\"", $"\"{hash}\"");
        await EraseEvents.RunAsync(customer, address, hash, db, ct);
        await db.Database.ExecuteSqlAsync(
            $"UPDATE contact_notices SET lines = replace(lines, {quoted}, {instead}) WHERE customer_id = {owner} AND lines <> replace(lines, {quoted}, {instead})",
            ct
        );
        await db.Database.ExecuteSqlAsync($"DELETE FROM inbound_messages WHERE customer_id = {owner} AND sender = {address}", ct);
    }

    private static async Task<bool> IsKnownAsync(CustomerId customer, Channel channel, string key, EstafetteDb db, CancellationToken ct)
    {
        var owner = customer.Value;
        return await DeliveriesOf(customer, null, channel, key, db).AnyAsync(ct)
            || await db
                .Database.SqlQuery<long>(
                    $"SELECT 1 AS \"Value\" FROM suppressions WHERE customer_id = {owner} AND channel = {(short)channel} AND address_key = {key}"
                )
                .AnyAsync(ct)
            || await db
                .Database.SqlQuery<long>($"SELECT 1 AS \"Value\" FROM inbound_messages WHERE customer_id = {owner} AND sender = {key}")
                .AnyAsync(ct);
    }
}
