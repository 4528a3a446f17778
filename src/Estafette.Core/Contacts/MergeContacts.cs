using System.Text.Json.Nodes;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>A field of two contacts that become one.</summary>
/// <param name="Name">Name of the field, or of the attribute when <paramref name="IsAttribute"/>.</param>
public sealed record MergedField(string Name, string? Kept, string? Other, string? Result, bool IsAttribute = false)
{
    /// <summary>A value of the other contact is lost.</summary>
    public bool IsLost => Other is not null && Other != Result;
}

/// <summary>What a merge would do.</summary>
/// <param name="Unsubscribes">Lists in which the contact that stays becomes unsubscribed, because the other one is.</param>
public sealed record MergePreview(
    Contact Kept,
    Contact Other,
    IReadOnlyList<MergedField> Fields,
    long Subscriptions,
    long Consents,
    long Messages,
    IReadOnlyList<string> Unsubscribes
);

/// <summary>
/// Makes one contact of two. The one that stays keeps its values and takes the other's where it has none; subscriptions, consent records and
/// messages move. In a list that both are in, an unsubscription wins over a confirmation, as a refusal of tracking wins over a consent.
/// </summary>
public static class MergeContacts
{
    /// <summary>Null when the customer has not both of them, or they are the same.</summary>
    public static async Task<MergePreview?> PreviewAsync(
        CustomerId customer,
        ContactId kept,
        ContactId other,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var (one, two) = (await FindAsync(customer, kept, db, ct), await FindAsync(customer, other, db, ct));
        if (one is null || two is null || kept == other)
            return null;
        var subscriptions = await db.Of<Subscription>(customer)
            .AsNoTracking()
            .Where(s => s.ContactId == kept || s.ContactId == other)
            .ToListAsync(ct);
        var lost = subscriptions
            .GroupBy(s => s.ListId)
            .Where(g =>
                g.Any(s => s.ContactId == kept && s.Status != SubscriptionStatus.Unsubscribed)
                && g.Any(s => s.ContactId == other && s.Status == SubscriptionStatus.Unsubscribed)
            )
            .Select(g => g.Key)
            .ToList();
        var messages = await db
            .Database.SqlQuery<long>($"SELECT count(*) AS \"Value\" FROM deliveries WHERE contact_id = {other.Value}")
            .ToListAsync(ct);
        return new MergePreview(
            one,
            two,
            Fields(one, two),
            subscriptions.Count(s => s.ContactId == other),
            (await ContactConsents.ListAsync(customer, two, db, ct)).Count,
            messages[0],
            await db.Of<ContactList>(customer).Where(l => lost.Contains(l.Id)).Select(l => l.Name).ToListAsync(ct)
        );
    }

