using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;

namespace Estafette.Core.Contacts;

/// <summary>Contacts to be ordered, filtered and paged further by who asks for them.</summary>
public static class FindContacts
{
    /// <summary>Those whose address, last or first name begins with a text; all of them when there is none.</summary>
    public static IQueryable<Contact> By(CustomerId customer, string? text, EstafetteDb db) =>
        ContactSearch.Of(text) is { } search ? search.Find(customer, LimitedQuery.KindOf(db), db) : db.Of<Contact>(customer);

    /// <summary>The same, of a list only, whatever their status in it, or of one status.</summary>
    public static IQueryable<Contact> By(CustomerId customer, string? text, ListId list, SubscriptionStatus? status, EstafetteDb db)
    {
        var members = db.Of<Subscription>(customer).Where(s => s.ListId == list && (status == null || s.Status == status));
        return By(customer, text, db).Where(c => members.Any(s => s.ContactId == c.Id));
    }
}
