using Estafette.Core.Campaigns.Recipients;
using Estafette.Core.Platform;

namespace Estafette.Core.Campaigns;

/// <summary>Deletes a campaign of which nothing left, with everything that belongs to it.</summary>
public static class DeleteCampaign
{
    // Each table by its campaign; links before the contents they belong to, the campaign last.
    private static readonly string[] Statements =
    [
        "DELETE FROM recipient_data WHERE delivery_id IN (SELECT id FROM deliveries WHERE campaign_id = @campaign)",
        "DELETE FROM deliveries WHERE campaign_id = @campaign",
        "DELETE FROM ab_tests WHERE campaign_id = @campaign",
        "DELETE FROM variants WHERE campaign_id = @campaign",
        "DELETE FROM approvals WHERE campaign_id = @campaign",
        "DELETE FROM campaign_edits WHERE campaign_id = @campaign",
        "DELETE FROM campaign_lists WHERE campaign_id = @campaign",
        "DELETE FROM campaign_segments WHERE campaign_id = @campaign",
        "DELETE FROM campaign_servers WHERE campaign_id = @campaign",
        "DELETE FROM campaign_attachments WHERE campaign_id = @campaign",
        "DELETE FROM content_checks WHERE campaign_id = @campaign",
        "DELETE FROM report_mails WHERE campaign_id = @campaign",
        "DELETE FROM report_shares WHERE campaign_id = @campaign",
        // Test messages keep the versions they showed; without the campaign nobody asks for them by it.
        "UPDATE contents SET campaign_id = NULL WHERE campaign_id = @campaign",
        "DELETE FROM campaigns WHERE id = @campaign",
    ];

    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        EstafetteDb db,
        WriteQueue writes,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var done = await writes.RunAsync(
            async session =>
            {
                var open = await session
                    .Statement("Campaigns/open-for-recipients")
                    .Set("@campaign", id.Value)
                    .Set("@customer", customer.Value)
                    .Set("@now", clock.GetUtcNow().ToUnixTimeMilliseconds())
                    .ExecuteNonQueryAsync(ct);
                if (open == 0)
                    return false;
                foreach (var statement in Statements)
                    await session.Prepare(statement).Set("@campaign", id.Value).ExecuteNonQueryAsync(ct);
                return true;
            },
            ct
        );
        if (done)
            return CampaignOutcome.Done.Instance;
        return await CampaignLookup.StatusAsync(customer, id, db, ct) is { } status
            ? new CampaignOutcome.WrongStatus(status)
            : CampaignOutcome.NotFound.Instance;
    }
}
