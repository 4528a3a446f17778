using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>How a consent or its withdrawal was given: kept as proof.</summary>
public sealed record ConsentProof(
    SubscriptionSource Source,
    string? Wording = null,
    string? Ip = null,
    string? UserAgent = null,
    string? Operator = null
)
{
    internal ConsentRecord Record(
        CustomerId customer,
        ContactId contact,
        ListId? list,
        ConsentPurpose purpose,
        bool granted,
        DateTimeOffset at
    ) =>
        new()
        {
            CustomerId = customer,
            ContactId = contact,
            ListId = list,
            Purpose = purpose,
            Granted = granted,
            Wording = Wording,
            Source = $"{Source}".ToLowerInvariant(),
            At = at,
            Ip = Ip,
            UserAgent = UserAgent,
            Operator = Operator,
        };
}

/// <summary>
/// Puts a contact into a list, or confirms it there, with the proof of consent. Somebody who unsubscribed comes back only by an act of his
/// own (form, link) or with the wording of his new consent.
/// </summary>
public static class SubscribeContact
{
    public static async Task<ChangeResult> RunAsync(
        CustomerId customer,
        (ListId List, ContactId Contact) who,
        SubscriptionStatus status,
        ConsentProof proof,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (status == SubscriptionStatus.Unsubscribed)
            return ChangeResult.Refused("status", "Use unsubscribe.");
        await using var write = await db.BeginWriteAsync(ct);
        var known =
            await db.Of<ContactList>(customer).AnyAsync(l => l.Id == who.List, ct)
            && await db.Of<Contact>(customer).AnyAsync(c => c.Id == who.Contact, ct);
        if (!known)
            return ChangeResult.NotFound;
        var subscription = await db.Of<Subscription>(customer)
            .SingleOrDefaultAsync(s => s.ListId == who.List && s.ContactId == who.Contact, ct);
        if (NeedsWording(subscription, proof))
            return ChangeResult.Refused("wording", "The contact unsubscribed from this list. Give the wording of the new consent.");
        var now = clock.GetUtcNow();
        var consent = proof.Record(customer, who.Contact, who.List, ConsentPurpose.Messages, true, now);
        db.Add(consent);
        await db.SaveChangesAsync(ct);
        if (subscription is null)
        {
            subscription = new Subscription
            {
                ListId = who.List,
                ContactId = who.Contact,
                CustomerId = customer,
                Status = status,
                Source = proof.Source,
                CreatedAt = now,
                ChangedAt = now,
            };
            db.Add(subscription);
        }
        (subscription.Status, subscription.Source, subscription.ConsentId, subscription.ChangedAt) = (
            status,
            proof.Source,
            consent.Id,
            now
        );
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }

    /// <summary>Whether somebody left the list who comes back neither by an act of his own nor with the wording of a new consent.</summary>
    internal static bool NeedsWording(Subscription? subscription, ConsentProof proof) =>
        subscription?.Status == SubscriptionStatus.Unsubscribed
        && proof.Source is not (SubscriptionSource.Form or SubscriptionSource.Link)
        && string.IsNullOrWhiteSpace(proof.Wording);
}

/// <summary>Records that a contact wants nothing more from a list. The row stays, so that no import brings it back.</summary>
public static class UnsubscribeContact
{
    public static async Task<ChangeResult> RunAsync(
        CustomerId customer,
        (ListId List, ContactId Contact) who,
        ConsentProof proof,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var subscription = await db.Of<Subscription>(customer)
            .SingleOrDefaultAsync(s => s.ListId == who.List && s.ContactId == who.Contact, ct);
        if (subscription is null)
            return ChangeResult.NotFound;
        if (subscription.Status == SubscriptionStatus.Unsubscribed)
            return ChangeResult.Done;
        var now = clock.GetUtcNow();
        var consent = proof.Record(customer, who.Contact, who.List, ConsentPurpose.Messages, false, now);
        db.Add(consent);
        await db.SaveChangesAsync(ct);
        (subscription.Status, subscription.Source) = (SubscriptionStatus.Unsubscribed, proof.Source);
        (subscription.ConsentId, subscription.ChangedAt) = (consent.Id, now);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }
}

/// <summary>Records whether a contact agrees to individual measurement of opens and clicks, with the proof.</summary>
public static class SetTrackingConsent
{
    public static async Task<ChangeResult> RunAsync(
        CustomerId customer,
        ContactId id,
        bool granted,
        ConsentProof proof,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var contact = await db.Of<Contact>(customer).SingleOrDefaultAsync(c => c.Id == id, ct);
        if (contact is null)
            return ChangeResult.NotFound;
        var now = clock.GetUtcNow();
        contact.TrackingConsent = granted ? TrackingConsent.Granted : TrackingConsent.Refused;
        contact.TrackingConsentAt = now;
        db.Add(proof.Record(customer, id, null, ConsentPurpose.Tracking, granted, now));
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }
}
