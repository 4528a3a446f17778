using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>The contact that was added or changed, or what is wrong by field.</summary>
public sealed record UpsertedContact(ContactId? Id, bool IsNew, IReadOnlyDictionary<string, string> Errors);

/// <summary>Adds a contact, or changes the one that has its address already.</summary>
public static class UpsertContact
{
    /// <param name="customer">The owner.</param>
    /// <param name="email">What tells the contact from others; null: it is new.</param>
    /// <param name="change">The fields as they become, from those that are known; of a new contact none are.</param>
    public static async Task<UpsertedContact> RunAsync(
        CustomerId customer,
        string? email,
        Func<ContactInput, ContactInput> change,
        ErasedAddresses erased,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await FindAsync(customer, email, db, ct) is { } known)
        {
            var changed = await EditContact.RunAsync(customer, known, change, erased, db, clock, ct);
            // Gone since it was found: it is a new one, then.
            if (changed.Found)
                return new UpsertedContact(changed.IsDone ? known : null, false, changed.Errors);
        }
        var added = await AddContact.RunAsync(customer, change(new ContactInput(email)), erased, db, clock, ct);
        return new UpsertedContact(added.Id, true, added.Errors);
    }

    private static async Task<ContactId?> FindAsync(CustomerId customer, string? email, EstafetteDb db, CancellationToken ct)
    {
        if (!EmailAddress.TryParse(email, out var address, out _))
            return null;
        var key = address.Key;
        return await db.Of<Contact>(customer).Where(c => c.ContactKey == key).Select(c => (ContactId?)c.Id).SingleOrDefaultAsync(ct);
    }
}
