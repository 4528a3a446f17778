using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Suppression;

namespace Estafette.Core.Tracking.Unsubscribe;

/// <summary>
/// Takes a person off: the address is suppressed, the contact unsubscribed from every list of the customer, the proof kept and the campaign's
/// figure raised once. Repeats change nothing; waiting deliveries to the address are suppressed when they are claimed.
/// </summary>
internal static class UnsubscribeRecipient
{
    /// <summary>The recipient after it; null when the delivery no longer exists.</summary>
    public static Task<Recipient?> RunAsync(
        PersonAction action,
        SuppressionOrigin origin,
        WriteQueue writes,
        TimeProvider clock,
        CancellationToken ct
    ) => writes.RunAsync(session => RunAsync(action, origin, session, clock.GetUtcNow(), ct), ct);

    private static async ValueTask<Recipient?> RunAsync(
        PersonAction action,
        SuppressionOrigin origin,
        WriteSession session,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (await FindRecipient.RunAsync(action.Delivery, session, ct) is not { } recipient)
            return null;
        await SuppressAsync(action, origin, recipient, session, now, ct);
        var first = await session
            .Prepare("UPDATE deliveries SET unsubscribed_at = @at WHERE id = @delivery AND unsubscribed_at IS NULL")
            .Set("@at", now.ToUnixTimeMilliseconds())
            .Set("@delivery", action.Delivery.Value)
            .ExecuteNonQueryAsync(ct);
        if (first == 0)
            return recipient;
        var proof = await action.RecordConsentAsync(session, recipient, ConsentPurpose.Messages, granted: false, now, ct);
        if (recipient.Contact is { } contact)
            await session
                .Statement("Tracking/unsubscribe-contact")
                .Set("@contact", contact.Value)
                .Set("@customer", recipient.Customer.Value)
                .Set("@proof", proof)
                .Set("@at", now.ToUnixTimeMilliseconds())
                .ExecuteNonQueryAsync(ct);
        var rollups = new RollupCounter();
        rollups.Add(recipient.Customer, recipient.Campaign, Metric.Unsubscribed, now);
        await rollups.WriteAsync(session, ct);
        return recipient with { UnsubscribedAt = now };
    }

    private static async ValueTask SuppressAsync(
        PersonAction action,
        SuppressionOrigin origin,
        Recipient recipient,
        WriteSession session,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        await session
            .Statement("Suppression/suppress")
            .Set("@customer", recipient.Customer.Value)
            .Set("@channel", (short)recipient.Channel)
            .Set("@address_key", recipient.AddressKey)
            .Set("@reason", (short)SuppressionReason.OptOut)
            .Set("@origin", (short)origin)
            .Set("@evidence", action.Evidence(now))
            .Set("@delivery", action.Delivery.Value)
            .Set("@campaign", recipient.Campaign?.Value)
            .Set("@at", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
}
