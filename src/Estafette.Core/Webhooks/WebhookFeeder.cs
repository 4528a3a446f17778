using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Webhooks;

/// <summary>
/// Turns what happened into calls: reads the feed, groups its events by webhook, and stores the calls in the transaction that takes the facts out of the
/// feed. A crash before repeats the work, a crash after has nothing to do. There is no cursor: what commits late is read late.
/// </summary>
internal sealed class WebhookFeeder(IDbContextFactory<EstafetteDb> databases, WriteQueue writes, TrackingTokens tokens, LoopContext context)
    : BackgroundLoop(context, Signal.WebhookCalls, TimeSpan.FromSeconds(1))
{
    /// <summary>Deliveries of one pass; a body then holds some hundred kilobytes at most.</summary>
    private const int Batch = 500;
    private const int PurgeBatch = 500;
    private readonly EventJson _json = new(tokens);
    private DateTimeOffset _purgedAt;

    protected override async Task<bool> PassAsync(CancellationToken ct)
    {
        if (Clock.GetUtcNow() - _purgedAt > TimeSpan.FromMinutes(10) && await PurgeAsync(ct) < PurgeBatch)
            _purgedAt = Clock.GetUtcNow();
        return await FeedAsync(ct) >= Batch;
    }

    /// <summary>Makes calls of what is in the feed and tells how many facts were taken.</summary>
    internal async Task<int> FeedAsync(CancellationToken ct)
    {
        var rows = await ReadAsync(ct);
        if (rows.Count == 0)
            return 0;
        await tokens.EnsureLoadedAsync(ct);
        var customers = rows.Select(r => r.Customer).Distinct().ToList();
        await using var db = await databases.CreateDbContextAsync(ct);
        var webhooks = await db.Set<Webhook>().AsNoTracking().Where(w => w.Active && customers.Contains(w.CustomerId)).ToListAsync(ct);
        var now = Clock.GetUtcNow();
        var taken = await writes.RunAsync(session => StoreAsync(session, rows, webhooks, now, ct), ct);
        Signals.Ring(Signal.WebhookCalls);
        return taken;
    }

    private async Task<List<FeedRow>> ReadAsync(CancellationToken ct)
    {
        await using var connection = await writes.Store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = writes.Store.Sql("Webhooks/find-feed");
        command.Set("@count", Batch);
        var rows = new List<FeedRow>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows.Add(FeedRow.Read(reader));
        return rows;
    }

    private async ValueTask<int> StoreAsync(
        WriteSession session,
        List<FeedRow> rows,
        List<Webhook> webhooks,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var taken = new HashSet<long>();
        await using (
            var reader = await session
                .Statement("Webhooks/take-feed")
                .Set("@ids", ClaimDeliveries.IdList(session.Store.Kind, rows.Select(r => r.Id)))
                .ExecuteReaderAsync(ct)
        )
            while (await reader.ReadAsync(ct))
                taken.Add(reader.GetInt64(0));
        foreach (var group in rows.Where(r => taken.Contains(r.Id)).GroupBy(r => r.Customer))
        {
            // A first try and its end can be written in either order.
            var events = group.OrderBy(r => r.Kind == FeedKind.Attempt ? 0 : 1).SelectMany(_json.Of).ToList();
            foreach (var webhook in webhooks.Where(w => w.CustomerId == group.Key))
                await QueueAsync(session, webhook, [.. events.Where(e => webhook.Wants(e.Name)).Select(e => e.Json)], now, ct);
        }
        return taken.Count;
    }

    private static async ValueTask QueueAsync(
        WriteSession session,
        Webhook webhook,
        IReadOnlyList<string> events,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (events.Count == 0)
            return;
        await session
            .Statement("Webhooks/insert-call")
            .Set("@customer", webhook.CustomerId.Value)
            .Set("@webhook", webhook.Id)
            .Set("@payload", $"[{string.Join(',', events)}]")
            .Set("@events", events.Count)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
    }

    private async Task<int> PurgeAsync(CancellationToken ct) =>
        await writes.RunAsync(
            async session =>
                await session
                    .Statement("Webhooks/purge-calls")
                    .Set("@oldest", (Clock.GetUtcNow() - WebhookLog.Kept).ToUnixTimeMilliseconds())
                    .Set("@count", PurgeBatch)
                    .ExecuteNonQueryAsync(ct),
            ct
        );
}
