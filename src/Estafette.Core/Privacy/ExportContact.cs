using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Estafette.Core.Contacts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Core.Tracking;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Privacy;

/// <summary>Writes everything that is known about a person as one JSON document (GDPR articles 15 and 20).</summary>
public static class ExportContact
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // The file is read by people; it never stands in a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>What a program gave with one message.</summary>
    private sealed record Given(long Delivery, string? Json, string? Source, string? Reference);

    /// <summary>Null when the customer has no such contact.</summary>
    public static async Task<byte[]?> RunAsync(CustomerId customer, ContactId id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        if (await ContactDetails.GetAsync(customer, id, db, ct) is not { } details)
            return null;
        var contact = details.Contact;
        var suppression = await ShowContact.SuppressionAsync(customer, contact, db, ct);
        var known = await EraseAddress.DeliveriesOf(customer, id, Channel.Email, contact.ContactKey, db).ToListAsync(ct);
        if (contact.Phone is { } phone)
            known.AddRange(await EraseAddress.DeliveriesOf(customer, id, Channel.Sms, phone, db).ToListAsync(ct));
        var about = known.ConvertAll(k => new DeliveryId(k));
        var messages = await db.Of<DeliveryRecord>(customer)
            .AsNoTracking()
            .Where(d => about.Contains(d.Id))
            .OrderBy(d => d.Id)
            .ToListAsync(ct);
        var ids = messages.ConvertAll(m => m.Id);
        var attempts = await db.Of<AttemptRecord>(customer).AsNoTracking().Where(a => ids.Contains(a.DeliveryId)).ToListAsync(ct);
        var reports = await db.Of<DeliveryEvent>(customer).AsNoTracking().Where(e => ids.Contains(e.DeliveryId)).ToListAsync(ct);
        var optional = ids.ConvertAll(i => (DeliveryId?)i);
        var events = await (
            from e in db.Of<TrackingEvent>(customer).AsNoTracking()
            where optional.Contains(e.DeliveryId)
            join a in db.Set<UserAgentText>() on e.UserAgentId equals a.Id into agents
            from a in agents.DefaultIfEmpty()
            orderby e.Id
            select new { Event = e, UserAgent = (string?)a.Text }
        ).ToListAsync(ct);
        var owner = customer.Value;
        var values = await db
            .Database.SqlQuery<Given>(
                $"""
                SELECT delivery_id AS "Delivery", properties AS "Json", source_type AS "Source", source_ref AS "Reference" FROM recipient_data WHERE customer_id = {owner}
                UNION ALL
                SELECT delivery_id, merge_data, NULL, NULL FROM single_messages WHERE customer_id = {owner} AND merge_data IS NOT NULL
                UNION ALL
                SELECT delivery_id, custom_args, NULL, NULL FROM accepted_letters WHERE customer_id = {owner} AND custom_args IS NOT NULL
                """
            )
            .Where(g => known.Contains(g.Delivery))
            .ToListAsync(ct);
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                exportedAt = clock.GetUtcNow(),
                contact = new
                {
                    id = contact.Id.Value,
                    contact.Email,
                    contact.Phone,
                    contact.FirstName,
                    contact.LastName,
                    contact.Language,
                    attributes = contact.Attributes is { } json ? JsonNode.Parse(json) : null,
                    contact.TrackingConsent,
                    contact.TrackingConsentAt,
                    lastActivityDay = contact.LastOpenDay is { } day ? new DateOnly(1970, 1, 1).AddDays(day) : (DateOnly?)null,
                    contact.CreatedAt,
                    contact.UpdatedAt,
                },
                suppression = suppression is null
                    ? null
                    : new
                    {
                        suppression.Channel,
                        suppression.Reason,
                        suppression.Origin,
                        suppression.Evidence,
                        suppression.CreatedAt,
                    },
                subscriptions = details.Subscriptions.Select(s => new
                {
                    list = s.ListName,
                    s.Status,
                    s.Source,
                    s.CreatedAt,
                    s.ChangedAt,
                    s.Provenance,
                    s.LegalBasis,
                    s.Wording,
                }),
                consents = details.Consents.Select(c => new
                {
                    c.Purpose,
                    c.Granted,
                    list = c.List?.Value,
                    listName = c.ListName,
                    c.Wording,
                    c.Source,
                    c.At,
                    file = c.FileName,
                    c.Provenance,
                    c.LegalBasis,
                    c.Ip,
                    c.UserAgent,
                    c.Operator,
                }),
                messages = messages.Select(m => new
                {
                    id = m.Id.Value,
                    campaign = m.CampaignId?.Value,
                    m.Channel,
                    m.Address,
                    m.Status,
                    m.Reason,
                    m.Tracking,
                    m.CreatedAt,
                    m.SentAt,
                    m.OpenedAt,
                    m.ClickedAt,
                    m.UnsubscribedAt,
                    m.ComplainedAt,
                    values = values
                        .Where(g => g.Delivery == m.Id.Value)
                        .Select(g => new
                        {
                            values = g.Json is { } said ? JsonNode.Parse(said) : null,
                            g.Source,
                            g.Reference,
                        }),
                    attempts = attempts
                        .Where(a => a.DeliveryId == m.Id)
                        .OrderBy(a => a.Attempt)
                        .Select(a => new
                        {
                            a.StartedAt,
                            a.Outcome,
                            a.Code,
                            a.Text,
                        }),
                    reports = reports
                        .Where(e => e.DeliveryId == m.Id)
                        .Select(e => new
                        {
                            e.At,
                            e.Status,
                            e.Text,
                        }),
                    events = events
                        .Where(e => e.Event.DeliveryId == m.Id)
                        .Select(e => new
                        {
                            e.Event.Kind,
                            e.Event.At,
                            e.Event.LinkNo,
                            e.Event.Machine,
                            e.Event.Ip,
                            e.UserAgent,
                        }),
                }),
            },
            Json
        );
    }
}
