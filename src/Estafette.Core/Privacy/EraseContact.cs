using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Privacy;

/// <summary>What an erasure would touch, to be shown before it is done.</summary>
public sealed record ErasurePreview(long Subscriptions, long Consents, long Messages, bool InFlight);

/// <summary>
/// Erases a person (GDPR article 17). Contact and subscriptions go; consent records stay as proof without the person; messages stay in the
/// figures with a keyed hash in the place of the address, their events without IP address and device, the far end's words without the
/// address; kept copies, values, texts and files of messages go (<see cref="EraseAddress"/>). The hash stays as a suppression, so that nobody reaches
/// the person again by mistake.
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
            await EraseAddress.IsInFlightAsync(customer, id, [contact.ContactKey], db, ct)
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
        var places = new List<ErasedPlace>();
        if (known.Email is not null)
            places.Add(await ErasedPlace.OfAsync(customer, Channel.Email, known.ContactKey, erased, ct));
        if (known.Phone is { } phone)
            places.Add(await ErasedPlace.OfAsync(customer, Channel.Sms, phone, erased, ct));
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Contact>(customer).SingleOrDefaultAsync(c => c.Id == id && c.ContactKey == known.ContactKey, ct) is not { } contact)
            return ChangeResult.NotFound;
        if (await EraseAddress.IsInFlightAsync(customer, id, places.Select(p => p.Key), db, ct))
            return ChangeResult.Refused("contact", "A message to this contact is being sent at this moment. Try again in a minute.");
        var now = clock.GetUtcNow();
        await ContactConsents.KeepDeclaredAsync(customer, contact, db, ct);
        foreach (var place in places)
            await EraseAddress.EverywhereAsync(customer, id, place, now, db, ct);
        var subject = places.Count > 0 ? places[0].Hash : null;
        await DetachAsync(customer, id, subject, db, ct);
        db.Remove(contact);
        db.Add(actor, "contact.erased", $"contact {id}", now, subject);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
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
        await db.Database.ExecuteSqlAsync($"DELETE FROM form_requests WHERE customer_id = {owner} AND contact_id = {contact}", ct);
        await db.Of<Subscription>(customer).Where(s => s.ContactId == id).ExecuteDeleteAsync(ct);
    }

    private static async Task<long> CountAsync(EstafetteDb db, FormattableString sql, CancellationToken ct) =>
        (await db.Database.SqlQuery<long>(sql).ToListAsync(ct))[0];
}
