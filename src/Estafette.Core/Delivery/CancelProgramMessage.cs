using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery;

/// <summary>How a wish to hold a message back ended.</summary>
public enum CancelMessageOutcome
{
    /// <summary>It will not leave.</summary>
    Cancelled,

    /// <summary>The customer has no such message of a program.</summary>
    NotFound,

    /// <summary>It is on its way, or something became of it already.</summary>
    TooLate,
}

/// <summary>Takes a message of a program out of the queue while no lane has it: one that is planned for later, waits its turn or for another try.</summary>
public static class CancelProgramMessage
{
    public static async Task<CancelMessageOutcome> RunAsync(
        Actor actor,
        DeliveryId id,
        EstafetteDb db,
        WriteQueue writes,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!await ProgramMessages.Of(actor.Customer, db).AnyAsync(d => d.Id == id, ct))
            return CancelMessageOutcome.NotFound;
        var now = clock.GetUtcNow();
        var taken = await writes.RunAsync(session => TakeAsync(session, actor, id, now, ct), ct);
        return taken ? CancelMessageOutcome.Cancelled : CancelMessageOutcome.TooLate;
    }

    private static async ValueTask<bool> TakeAsync(
        WriteSession session,
        Actor actor,
        DeliveryId id,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        // A lane marks a row that it takes: whoever is first has it.
        var rows = await session
            .Prepare("DELETE FROM delivery_queue WHERE campaign_id = 0 AND delivery_id = @id AND customer_id = @customer AND epoch = 0")
            .Set("@id", id.Value)
            .Set("@customer", actor.Customer.Value)
            .ExecuteNonQueryAsync(ct);
        if (rows == 0)
            return false;
        await session
            .Prepare(
                "UPDATE deliveries SET status = @status, status_at = @now WHERE id = @id AND customer_id = @customer AND status IN (0, 3)"
            )
            .Set("@status", (short)DeliveryStatus.Cancelled)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@id", id.Value)
            .Set("@customer", actor.Customer.Value)
            .ExecuteNonQueryAsync(ct);
        await session
            .Statement("Delivery/insert-delivery-event")
            .Set("@id", id.Value)
            .Set("@customer", actor.Customer.Value)
            .Set("@at", now.ToUnixTimeMilliseconds())
            .Set("@status", (short)DeliveryStatus.Cancelled)
            .Set("@source", (short)DeliveryEventSource.User)
            .Set("@text", actor.UserName)
            .ExecuteNonQueryAsync(ct);
        await session.AuditAsync(actor, "delivery.cancelled", $"delivery {id}", now, null, ct);
        return true;
    }
}
