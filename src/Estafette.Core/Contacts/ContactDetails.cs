using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>A contact in one list, with the import that proves the consent when an import brought it.</summary>
public sealed record ContactSubscription(
    ListId List,
    string ListName,
    SubscriptionStatus Status,
    SubscriptionSource Source,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt,
    ImportId? Import,
    string? Provenance,
    string? LegalBasis,
    string? Wording
);

/// <summary>Everything that is known about a contact.</summary>
public sealed record ContactDetails(
    Contact Contact,
    IReadOnlyList<ContactSubscription> Subscriptions,
    IReadOnlyList<ContactConsent> Consents
)
{
    /// <summary>Null when the customer has no such contact.</summary>
    public static async Task<ContactDetails?> GetAsync(CustomerId customer, ContactId id, EstafetteDb db, CancellationToken ct)
    {
        var contact = await db.Of<Contact>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
        if (contact is null)
            return null;
        var subscriptions = await (
            from s in db.Of<Subscription>(customer).Where(s => s.ContactId == id)
            join l in db.Of<ContactList>(customer) on s.ListId equals l.Id
            join i in db.Of<ContactImport>(customer) on s.ImportId equals (ImportId?)i.Id into imports
            from i in imports.DefaultIfEmpty()
            orderby l.Name
            select new ContactSubscription(
                l.Id,
                l.Name,
                s.Status,
                s.Source,
                s.CreatedAt,
                s.ChangedAt,
                s.ImportId,
                i.Provenance,
                i.LegalBasis,
                i.Wording
            )
        ).ToListAsync(ct);
        return new ContactDetails(contact, subscriptions, await ContactConsents.ListAsync(customer, contact, db, ct));
    }
}
