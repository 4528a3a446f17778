using Estafette.Core.Platform;

namespace Estafette.Core.Suppression.Bounces;

/// <summary>A failure that bears on the address without listing it at once.</summary>
/// <param name="Channel">Of the delivery.</param>
/// <param name="AddressKey">The address that failed.</param>
/// <param name="Delivery">Counted once, however often it is told.</param>
/// <param name="IsPermanent">The answer was permanent and about the recipient, or without a code.</param>
/// <param name="At">When it failed.</param>
internal sealed record CountedBounce(Channel Channel, string AddressKey, DeliveryId Delivery, bool IsPermanent, DateTimeOffset At)
{
    /// <summary>Enhanced status (RFC 3463) such as "5.2.2"; null when there was none.</summary>
    public string? Status { get; init; }
    public CampaignId? Campaign { get; init; }

    /// <summary>The far end's words, shown with the listed address.</summary>
    public string? Text { get; init; }
}

/// <summary>Notes a failure in the transaction that stores it; <see cref="BounceLister"/> judges the address afterwards.</summary>
internal static class CountBounce
{
    public static async ValueTask RunAsync(WriteSession session, CustomerId customer, CountedBounce bounce, CancellationToken ct) =>
        await session
            .Prepare(
                """
                INSERT INTO bounce_counts (customer_id, channel, address_key, is_permanent, at, delivery_id, status, campaign_id, evidence, judged)
                VALUES (@customer, @channel, @key, @permanent, @at, @delivery, @status, @campaign, @evidence, 0) ON CONFLICT (delivery_id) DO NOTHING
                """
            )
            .Set("@customer", customer.Value)
            .Set("@channel", (short)bounce.Channel)
            .Set("@key", bounce.AddressKey)
            .Set("@permanent", bounce.IsPermanent)
            .Set("@at", bounce.At.ToUnixTimeMilliseconds())
            .Set("@delivery", bounce.Delivery.Value)
            .Set("@status", bounce.Status)
            .Set("@campaign", (object?)bounce.Campaign?.Value)
            .Set("@evidence", bounce.Text)
            .ExecuteNonQueryAsync(ct);
}
