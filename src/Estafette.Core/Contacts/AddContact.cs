using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>The new contact, or what is wrong by field.</summary>
public sealed record AddedContact(ContactId? Id, IReadOnlyDictionary<string, string> Errors);

/// <summary>Adds one contact, to no list.</summary>
public static class AddContact
{
    public static async Task<AddedContact> RunAsync(
        CustomerId customer,
        ContactInput input,
        ErasedAddresses erased,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        var (id, fields) = await StoreAsync(customer, input, errors, db, clock, ct);
        // Through the queue of writes, which waits for the one above to let go.
        if (fields is not null)
            await fields.SuppressAgainAsync(customer, erased, ct);
        return new AddedContact(id, errors);
    }

    private static async Task<(ContactId? Id, CheckedContact? Fields)> StoreAsync(
        CustomerId customer,
        ContactInput input,
        Dictionary<string, string> errors,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await CheckedContact.CheckAsync(customer, null, input, errors, db, ct) is not { } fields)
            return (null, null);
        if (await ContactLimit.RoomAsync(customer, db, ct) is <= 0)
        {
            errors["limit"] = ContactLimit.Message;
            return (null, null);
        }
        var now = clock.GetUtcNow();
        var contact = new Contact
        {
            CustomerId = customer,
            ContactKey = fields.Key,
            Email = fields.Email,
            Phone = fields.Phone,
            FirstName = fields.FirstName,
            LastName = fields.LastName,
            Language = fields.Language,
            Attributes = fields.Attributes,
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Add(contact);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return (contact.Id, fields);
    }
}

/// <summary>Replaces the fields of a contact by those given.</summary>
public static class EditContact
{
    public static Task<ChangeResult> RunAsync(
        CustomerId customer,
        ContactId id,
        ContactInput input,
        ErasedAddresses erased,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    ) => RunAsync(customer, id, _ => input, erased, db, clock, ct);

    /// <summary>Replaces the fields by what they become, read and written as one.</summary>
    public static async Task<ChangeResult> RunAsync(
        CustomerId customer,
        ContactId id,
        Func<ContactInput, ContactInput> change,
        ErasedAddresses erased,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        var (found, fields) = await StoreAsync(customer, id, change, errors, db, clock, ct);
        if (!found)
            return ChangeResult.NotFound;
        if (fields is null)
            return ChangeResult.Refused(errors);
        await fields.SuppressAgainAsync(customer, erased, ct);
        return ChangeResult.Done;
    }

    private static async Task<(bool Found, CheckedContact? Fields)> StoreAsync(
        CustomerId customer,
        ContactId id,
        Func<ContactInput, ContactInput> change,
        Dictionary<string, string> errors,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var contact = await db.Of<Contact>(customer).SingleOrDefaultAsync(c => c.Id == id, ct);
        if (contact is null)
            return (false, null);
        var input = change(new(contact.Email, contact.Phone, contact.FirstName, contact.LastName, contact.Language, contact.Attributes));
        if (await CheckedContact.CheckAsync(customer, id, input, errors, db, ct) is not { } fields)
            return (true, null);
        (contact.ContactKey, contact.Email, contact.Phone) = (fields.Key, fields.Email, fields.Phone);
        (contact.FirstName, contact.LastName, contact.Language) = (fields.FirstName, fields.LastName, fields.Language);
        (contact.Attributes, contact.UpdatedAt) = (fields.Attributes, clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return (true, fields);
    }
}

/// <summary>Deletes a contact and its subscriptions. Consent records and suppressions stay: they are proofs and protection.</summary>
public static class DeleteContact
{
    public static async Task<ChangeResult> RunAsync(
        CustomerId customer,
        ContactId id,
        string by,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var contact = await db.Of<Contact>(customer).SingleOrDefaultAsync(c => c.Id == id, ct);
        if (contact is null)
            return ChangeResult.NotFound;
        await ContactConsents.KeepDeclaredAsync(customer, contact, db, ct);
        await db.Of<Subscription>(customer).Where(s => s.ContactId == id).ExecuteDeleteAsync(ct);
        // Keys are given again: nothing may hand the history of this contact to the next one. Deliveries and automations belong to modules above.
        await db.Database.ExecuteSqlAsync($"UPDATE deliveries SET contact_id = NULL WHERE contact_id = {id.Value}", ct);
        await db.Database.ExecuteSqlAsync($"DELETE FROM automation_members WHERE contact_id = {id.Value}", ct);
        await db.Database.ExecuteSqlAsync(
            $"UPDATE consent_records SET contact_id = 0, subject = {contact.ContactKey} WHERE customer_id = {customer.Value} AND contact_id = {id.Value}",
            ct
        );
        db.Remove(contact);
        db.Add(DeleteList.Audit(customer, by, clock.GetUtcNow(), "contact.deleted", $"contact {id}", null));
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }
}
