using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery;

/// <summary>
/// Puts back into the queue what failed for a reason that may have passed: soft bounces, rejections, expired ones and, when asked, messages in doubt. Addresses that
/// do not exist and suppressed ones stay out. Earlier attempts are kept; the figures of the old outcome are taken back.
/// </summary>
public static class RetryFailed
{
    /// <returns>How many were queued again; null when the customer has no such campaign or it is cancelled or not launched.</returns>
    public static async Task<long?> RunAsync(
        CustomerId customer,
        CampaignId id,
        bool inDoubtToo,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (
            await db.Of<Campaign>(customer).Where(c => c.Id == id).Select(c => (CampaignStatus?)c.Status).SingleOrDefaultAsync(ct)
            is not { } status
        )
            return null;
        if (status is not (CampaignStatus.Running or CampaignStatus.Paused or CampaignStatus.Finished))
            return null;
        var count = await writes.RunAsync(session => RequeueAsync(session, customer, id, inDoubtToo, clock.GetUtcNow(), ct), ct);
        signals.Ring(Signal.CampaignChanged);
        return count;
    }

    private static async ValueTask<long> RequeueAsync(
        WriteSession session,
        CustomerId customer,
        CampaignId id,
        bool inDoubtToo,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var doubt = inDoubtToo ? (short)DeliveryStatus.InDoubt : (short)-1;
        var counter = new RollupCounter();
        var counts = session
            .Statement("Delivery/count-retryable")
            .Set("@campaign", id.Value)
            .Set("@customer", customer.Value)
            .Set("@doubt", doubt);
        await using (var reader = await counts.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                if (MetricOf((DeliveryStatus)reader.GetInt16(0)) is { } metric)
                {
                    var count = reader.GetInt64(3);
                    counter.Add(customer, id, metric, DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(1) * 3600), count: -count);
                    if (metric is Metric.SoftBounced or Metric.HardBounced or Metric.Expired)
                        counter.AddDomain(customer, id, Metric.DomainBounced, reader.GetString(2), -count);
                }
        await counter.WriteAsync(session, ct);
        await session
            .Statement("Delivery/queue-retryable")
            .Set("@campaign", id.Value)
            .Set("@customer", customer.Value)
            .Set("@doubt", doubt)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        var queued = await session
            .Statement("Delivery/reset-retryable")
            .Set("@campaign", id.Value)
            .Set("@customer", customer.Value)
            .Set("@doubt", doubt)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        // In the same transaction: a campaign that runs without rows would be finished at once.
        if (queued > 0)
            await session
                .Statement("Delivery/reopen-campaign")
                .Set("@campaign", id.Value)
                .Set("@customer", customer.Value)
                .Set("@now", now.ToUnixTimeMilliseconds())
                .ExecuteNonQueryAsync(ct);
        return queued;
    }

    private static Metric? MetricOf(DeliveryStatus status) =>
        status switch
        {
            DeliveryStatus.SoftBounced => Metric.SoftBounced,
            DeliveryStatus.Rejected => Metric.Rejected,
            DeliveryStatus.Expired => Metric.Expired,
            _ => null,
        };
}
