using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Webhooks;

/// <summary>The calls of a webhook: what they said, what was answered, and the same again.</summary>
public static class WebhookLog
{
    /// <summary>How long calls are kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>Calls of one webhook, newest first.</summary>
    public static IQueryable<WebhookDelivery> Of(CustomerId customer, long webhook, EstafetteDb db) =>
        db.Of<WebhookDelivery>(customer).AsNoTracking().Where(d => d.WebhookId == webhook).OrderByDescending(d => d.Id);

    /// <summary>Queues a call that holds one event of the name "test"; null when the customer has no such webhook or it is off.</summary>
    public static async Task<WebhookDelivery?> TestAsync(
        Actor actor,
        long id,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!await db.Of<Webhook>(actor.Customer).AnyAsync(w => w.Id == id && w.Active, ct))
            return null;
        var now = clock.GetUtcNow();
        var sample = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["email"] = "test@example.org",
            ["timestamp"] = now.ToUnixTimeSeconds(),
            ["event"] = WebhookEventNames.Test,
            ["sg_event_id"] = $"test-{now.ToUnixTimeMilliseconds()}",
            ["sg_message_id"] = "test.0",
        };
        db.Add(actor, "webhook.tested", $"webhook {id}", now);
        return await QueueAsync(actor.Customer, id, JsonSerializer.Serialize(new[] { sample }), 1, null, db, signals, now, ct);
    }

    /// <summary>Queues a call again with the same body, so that the receiver knows its events by their ids; null when there is no such call.</summary>
    public static async Task<WebhookDelivery?> ReplayAsync(
        Actor actor,
        long id,
        long call,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await Of(actor.Customer, id, db).SingleOrDefaultAsync(d => d.Id == call, ct) is not { } known)
            return null;
        var now = clock.GetUtcNow();
        db.Add(actor, "webhook.replayed", $"webhook {id}", now, $"{call}");
        return await QueueAsync(actor.Customer, id, known.Payload, known.Events, known.Id, db, signals, now, ct);
    }

    private static async Task<WebhookDelivery> QueueAsync(
        CustomerId customer,
        long webhook,
        string payload,
        int events,
        long? replayOf,
        EstafetteDb db,
        Signals signals,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var call = new WebhookDelivery
        {
            CustomerId = customer,
            WebhookId = webhook,
            Payload = payload,
            Events = events,
            ReplayOf = replayOf,
            DueAt = now,
            CreatedAt = now,
        };
        db.Add(call);
        await db.SaveChangesAsync(ct);
        signals.Ring(Signal.WebhookCalls);
        return call;
    }
}
