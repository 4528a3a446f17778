using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>What of a campaign came back so far, from its rollups.</summary>
internal sealed record BreakerFigures(long Attempts, long Complaints, long Bounces, long Refusals)
{
    /// <summary>Number of Delivery.Rules.FailureCause.Content, which lies above this module.</summary>
    public const int ContentCause = 5;

    public static async Task<BreakerFigures> ReadAsync(CampaignId campaign, EstafetteDb db, CancellationToken ct) =>
        (
            await db
                .Database.SqlQuery<BreakerFigures>(
                    $"""
                    SELECT CAST(coalesce(sum(CASE WHEN metric = {(int)Metric.Attempted} THEN count END), 0) AS bigint) AS "Attempts",
                      CAST(coalesce(sum(CASE WHEN metric = {(int)Metric.Complained} THEN count END), 0) AS bigint) AS "Complaints",
                      CAST(coalesce(sum(CASE WHEN metric = {(int)Metric.HardBounced} THEN count END), 0) AS bigint) AS "Bounces",
                      CAST(coalesce(sum(CASE WHEN metric = {(int)
                        Metric.FailureCause} AND dimension = {ContentCause} THEN count END), 0) AS bigint) AS "Refusals"
                    FROM rollups WHERE campaign_id = {campaign.Value}
                    """
                )
                .ToListAsync(ct)
        )[0];
}
