using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery;

/// <summary>How a wish to send one message again ended.</summary>
public enum ResendOutcome
{
    /// <summary>It is in the queue again.</summary>
    Queued,

    /// <summary>The customer has no such message of a campaign.</summary>
    NotFound,

    /// <summary>It did not fail, waits already, or its campaign is cancelled.</summary>
    WrongStatus,

    /// <summary>The address is on the suppression list: it would be left out again.</summary>
    Suppressed,
}

/// <summary>
/// Puts one failed message back into the queue, as <see cref="RetryFailed"/> does with all of a campaign: earlier attempts are kept, the figures
/// of the old outcome are taken back. What was accepted is not sent twice.
/// </summary>
public static class ResendDelivery
{
    private static readonly DeliveryStatus[] Failed =
    [
        DeliveryStatus.SoftBounced,
        DeliveryStatus.HardBounced,
        DeliveryStatus.Rejected,
        DeliveryStatus.Expired,
        DeliveryStatus.InDoubt,
    ];

    /// <summary>Whether a message of this status can be sent again.</summary>
    public static bool CanResend(DeliveryStatus status) => Failed.Contains(status);

    public static async Task<ResendOutcome> RunAsync(
        Actor actor,
        DeliveryId id,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var delivery = await db.Of<DeliveryRecord>(actor.Customer).AsNoTracking().SingleOrDefaultAsync(d => d.Id == id, ct);
        if (delivery is not { CampaignId: { } campaign })
            return ResendOutcome.NotFound;
        if (!CanResend(delivery.Status))
            return ResendOutcome.WrongStatus;
        if (
            await db.Of<Suppression.SuppressedAddress>(actor.Customer)
                .AnyAsync(s => s.Channel == delivery.Channel && s.AddressKey == delivery.AddressKey, ct)
        )
            return ResendOutcome.Suppressed;
        var now = clock.GetUtcNow();
        var queued = await writes.RunAsync(session => RequeueAsync(session, delivery, campaign, now, ct), ct);
        if (!queued)
            return ResendOutcome.WrongStatus;
        signals.Ring(Signal.CampaignChanged);
        await AuditLog.WriteAsync(actor, "delivery.resent", $"delivery {id}", db, clock, ct);
        return ResendOutcome.Queued;
    }

    /// <summary>False when the message changed meanwhile, waits already, or its campaign is over for good.</summary>
    private static async ValueTask<bool> RequeueAsync(
        WriteSession session,
        DeliveryRecord delivery,
        CampaignId campaign,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var queued = await session
            .Statement("Delivery/queue-one-again")
            .Set("@id", delivery.Id.Value)
            .Set("@customer", delivery.CustomerId.Value)
            .Set("@status", (short)delivery.Status)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        if (queued == 0)
            return false;
        await session
            .Prepare("UPDATE deliveries SET status = 0, reason = 0, status_at = @now WHERE id = @id AND customer_id = @customer")
            .Set("@id", delivery.Id.Value)
            .Set("@customer", delivery.CustomerId.Value)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        var counter = new RollupCounter();
        if (MetricOf(delivery.Status) is { } metric)
            counter.Add(delivery.CustomerId, campaign, metric, delivery.StatusAt, count: -1);
        if (delivery.Status is DeliveryStatus.SoftBounced or DeliveryStatus.HardBounced or DeliveryStatus.Expired)
            counter.AddDomain(delivery.CustomerId, campaign, Metric.DomainBounced, RollupCounter.DomainOf(delivery.AddressKey), -1);
        await counter.WriteAsync(session, ct);
        // In the same transaction: a campaign that runs without rows would be finished at once.
        await session
            .Statement("Delivery/reopen-campaign")
            .Set("@campaign", campaign.Value)
            .Set("@customer", delivery.CustomerId.Value)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        return true;
    }

    private static Metric? MetricOf(DeliveryStatus status) =>
        status switch
        {
            DeliveryStatus.SoftBounced => Metric.SoftBounced,
            DeliveryStatus.HardBounced => Metric.HardBounced,
            DeliveryStatus.Rejected => Metric.Rejected,
            DeliveryStatus.Expired => Metric.Expired,
            _ => null,
        };
}
