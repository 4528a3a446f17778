using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Tracking.Unsubscribe;

/// <summary>A list of the preference centre and whether the person is in it.</summary>
internal sealed record PreferenceList(ListId Id, string Name, string? Description, bool Subscribed);

/// <summary>What a person may choose. Nobody who opted out of everything comes back from here: an old or forwarded message proves too little.</summary>
internal sealed record PreferenceState(
    IReadOnlyList<PreferenceList> Lists,
    string? Language,
    TrackingConsent TrackingConsent,
    bool HasLeft
);

/// <summary>What the person chose, and the sentences that were agreed to.</summary>
internal sealed record PreferenceChoice(
    IReadOnlyCollection<long> Lists,
    string? Language,
    bool Tracking,
    string ListWording,
    string TrackingWording
);

/// <summary>Reads what a person may choose; null when the recipient is no contact.</summary>
internal static class ShowPreferences
{
    public static async Task<PreferenceState?> RunAsync(Recipient person, EstafetteDb db, CancellationToken ct)
    {
        if (person.Contact is not { } id)
            return null;
        var contact = await db.Of<Contact>(person.Customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
        if (contact is null)
            return null;
        var lists = await (
            from list in db.Of<ContactList>(person.Customer)
            where list.IsPublic
            orderby list.Name
            select new PreferenceList(
                list.Id,
                list.Name,
                list.Description,
                db.Set<Subscription>().Any(s => s.ListId == list.Id && s.ContactId == id && s.Status != SubscriptionStatus.Unsubscribed)
            )
        ).ToListAsync(ct);
        var left = await db.Of<SuppressedAddress>(person.Customer)
            .AnyAsync(s => s.Channel == person.Channel && s.AddressKey == person.AddressKey, ct);
        return new PreferenceState(lists, contact.Language, contact.TrackingConsent, left);
    }
}

/// <summary>Stores what a person chose, with the proof of each consent given or withdrawn.</summary>
internal static class SavePreferences
{
    /// <returns>False when the recipient is no contact.</returns>
    public static async Task<bool> RunAsync(
        Recipient person,
        PersonAction action,
        PreferenceChoice choice,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await ShowPreferences.RunAsync(person, db, ct) is not { } state)
            return false;
        var now = clock.GetUtcNow();
        var contact = await db.Of<Contact>(person.Customer).SingleAsync(c => c.Id == person.Contact, ct);
        foreach (var list in state.Lists)
        {
            var wanted = choice.Lists.Contains(list.Id.Value);
            if (wanted != list.Subscribed && !(wanted && state.HasLeft))
                await SetAsync(contact, list.Id, wanted, action, choice.ListWording, now, db, ct);
        }
        if (choice.Language is "fr" or "en" && contact.Language != choice.Language)
            (contact.Language, contact.UpdatedAt) = (choice.Language, now);
        if (choice.Tracking != (contact.TrackingConsent == TrackingConsent.Granted))
        {
            contact.TrackingConsent = choice.Tracking ? TrackingConsent.Granted : TrackingConsent.Refused;
            (contact.TrackingConsentAt, contact.UpdatedAt) = (now, now);
            db.Add(Proof(contact, null, ConsentPurpose.Tracking, choice.Tracking, action, choice.TrackingWording, now));
        }
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return true;
    }

    private static async Task SetAsync(
        Contact contact,
        ListId list,
        bool wanted,
        PersonAction action,
        string wording,
        DateTimeOffset now,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var proof = Proof(contact, list, ConsentPurpose.Messages, wanted, action, wording, now);
        db.Add(proof);
        await db.SaveChangesAsync(ct);
        var status = wanted ? SubscriptionStatus.Confirmed : SubscriptionStatus.Unsubscribed;
        var subscription = await db.Of<Subscription>(contact.CustomerId)
            .SingleOrDefaultAsync(s => s.ListId == list && s.ContactId == contact.Id, ct);
        if (subscription is null)
            db.Add(
                subscription = new Subscription
                {
                    ListId = list,
                    ContactId = contact.Id,
                    CustomerId = contact.CustomerId,
                    Status = status,
                    Source = SubscriptionSource.Link,
                    CreatedAt = now,
                    ChangedAt = now,
                }
            );
        (subscription.Status, subscription.Source) = (status, SubscriptionSource.Link);
        (subscription.ConsentId, subscription.ChangedAt) = (proof.Id, now);
    }

    private static ConsentRecord Proof(
        Contact contact,
        ListId? list,
        ConsentPurpose purpose,
        bool granted,
        PersonAction action,
        string wording,
        DateTimeOffset now
    ) =>
        new()
        {
            CustomerId = contact.CustomerId,
            ContactId = contact.Id,
            ListId = list,
            Purpose = purpose,
            Granted = granted,
            Wording = wording,
            Source = $"preferences, delivery {action.Delivery}",
            At = now,
            Ip = action.Ip,
            UserAgent = action.UserAgent is { Length: > 256 } agent ? agent[..256] : action.UserAgent,
        };
}
