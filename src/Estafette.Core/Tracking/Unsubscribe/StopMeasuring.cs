using Estafette.Core.Contacts;
using Estafette.Core.Platform;

namespace Estafette.Core.Tracking.Unsubscribe;

/// <summary>
/// Withdraws the consent to individual measurement. From then on nothing is recorded of the person, by messages already sent neither: their
/// URLs go on answering the same (interfaces.md §7.4, D-91).
/// </summary>
internal static class StopMeasuring
{
    /// <summary>False when there is no contact to record it for; repeats change nothing.</summary>
    public static Task<bool> RunAsync(PersonAction action, WriteQueue writes, TimeProvider clock, CancellationToken ct) =>
        writes.RunAsync(session => RunAsync(action, session, clock.GetUtcNow(), ct), ct);

    private static async ValueTask<bool> RunAsync(PersonAction action, WriteSession session, DateTimeOffset now, CancellationToken ct)
    {
        if (await FindRecipient.RunAsync(action.Delivery, session, ct) is not { Contact: { } contact } recipient)
            return false;
        var changed = await session
            .Prepare(
                "UPDATE contacts SET tracking_consent = @refused, tracking_consent_at = @at, updated_at = @at WHERE id = @contact AND customer_id = @customer AND tracking_consent <> @refused"
            )
            .Set("@refused", (short)TrackingConsent.Refused)
            .Set("@at", now.ToUnixTimeMilliseconds())
            .Set("@contact", contact.Value)
            .Set("@customer", recipient.Customer.Value)
            .ExecuteNonQueryAsync(ct);
        if (changed > 0)
            await action.RecordConsentAsync(session, recipient, ConsentPurpose.Tracking, granted: false, now, ct);
        return true;
    }
}
