using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery;

/// <summary>What a message of a program says, as far as a list shows it.</summary>
public sealed record ProgramMessageHead(long Delivery, string Subject, string FromEmail, string? FromName, short Kind, long? Due);

/// <summary>
/// The messages that a customer's programs handed over one by one: by the API or by SMTP. Tests and the product's own mail (passwords, notices) are
/// none of them.
/// </summary>
public static class ProgramMessages
{
    /// <summary>Their ledger rows.</summary>
    public static IQueryable<DeliveryRecord> Of(CustomerId customer, EstafetteDb db) =>
        db.Set<DeliveryRecord>()
            .FromSql(
                $"""
                SELECT d.* FROM single_messages s JOIN deliveries d ON d.id = s.delivery_id
                WHERE s.customer_id = {customer.Value} AND s.kind IN (3, 4, 5)
                """
            );

    /// <summary>Subject, sender and the time before which it waits; by delivery.</summary>
    public static async Task<IReadOnlyDictionary<DeliveryId, ProgramMessageHead>> HeadsAsync(
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
            .Database.SqlQuery<ProgramMessageHead>(
                $"""
                SELECT s.delivery_id AS "Delivery", coalesce(c.subject, '') AS "Subject", s.from_email AS "FromEmail", s.from_name AS "FromName", s.kind AS "Kind",
                  q.due_at AS "Due"
                FROM single_messages s LEFT JOIN contents c ON c.id = s.content_id
                LEFT JOIN delivery_queue q ON q.campaign_id = 0 AND q.delivery_id = s.delivery_id AND q.epoch = 0
                WHERE s.customer_id = {customer.Value}
                """
            )
            .Where(h => wanted.Contains(h.Delivery))
            .ToListAsync(ct);
        return heads.ToDictionary(h => new DeliveryId(h.Delivery));
    }
}
