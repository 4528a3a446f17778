using Estafette.Core.Platform;

namespace Estafette.Core.Campaigns.Recipients;

/// <summary>Takes a given address out of a campaign that was not started.</summary>
public static class RemoveRecipient
{
    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        DeliveryId recipient,
        EstafetteDb db,
        WriteQueue writes,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var removed = await writes.RunAsync(
            async session =>
            {
                var open = await session
                    .Statement("Campaigns/open-for-recipients")
                    .Set("@campaign", id.Value)
                    .Set("@customer", customer.Value)
                    .Set("@now", clock.GetUtcNow().ToUnixTimeMilliseconds())
                    .ExecuteNonQueryAsync(ct);
                if (open == 0)
                    return (int?)null;
                await session
                    .Prepare("DELETE FROM recipient_data WHERE delivery_id = @id AND customer_id = @customer")
                    .Set("@id", recipient.Value)
                    .Set("@customer", customer.Value)
                    .ExecuteNonQueryAsync(ct);
                return await session
                    .Prepare("DELETE FROM deliveries WHERE id = @id AND campaign_id = @campaign AND customer_id = @customer")
                    .Set("@id", recipient.Value)
                    .Set("@campaign", id.Value)
                    .Set("@customer", customer.Value)
                    .ExecuteNonQueryAsync(ct);
            },
            ct
        );
        if (removed is { } rows)
            return rows > 0 ? CampaignOutcome.Done.Instance : CampaignOutcome.NotFound.Instance;
        return await CampaignLookup.StatusAsync(customer, id, db, ct) is { } status
            ? new CampaignOutcome.WrongStatus(status)
            : CampaignOutcome.NotFound.Instance;
    }
}
