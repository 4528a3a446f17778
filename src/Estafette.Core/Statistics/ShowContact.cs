using Estafette.Core.Campaigns;
using Estafette.Core.Contacts;
using Estafette.Core.Delivery;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Core.Tracking;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>A message to a contact; without a campaign it is a single one.</summary>
public sealed record ContactMessage(
    DeliveryId Id,
    CampaignId? Campaign,
    string? CampaignName,
    DeliveryStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SentAt,
    DateTimeOffset? OpenedAt,
    DateTimeOffset? ClickedAt,
    DateTimeOffset? UnsubscribedAt,
    DateTimeOffset? ComplainedAt
);

/// <summary>The kinds of facts about a contact.</summary>
public enum ContactFactKind
{
    Added,
    Subscribed,
    Consented,
    Withdrawn,
    Sent,
    NotSent,
    Bounced,
    Opened,
    Clicked,
    Unsubscribed,
    Complained,
    Suppressed,
}

/// <summary>Something that happened with a contact.</summary>
/// <param name="What">The campaign, list, purpose or reason it is about.</param>
/// <param name="Detail">The link of a click, the wording of a consent, the words of the far end.</param>
/// <param name="Machine">A program did it, not the person.</param>
public sealed record ContactFact(
    DateTimeOffset At,
    ContactFactKind Kind,
    string? What = null,
    string? Detail = null,
    DeliveryId? Delivery = null,
    bool Machine = false
);

/// <summary>Reads the messages and the history of a contact.</summary>
public static class ShowContact
{
    /// <summary>Messages read for a history; older ones are reached page by page.</summary>
    private const int HistoryMessages = 200;

    /// <summary>A page of messages, the newest first, below the id of the last one shown.</summary>
    public static async Task<IReadOnlyList<ContactMessage>> MessagesAsync(
        CustomerId customer,
        ContactId contact,
        long? below,
        int take,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var deliveries = db.Of<DeliveryRecord>(customer).AsNoTracking().Where(d => d.ContactId == contact);
        if (below is { } last)
        {
            var ids = await deliveries.Select(d => d.Id).ToListAsync(ct);
            var older = ids.Where(i => i.Value < last).OrderByDescending(i => i.Value).Take(take).ToList();
            deliveries = deliveries.Where(d => older.Contains(d.Id));
        }
        return await (
            from d in deliveries
            join c in db.Of<Campaign>(customer) on d.CampaignId equals (CampaignId?)c.Id into campaigns
            from c in campaigns.DefaultIfEmpty()
            orderby d.Id descending
            select new ContactMessage(
                d.Id,
                d.CampaignId,
                c.Name,
                d.Status,
                d.CreatedAt,
                d.SentAt,
                d.OpenedAt,
                d.ClickedAt,
                d.UnsubscribedAt,
                d.ComplainedAt
            )
        )
            .Take(take)
            .ToListAsync(ct);
    }

    /// <summary>What happened, the newest first. Null when the customer has no such contact.</summary>
    public static async Task<IReadOnlyList<ContactFact>?> HistoryAsync(
        CustomerId customer,
        ContactId id,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (await ContactDetails.GetAsync(customer, id, db, ct) is not { } details)
            return null;
        var facts = new List<ContactFact> { new(details.Contact.CreatedAt, ContactFactKind.Added) };
        facts.AddRange(
            details.Subscriptions.Select(s => new ContactFact(
                s.ChangedAt,
                s.Status == SubscriptionStatus.Unsubscribed ? ContactFactKind.Unsubscribed : ContactFactKind.Subscribed,
                s.ListName,
                s.Provenance
            ))
        );
        facts.AddRange(
            details.Consents.Select(c => new ContactFact(
                c.At,
                c.Granted ? ContactFactKind.Consented : ContactFactKind.Withdrawn,
                $"{c.Purpose}",
                c.Wording ?? c.Provenance
            ))
        );
        if (await SuppressionAsync(customer, details.Contact, db, ct) is { } suppressed)
            facts.Add(new ContactFact(suppressed.CreatedAt, ContactFactKind.Suppressed, $"{suppressed.Reason}", suppressed.Evidence));
        var messages = await MessagesAsync(customer, id, null, HistoryMessages, db, ct);
        facts.AddRange(messages.SelectMany(OfMessage));
        facts.AddRange(await EventsAsync(customer, messages, db, ct));
        return [.. facts.OrderByDescending(f => f.At).ThenByDescending(f => f.Kind)];
    }

