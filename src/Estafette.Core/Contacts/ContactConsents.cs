using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>A consent of a contact or its withdrawal, with its proof: recorded for this contact, or declared for a whole file of contacts.</summary>
/// <param name="Source">How it was given: "import", "form", "manual" and so on.</param>
/// <param name="FileName">The imported file that brought it; with it go provenance and legal basis.</param>
public sealed record ContactConsent(
    ConsentPurpose Purpose,
    bool Granted,
    ListId? List,
    string? ListName,
    DateTimeOffset At,
    string Source,
    string? Wording,
    string? Operator,
    ImportId? Import = null,
    string? FileName = null,
    string? Provenance = null,
    string? LegalBasis = null,
    string? Ip = null,
    string? UserAgent = null
);

/// <summary>
/// The proofs of consent of one contact.
/// <para>An import states provenance and legal basis once for its whole file, and its subscriptions carry its id: the record of each contact
/// and list is read from there, so that a million contacts cost a million rows and not two. It is written down for itself when the rows that
/// carry the id are about to go: erasure, deletion and merge of the contact, deletion of the list, removal from it, undo of an import whose
/// contacts were written to.</para>
/// </summary>
public static class ContactConsents
{
    /// <summary>Source of what an import declared.</summary>
    public const string FromImport = "import";

    /// <summary>Recorded and declared consents, the newest first.</summary>
    public static async Task<IReadOnlyList<ContactConsent>> ListAsync(
        CustomerId customer,
        Contact contact,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var recorded = await (
            from r in db.Of<ConsentRecord>(customer).Where(r => r.ContactId == contact.Id)
            join l in db.Of<ContactList>(customer) on r.ListId equals (ListId?)l.Id into lists
            from l in lists.DefaultIfEmpty()
            join i in db.Of<ContactImport>(customer) on r.ImportId equals (ImportId?)i.Id into imports
            from i in imports.DefaultIfEmpty()
            orderby r.Id descending
            select new ContactConsent(
                r.Purpose,
                r.Granted,
                r.ListId,
                l.Name,
                r.At,
                r.Source,
                r.Wording,
                r.Operator,
                r.ImportId,
                i.FileName,
                i.Provenance,
                i.LegalBasis,
                r.Ip,
                r.UserAgent
            )
        ).ToListAsync(ct);
        // An import has one list: what it declared is in the records, also when its list is gone, or still to be read from it.
        var kept = recorded.Select(r => (r.Import, r.Purpose)).ToHashSet();
        var declared = await DeclaredAsync(customer, contact, db, ct);
        return [.. recorded.Concat(declared.Where(d => !kept.Contains((d.Import, d.Purpose)))).OrderByDescending(c => c.At)];
    }

    /// <summary>
    /// The statement that writes down what imports declared for subscriptions "s" of @customer that are about to go: those that fulfil a condition.
    /// </summary>
    internal static string KeepDeclared(string condition) =>
        $"""
            INSERT INTO consent_records (customer_id, contact_id, list_id, purpose, granted, wording, source, import_id, at, operator)
            SELECT s.customer_id, s.contact_id, s.list_id, 1, TRUE, i.wording, '{FromImport}', i.id, coalesce(i.started_at, i.created_at), i.created_by
            FROM subscriptions s JOIN imports i ON i.id = s.import_id AND i.customer_id = s.customer_id
            WHERE s.customer_id = @customer AND i.provenance IS NOT NULL AND i.legal_basis IS NOT NULL AND {condition}
              AND NOT EXISTS (SELECT 1 FROM consent_records r
                WHERE r.customer_id = @customer AND r.contact_id = s.contact_id AND r.import_id = i.id AND r.purpose = 1)
            """;

    /// <summary>Writes down what imports declared for a contact whose subscriptions are about to go. Inside the caller's transaction.</summary>
    internal static async Task KeepDeclaredAsync(CustomerId customer, Contact contact, EstafetteDb db, CancellationToken ct)
    {
        var kept = await db.Of<ConsentRecord>(customer)
            .Where(r => r.ContactId == contact.Id && r.ImportId != null)
            .Select(r => new { r.ImportId, r.Purpose })
            .ToListAsync(ct);
        var declared = await DeclaredAsync(customer, contact, db, ct);
        foreach (var consent in declared.Where(d => !kept.Exists(k => (k.ImportId, k.Purpose) == (d.Import, d.Purpose))))
            db.Add(
                new ConsentRecord
                {
                    CustomerId = customer,
                    ContactId = contact.Id,
                    ListId = consent.List,
                    Purpose = consent.Purpose,
                    Granted = consent.Granted,
                    Wording = consent.Wording,
                    Source = consent.Source,
                    At = consent.At,
                    Operator = consent.Operator,
                    ImportId = consent.Import,
                }
            );
        await db.SaveChangesAsync(ct);
    }

    private static async Task<List<ContactConsent>> DeclaredAsync(
        CustomerId customer,
        Contact contact,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var stated = db.Of<ContactImport>(customer).AsNoTracking().Where(i => i.Provenance != null && i.LegalBasis != null);
        var ofLists = await (
            from s in db.Of<Subscription>(customer).Where(s => s.ContactId == contact.Id)
            join i in stated on s.ImportId equals (ImportId?)i.Id
            join l in db.Of<ContactList>(customer) on s.ListId equals l.Id
            select new
            {
                Import = i,
                l.Id,
                l.Name,
            }
        ).ToListAsync(ct);
        var consents = ofLists.ConvertAll(f => Of(f.Import, ConsentPurpose.Messages, true, f.Id, f.Name));
        var withoutList = await stated.Where(i => i.Id == contact.ImportId && i.ListId == null).ToListAsync(ct);
        consents.AddRange(withoutList.Select(i => Of(i, ConsentPurpose.Messages, true, null, null)));
        if (await stated.SingleOrDefaultAsync(i => i.Id == contact.TrackingImportId, ct) is { } measured)
        {
            // A later choice of the person is recorded for itself; the declaration of the file was a consent.
            var untouched = contact.TrackingConsentAt <= (measured.FinishedAt ?? DateTimeOffset.MaxValue);
            var granted = untouched ? contact.TrackingConsent == TrackingConsent.Granted : measured.DeclaresTrackingConsent;
            if (untouched || granted)
                consents.Add(Of(measured, ConsentPurpose.Tracking, granted, null, null));
        }
        return consents;
    }

    private static ContactConsent Of(ContactImport import, ConsentPurpose purpose, bool granted, ListId? list, string? name) =>
        new(
            purpose,
            granted,
            list,
            name,
            import.StartedAt ?? import.CreatedAt,
            FromImport,
            import.Wording,
            import.CreatedBy,
            import.Id,
            import.FileName,
            import.Provenance,
            import.LegalBasis
        );
}
