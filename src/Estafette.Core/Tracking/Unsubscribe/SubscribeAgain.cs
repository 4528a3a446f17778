using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Suppression;

namespace Estafette.Core.Tracking.Unsubscribe;

/// <summary>
/// "This was a mistake": takes back the opt-out that the same link recorded less than a day ago, and nothing else. A suppression of another
/// origin (complaint, bounce, by hand, another message) stays, so an old or forwarded message cannot subscribe anybody.
/// </summary>
internal static class SubscribeAgain
{
    /// <summary>How long after the opt-out it can be taken back.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromHours(24);

    /// <summary>True when the opt-out was taken back.</summary>
    public static Task<bool> RunAsync(PersonAction action, WriteQueue writes, TimeProvider clock, CancellationToken ct) =>
        writes.RunAsync(session => RunAsync(action, session, clock.GetUtcNow(), ct), ct);

    private static async ValueTask<bool> RunAsync(PersonAction action, WriteSession session, DateTimeOffset now, CancellationToken ct)
    {
        var recipient = await FindRecipient.RunAsync(action.Delivery, session, ct);
        if (recipient?.UnsubscribedAt is not { } unsubscribedAt || !recipient.CanSubscribeAgain(now))
            return false;
        var lifted = await session
            .Prepare(
                "DELETE FROM suppressions WHERE customer_id = @customer AND channel = @channel AND address_key = @address_key AND reason = @reason AND delivery_id = @delivery"
            )
            .Set("@customer", recipient.Customer.Value)
            .Set("@channel", (short)recipient.Channel)
            .Set("@address_key", recipient.AddressKey)
            .Set("@reason", (short)SuppressionReason.OptOut)
            .Set("@delivery", action.Delivery.Value)
            .ExecuteNonQueryAsync(ct);
        if (lifted == 0)
            return false;
        await session
            .Prepare("UPDATE deliveries SET unsubscribed_at = NULL WHERE id = @delivery")
            .Set("@delivery", action.Delivery.Value)
            .ExecuteNonQueryAsync(ct);
        var proof = await action.RecordConsentAsync(session, recipient, ConsentPurpose.Messages, granted: true, now, ct);
        if (recipient.Contact is { } contact)
            await session
                .Statement("Tracking/subscribe-contact-again")
                .Set("@contact", contact.Value)
                .Set("@customer", recipient.Customer.Value)
                .Set("@since", unsubscribedAt.ToUnixTimeMilliseconds())
                .Set("@proof", proof)
                .Set("@at", now.ToUnixTimeMilliseconds())
                .ExecuteNonQueryAsync(ct);
        var rollups = new RollupCounter();
        rollups.Add(recipient.Customer, recipient.Campaign, Metric.Unsubscribed, unsubscribedAt, count: -1);
        await rollups.WriteAsync(session, ct);
        return true;
    }
}