    /// <summary>Why a contact gets no mail, when its address is suppressed.</summary>
    public static Task<SuppressedAddress?> SuppressionAsync(CustomerId customer, Contact contact, EstafetteDb db, CancellationToken ct) =>
        db.Of<SuppressedAddress>(customer)
            .AsNoTracking()
            .FirstOrDefaultAsync(
                s =>
                    (contact.Email != null && s.Channel == Channel.Email && s.AddressKey == contact.ContactKey)
                    || (contact.Phone != null && s.Channel == Channel.Sms && s.AddressKey == contact.Phone),
                ct
            );

    private static IEnumerable<ContactFact> OfMessage(ContactMessage m)
    {
        if (m.SentAt is { } sent)
            yield return new ContactFact(sent, ContactFactKind.Sent, m.CampaignName, Delivery: m.Id);
        else
            yield return new ContactFact(m.CreatedAt, ContactFactKind.NotSent, m.CampaignName, Delivery: m.Id);
        if (m.UnsubscribedAt is { } unsubscribed)
            yield return new ContactFact(unsubscribed, ContactFactKind.Unsubscribed, m.CampaignName, Delivery: m.Id);
        if (m.ComplainedAt is { } complained)
            yield return new ContactFact(complained, ContactFactKind.Complained, m.CampaignName, Delivery: m.Id);
    }

    private static async Task<List<ContactFact>> EventsAsync(
        CustomerId customer,
        IReadOnlyList<ContactMessage> messages,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var names = messages.ToDictionary(m => m.Id, m => m.CampaignName);
        var ids = messages.Select(m => (DeliveryId?)m.Id).ToList();
        var tracked = await db.Of<TrackingEvent>(customer)
            .AsNoTracking()
            .Where(e => ids.Contains(e.DeliveryId) && (e.Kind == TrackingEventKind.Open || e.Kind == TrackingEventKind.Click))
            .ToListAsync(ct);
        var contents = tracked.Select(e => e.ContentId).OfType<ContentId>().Distinct().ToList();
        var links = await db.Set<ContentLink>().AsNoTracking().Where(l => contents.Contains(l.ContentId)).ToListAsync(ct);
        var urls = links.ToDictionary(l => (l.ContentId, l.LinkNo), l => l.Url);
        var plain = ids.Select(i => i!.Value).ToList();
        var told = await db.Of<DeliveryEvent>(customer).AsNoTracking().Where(e => plain.Contains(e.DeliveryId)).ToListAsync(ct);
        return
        [
            .. tracked.Select(e => new ContactFact(
                e.At,
                e.Kind == TrackingEventKind.Click ? ContactFactKind.Clicked : ContactFactKind.Opened,
                names.GetValueOrDefault(e.DeliveryId!.Value),
                e.Kind == TrackingEventKind.Click && e.ContentId is { } content ? urls.GetValueOrDefault((content, e.LinkNo)) : null,
                e.DeliveryId,
                !e.Machine.IsPerson()
            )),
            .. told.Where(e => e.Status is DeliveryStatus.SoftBounced or DeliveryStatus.HardBounced)
                .Select(e => new ContactFact(e.At, ContactFactKind.Bounced, names.GetValueOrDefault(e.DeliveryId), e.Text, e.DeliveryId)),
        ];
    }
}
