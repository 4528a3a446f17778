using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Suppression;

/// <summary>What an erasure would touch, to be shown before it is done.</summary>
public sealed record ErasurePreview(long Subscriptions, long Consents, long Messages, bool InFlight);

/// <summary>
/// Erases a person (GDPR article 17). Contact and subscriptions go; consent records stay as proof without the person; messages stay in the
/// figures with a keyed hash in the place of the address, their events without IP address and device, the far end's words without the
/// address; kept copies of messages and what came back about them go. The hash stays as a suppression, so that nobody reaches the person again by mistake.
/// <para>One transaction. A message that waits is suppressed when it is claimed, since its address is the suppressed hash by then; while one is
/// on its way to the far end, the erasure is refused and can be repeated a moment later.</para>
/// </summary>
public static class EraseContact
{
    public static async Task<ErasurePreview?> PreviewAsync(CustomerId customer, ContactId id, EstafetteDb db, CancellationToken ct)
    {
        if (await db.Of<Contact>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } contact)
            return null;
        var messages = await CountAsync(db, $"SELECT count(*) AS \"Value\" FROM deliveries WHERE contact_id = {id.Value}", ct);
        return new ErasurePreview(
            await db.Of<Subscription>(customer).LongCountAsync(s => s.ContactId == id, ct),
            (await ContactConsents.ListAsync(customer, contact, db, ct)).Count,
            messages,
            await IsInFlightAsync(id, db, ct)
        );
    }

    /// <returns>Refused with "contact" while one of the person's messages is on its way.</returns>
    public static async Task<ChangeResult> RunAsync(
        Actor actor,
        ContactId id,
        ErasedAddresses erased,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var customer = actor.Customer;
        var known = await db.Of<Contact>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
        if (known is null)
            return ChangeResult.NotFound;
        // Before the write begins: making the key is a write of its own.
        var places = new List<(Channel Channel, string Key, string Hash)>();
        if (known.Email is not null)
            places.Add((Channel.Email, known.ContactKey, await erased.HashAsync(customer, Channel.Email, known.ContactKey, ct)));
        if (known.Phone is { } phone)
            places.Add((Channel.Sms, phone, await erased.HashAsync(customer, Channel.Sms, phone, ct)));
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Contact>(customer).SingleOrDefaultAsync(c => c.Id == id && c.ContactKey == known.ContactKey, ct) is not { } contact)
            return ChangeResult.NotFound;
        if (await IsInFlightAsync(id, db, ct))
            return ChangeResult.Refused("contact", "A message to this contact is being sent at this moment. Try again in a minute.");
        var now = clock.GetUtcNow();
        await ContactConsents.KeepDeclaredAsync(customer, contact, db, ct);
        foreach (var place in places)
            await EraseAddressAsync(customer, id, place, now.ToUnixTimeMilliseconds(), db, ct);
        var subject = places.Count > 0 ? places[0].Hash : null;
        await DetachAsync(customer, id, subject, db, ct);
        db.Remove(contact);
        db.Add(actor, "contact.erased", $"contact {id}", now, subject);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }

    /// <summary>Everything that holds the address itself.</summary>
    private static async Task EraseAddressAsync(
        CustomerId customer,
        ContactId id,
        (Channel Channel, string Key, string Hash) place,
        long now,
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
            SELECT {owner}, {channel}, {hash}, coalesce((SELECT reason FROM suppressions WHERE customer_id = {owner} AND channel = {channel} AND address_key = {key}), 1), 7, {evidence}, {now}
            WHERE 1 = 1
            ON CONFLICT (customer_id, channel, address_key) DO NOTHING
            """,
            ct
        );
        await db.Database.ExecuteSqlAsync(
            $"DELETE FROM suppressions WHERE customer_id = {owner} AND channel = {channel} AND address_key = {key}",
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
        var deliveries = await db
            .Database.SqlQuery<long>(
                $"""
                SELECT id AS "Value" FROM deliveries WHERE contact_id = {id.Value} AND channel = {channel}
                UNION
                SELECT id FROM deliveries WHERE channel = {channel} AND address_key = {key}
                  AND campaign_id IN (SELECT id FROM campaigns WHERE customer_id = {owner})
                UNION
                SELECT id FROM deliveries WHERE campaign_id IS NULL AND channel = {channel} AND address_key = {key} AND customer_id = {owner}
                """
            )
            .ToListAsync(ct);
        foreach (var delivery in deliveries)
            await EraseDeliveryAsync(delivery, key, hash, db, ct);
    }

    private static async Task EraseDeliveryAsync(long delivery, string key, string hash, EstafetteDb db, CancellationToken ct)
    {
        var address = (
            await db.Database.SqlQuery<string>($"SELECT address AS \"Value\" FROM deliveries WHERE id = {delivery}").ToListAsync(ct)
        )[0];
        await db.Database.ExecuteSqlAsync(
            $"UPDATE attempts SET text = replace(replace(text, {address}, {hash}), {key}, {hash}) WHERE delivery_id = {delivery} AND text IS NOT NULL",
            ct
        );
        await db.Database.ExecuteSqlAsync(
            $"UPDATE delivery_events SET text = replace(replace(text, {address}, {hash}), {key}, {hash}) WHERE delivery_id = {delivery} AND text IS NOT NULL",
            ct
        );
        await db.Database.ExecuteSqlAsync($"UPDATE tracking_events SET ip = NULL, user_agent_id = NULL WHERE delivery_id = {delivery}", ct);
        await db.Database.ExecuteSqlAsync($"DELETE FROM captured_messages WHERE delivery_id = {delivery}", ct);
        await db.Database.ExecuteSqlAsync($"DELETE FROM inbound_messages WHERE delivery_id = {delivery}", ct);
        await db.Database.ExecuteSqlAsync(
            $"UPDATE abuse_reports SET reporter = NULL, link = NULL, ip = NULL, user_agent = NULL, words = replace(replace(words, {address}, {hash}), {key}, {hash}) WHERE delivery_id = {delivery}",
            ct
        );
        await db.Database.ExecuteSqlAsync(
            $"UPDATE deliveries SET address = {hash}, address_key = {hash}, contact_id = NULL WHERE id = {delivery}",
            ct
        );
    }

    /// <summary>What belongs to the contact and not to an address.</summary>
    private static async Task DetachAsync(CustomerId customer, ContactId id, string? subject, EstafetteDb db, CancellationToken ct)
    {
        var (owner, contact) = (customer.Value, id.Value);
        await db.Database.ExecuteSqlAsync($"UPDATE deliveries SET contact_id = NULL WHERE contact_id = {contact}", ct);
        await db.Database.ExecuteSqlAsync($"UPDATE single_messages SET merge_contact_id = NULL WHERE merge_contact_id = {contact}", ct);
        await db.Database.ExecuteSqlAsync(
            $"UPDATE consent_records SET contact_id = 0, subject = {subject}, ip = NULL, user_agent = NULL WHERE customer_id = {owner} AND contact_id = {contact}",
            ct
        );
        await db.Of<Subscription>(customer).Where(s => s.ContactId == id).ExecuteDeleteAsync(ct);
    }

    private static async Task<bool> IsInFlightAsync(ContactId id, EstafetteDb db, CancellationToken ct) =>
        await CountAsync(
            db,
            $"SELECT count(*) AS \"Value\" FROM delivery_queue q JOIN deliveries d ON d.id = q.delivery_id WHERE q.epoch <> 0 AND d.contact_id = {id.Value}",
            ct
        ) > 0;

    private static async Task<long> CountAsync(EstafetteDb db, FormattableString sql, CancellationToken ct) =>
        (await db.Database.SqlQuery<long>(sql).ToListAsync(ct))[0];
}