    public static async Task<ChangeResult> RunAsync(
        Actor actor,
        ContactId kept,
        ContactId other,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await PreviewAsync(actor.Customer, kept, other, db, ct) is not { } preview)
            return ChangeResult.NotFound;
        var now = clock.GetUtcNow();
        await ContactConsents.KeepDeclaredAsync(actor.Customer, preview.Other, db, ct);
        await MoveSubscriptionsAsync(actor.Customer, kept, other, now, db, ct);
        await MoveHistoryAsync(actor.Customer, kept, other, db, ct);
        // Before the one that stays takes its key.
        await db.Of<Contact>(actor.Customer).Where(c => c.Id == other).ExecuteDeleteAsync(ct);
        var stays = await db.Of<Contact>(actor.Customer).SingleAsync(c => c.Id == kept, ct);
        Take(stays, preview.Other, now);
        db.Add(actor, "contact.merged", $"contact {kept}", now, $"contact {other} became part of it");
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }

    private static Task<Contact?> FindAsync(CustomerId customer, ContactId id, EstafetteDb db, CancellationToken ct) =>
        db.Of<Contact>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);

    private static async Task MoveSubscriptionsAsync(
        CustomerId customer,
        ContactId kept,
        ContactId other,
        DateTimeOffset now,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var (to, from, owner, at) = (kept.Value, other.Value, customer.Value, now.ToUnixTimeMilliseconds());
        await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE subscriptions SET changed_at = {at}, status = (
              SELECT CASE WHEN o.status > subscriptions.status THEN o.status ELSE subscriptions.status END
              FROM subscriptions o WHERE o.list_id = subscriptions.list_id AND o.contact_id = {from})
            WHERE contact_id = {to} AND customer_id = {owner}
              AND EXISTS (SELECT 1 FROM subscriptions o WHERE o.list_id = subscriptions.list_id AND o.contact_id = {from} AND o.status > subscriptions.status)
            """,
            ct
        );
        await db.Database.ExecuteSqlAsync(
            $"DELETE FROM subscriptions WHERE contact_id = {from} AND customer_id = {owner} AND list_id IN (SELECT list_id FROM subscriptions WHERE contact_id = {to})",
            ct
        );
        await db.Database.ExecuteSqlAsync(
            $"UPDATE subscriptions SET contact_id = {to} WHERE contact_id = {from} AND customer_id = {owner}",
            ct
        );
    }

    private static async Task MoveHistoryAsync(CustomerId customer, ContactId kept, ContactId other, EstafetteDb db, CancellationToken ct)
    {
        var (to, from) = (kept.Value, other.Value);
        await db.Database.ExecuteSqlAsync(
            $"UPDATE consent_records SET contact_id = {to} WHERE contact_id = {from} AND customer_id = {customer.Value}",
            ct
        );
        // Deliveries belong to a module above this one; their events hang on them.
        await db.Database.ExecuteSqlAsync($"UPDATE deliveries SET contact_id = {to} WHERE contact_id = {from}", ct);
        await db.Database.ExecuteSqlAsync($"UPDATE single_messages SET merge_contact_id = {to} WHERE merge_contact_id = {from}", ct);
    }

    private static void Take(Contact kept, Contact other, DateTimeOffset now)
    {
        if (kept.Email is null && other.Email is not null)
            (kept.Email, kept.ContactKey) = (other.Email, other.ContactKey);
        kept.Phone ??= other.Phone;
        kept.FirstName ??= other.FirstName;
        kept.LastName ??= other.LastName;
        kept.Language ??= other.Language;
        kept.Attributes = Attributes(kept.Attributes, other.Attributes);
        kept.LastOpenDay = kept.LastOpenDay is { } day && day >= (other.LastOpenDay ?? 0) ? day : other.LastOpenDay;
        if (other.TrackingConsent == TrackingConsent.Refused || kept.TrackingConsent == TrackingConsent.Unknown)
            (kept.TrackingConsent, kept.TrackingConsentAt) = (other.TrackingConsent, other.TrackingConsentAt);
        kept.UpdatedAt = now;
    }

    private static string? Attributes(string? kept, string? other)
    {
        if (kept is null || other is null)
            return kept ?? other;
        var result = JsonNode.Parse(kept)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(other)!.AsObject())
            if (!result.TryGetPropertyValue(name, out var own) || own is null)
                result[name] = value?.DeepClone();
        return result.ToJsonString();
    }

    private static List<MergedField> Fields(Contact kept, Contact other)
    {
        List<MergedField> fields =
        [
            new("email", kept.Email, other.Email, kept.Email ?? other.Email),
            new("phone", kept.Phone, other.Phone, kept.Phone ?? other.Phone),
            new("first-name", kept.FirstName, other.FirstName, kept.FirstName ?? other.FirstName),
            new("last-name", kept.LastName, other.LastName, kept.LastName ?? other.LastName),
            new("language", kept.Language, other.Language, kept.Language ?? other.Language),
        ];
        var (one, two) = (Read(kept.Attributes), Read(other.Attributes));
        var merged = Read(Attributes(kept.Attributes, other.Attributes));
        fields.AddRange(
            merged.Keys.Select(n => new MergedField(n, one.GetValueOrDefault(n), two.GetValueOrDefault(n), merged[n], IsAttribute: true))
        );
        return [.. fields.Where(f => f.Kept is not null || f.Other is not null)];
    }

    private static Dictionary<string, string?> Read(string? json) =>
        json is null ? [] : JsonNode.Parse(json)!.AsObject().ToDictionary(p => p.Key, p => p.Value?.ToString(), StringComparer.Ordinal);
}
