using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;

namespace Estafette.Core.Delivery;

/// <summary>Settles what a cancelled campaign left in the queue: each delivery becomes Cancelled, in batches, after the lanes gave it back.</summary>
internal sealed class CampaignCloser(Store store, WriteQueue writes, LoopContext context)
    : BackgroundLoop(context, Signal.CampaignChanged, TimeSpan.FromSeconds(1))
{
    private const int Batch = 2000;

    protected override async Task<bool> PassAsync(CancellationToken ct) => await CloseSomeAsync(ct) > 0;

    /// <summary>Cancels one batch and tells its size.</summary>
    internal async Task<int> CloseSomeAsync(CancellationToken ct)
    {
        if (await NextAsync(ct) is not { } campaign)
            return 0;
        return await writes.RunAsync(session => CloseAsync(session, campaign, ct), ct);
    }

    private async Task<long?> NextAsync(CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Delivery/cancelled-with-rows");
        return await command.ExecuteScalarAsync(ct) is { } found and not DBNull
            ? Convert.ToInt64(found, System.Globalization.CultureInfo.InvariantCulture)
            : null;
    }

    private async ValueTask<int> CloseAsync(WriteSession session, long campaign, CancellationToken ct)
    {
        var ids = new List<long>(Batch);
        var customer = 0L;
        var take = session.Statement("Delivery/take-cancelled").Set("@campaign", campaign).Set("@count", Batch);
        await using (var reader = await take.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
            {
                ids.Add(reader.GetInt64(0));
                customer = reader.GetInt64(1);
            }
        if (ids.Count == 0)
            return 0;
        var now = Clock.GetUtcNow();
        var changed = await session
            .Statement("Delivery/cancel-deliveries")
            .Set("@ids", ClaimDeliveries.IdList(store.Kind, ids))
            .Set("@status", (short)DeliveryStatus.Cancelled)
            .Set("@reason", (short)DeliveryReason.CampaignCancelled)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        var counter = new RollupCounter();
        counter.Add(new CustomerId(customer), new CampaignId(campaign), Metric.Cancelled, now, count: changed);
        await counter.WriteAsync(session, ct);
        return ids.Count;
    }
}
