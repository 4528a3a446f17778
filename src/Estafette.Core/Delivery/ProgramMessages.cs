using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery;

/// <summary>What a message of a program says, as far as a list shows it.</summary>
internal sealed record ProgramMessageHead(string Subject, string FromEmail, string? FromName, SingleMessageKind Kind, DateTimeOffset? Due);

/// <summary>
/// The messages that a customer's programs handed over one by one: by the API or by SMTP. Tests and the product's own mail (passwords, notices) are
/// none of them.
/// </summary>
public static class ProgramMessages
{
    /// <summary>Their ledger rows.</summary>
    /// <remarks>
    /// The id is that of the message's own row, so that an order by it is the order of the index; and the campaign is named, so that an address is
    /// looked up among those outside campaigns.
    /// </remarks>
    public static IQueryable<DeliveryRecord> Of(CustomerId customer, EstafetteDb db) =>
        db.Set<DeliveryRecord>()
            .FromSql(
                $"""
                SELECT s.delivery_id AS id, d.customer_id, d.campaign_id, d.contact_id, d.channel, d.address, d.address_key, d.status, d.reason, d.tracking,
                  d.attempts, d.variant, d.content_id, d.server_id, d.created_at, d.status_at, d.sent_at, d.provider_id, d.opened_at, d.clicked_at,
                  d.unsubscribed_at, d.complained_at
                FROM single_messages s JOIN deliveries d ON d.id = s.delivery_id AND d.campaign_id IS NULL
                WHERE s.customer_id = {customer.Value} AND s.kind IN (3, 4, 5)
                """
            );

    /// <summary>Subject, sender and the time before which it waits; by delivery.</summary>
    internal static async Task<IReadOnlyDictionary<DeliveryId, ProgramMessageHead>> HeadsAsync(
        CustomerId customer,
        IReadOnlyCollection<DeliveryId> ids,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var wanted = ids.Select(i => i.Value).ToList();
        if (wanted.Count == 0)
            return new Dictionary<DeliveryId, ProgramMessageHead>();
        var heads = await db
            .Database.SqlQuery<Head>(
                $"""
                SELECT s.delivery_id AS "Delivery", coalesce(c.subject, '') AS "Subject", s.from_email AS "FromEmail", s.from_name AS "FromName",
                  s.kind AS "Kind"
                FROM single_messages s LEFT JOIN contents c ON c.id = s.content_id
                WHERE s.customer_id = {customer.Value} AND s.kind IN (3, 4, 5)
                """
            )
            .Where(h => wanted.Contains(h.Delivery))
            .ToListAsync(ct);
        // One walk over what waits outside campaigns, and not one for each message: the queue is in the order of time.
        var dues = await db
            .Database.SqlQuery<Waiting>(
                $"""
                SELECT delivery_id AS "Delivery", due_at AS "Due" FROM delivery_queue
                WHERE campaign_id = 0 AND customer_id = {customer.Value} AND epoch = 0
                """
            )
            .Where(w => wanted.Contains(w.Delivery))
            .ToDictionaryAsync(w => w.Delivery, w => w.Due, ct);
        return heads.ToDictionary(
            h => new DeliveryId(h.Delivery),
            h => new ProgramMessageHead(
                h.Subject,
                h.FromEmail,
                h.FromName,
                (SingleMessageKind)h.Kind,
                dues.TryGetValue(h.Delivery, out var due) ? DateTimeOffset.FromUnixTimeMilliseconds(due) : null
            )
        );
    }

    private sealed record Head(long Delivery, string Subject, string FromEmail, string? FromName, short Kind);

    private sealed record Waiting(long Delivery, long Due);
}
