using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Forms;

/// <summary>One step of a sign-up, request or confirmation: what it writes about subscriptions, and the proof of it.</summary>
internal sealed record SignUpStep(SignUpForm Form, ContactId Contact, SignUpAnswers Answers, Visitor Visitor, DateTimeOffset At)
{
    /// <summary>The wording the person saw; the form may have got another since.</summary>
    public int WordingVersion { get; init; } = Form.WordingVersion;

    /// <summary>Subscribes to the chosen lists. An unconfirmed request changes nothing where the contact is in the list already, or left it.</summary>
    public async Task SubscribeAsync(SubscriptionStatus status, EstafetteDb db, CancellationToken ct)
    {
        var confirmed = status == SubscriptionStatus.Confirmed;
        foreach (var list in Answers.Lists)
        {
            var id = new ListId(list);
            if (!await db.Of<ContactList>(Form.CustomerId).AnyAsync(l => l.Id == id, ct))
                continue;
            var proof = Proof(ConsentPurpose.Messages, Answers.Wording, id, confirmed);
            db.Add(proof);
            await db.SaveChangesAsync(ct);
            await WriteAsync(id, status, proof.Id, db, ct);
        }
        if (Answers.Tracking)
            db.Add(Proof(ConsentPurpose.Tracking, Answers.TrackingWording, null, confirmed));
        await db.SaveChangesAsync(ct);
    }

    private Task WriteAsync(ListId list, SubscriptionStatus status, long proof, EstafetteDb db, CancellationToken ct)
    {
        var (customer, contact, at) = (Form.CustomerId.Value, Contact.Value, At.ToUnixTimeMilliseconds());
        var source = (short)SubscriptionSource.Form;
        return status == SubscriptionStatus.Confirmed
            ? db.Database.ExecuteSqlAsync(
                $"INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, consent_id, created_at, changed_at) VALUES ({list.Value}, {contact}, {customer}, {(short)status}, {source}, {proof}, {at}, {at}) ON CONFLICT (list_id, contact_id) DO UPDATE SET status = excluded.status, source = excluded.source, consent_id = excluded.consent_id, changed_at = excluded.changed_at",
                ct
            )
            : db.Database.ExecuteSqlAsync(
                $"INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, consent_id, created_at, changed_at) VALUES ({list.Value}, {contact}, {customer}, {(short)status}, {source}, {proof}, {at}, {at}) ON CONFLICT (list_id, contact_id) DO NOTHING",
                ct
            );
    }

    private ConsentRecord Proof(ConsentPurpose purpose, string? wording, ListId? list, bool confirmed) =>
        new()
        {
            CustomerId = Form.CustomerId,
            ContactId = Contact,
            ListId = list,
            Purpose = purpose,
            Granted = true,
            Wording = wording,
            Source = $"form {Form.Id} wording {WordingVersion}, {(confirmed ? "confirmed" : "requested")}",
            At = At,
            Ip = Visitor.Ip,
            UserAgent = Visitor.Program,
        };
}

/// <summary>The contact behind a sign-up.</summary>
internal static class SignUpContact
{
    /// <summary>Finds the contact or adds it with its address and language: what anybody may type of somebody else.</summary>
    public static async Task<(Contact Contact, bool IsNew)> FindOrAddAsync(
        CustomerId customer,
        SignUpAnswers answers,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var at = now.ToUnixTimeMilliseconds();
        // Two sign-ups of one address at the same moment make one contact.
        var added = await db.Database.ExecuteSqlAsync(
            $"INSERT INTO contacts (customer_id, contact_key, email, language, created_at, updated_at) VALUES ({customer.Value}, {answers.Key}, {answers.Email}, {answers.Language}, {at}, {at}) ON CONFLICT (customer_id, contact_key) DO NOTHING",
            ct
        );
        return (await db.Of<Contact>(customer).SingleAsync(c => c.ContactKey == answers.Key, ct), added > 0);
    }

    /// <summary>Gives the contact what its owner typed; what was not asked or not answered stays.</summary>
    public static void Apply(Contact contact, SignUpAnswers answers, DateTimeOffset now)
    {
        contact.Email ??= answers.Email;
        contact.FirstName = answers.FirstName ?? contact.FirstName;
        contact.LastName = answers.LastName ?? contact.LastName;
        contact.Phone = answers.Phone ?? contact.Phone;
        contact.Language = answers.Language ?? contact.Language;
        contact.Attributes = Merge(contact.Attributes, answers.Attributes);
        if (answers.Tracking)
            (contact.TrackingConsent, contact.TrackingConsentAt) = (TrackingConsent.Granted, now);
        contact.UpdatedAt = now;
    }

    private static string? Merge(string? known, string? given)
    {
        if (given is null || known is null)
            return given ?? known;
        var merged = System.Text.Json.Nodes.JsonNode.Parse(known)!.AsObject();
        foreach (var (name, value) in System.Text.Json.Nodes.JsonNode.Parse(given)!.AsObject())
            merged[name] = value?.DeepClone();
        return merged.ToJsonString(FormJson.Options);
    }
}
