using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Recipients;

/// <summary>The addresses that were given to a campaign, as far as its audience is concerned.</summary>
internal static class GivenRecipients
{
    /// <summary>Whether a campaign was given anybody.</summary>
    public static async Task<bool> AnyAsync(Campaign campaign, EstafetteDb db, CancellationToken ct) =>
        campaign.TakesRecipients && await ExistsAsync(campaign.Id, db, ct);

    private static async Task<bool> ExistsAsync(CampaignId campaign, EstafetteDb db, CancellationToken ct) =>
        (
            await db
                .Database.SqlQuery<long>($"SELECT id AS \"Value\" FROM deliveries WHERE campaign_id = {campaign.Value} LIMIT 1")
                .ToListAsync(ct)
        ).Count > 0;

    /// <summary>Adds them to a counted audience, the suppressed ones by reason.</summary>
    public static async Task<Audience> AddToAsync(
        Audience audience,
        CustomerId customer,
        CampaignId campaign,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (!await db.Of<Campaign>(customer).AnyAsync(c => c.Id == campaign && c.TakesRecipients, ct))
            return audience;
        var counts = await db
            .Database.SqlQuery<ReasonCount>(
                $"""
                SELECT coalesce(10 + x.reason, 0) AS "Reason", count(*) AS "Recipients" FROM deliveries d
                LEFT JOIN suppressions x ON x.customer_id = d.customer_id AND x.channel = d.channel AND x.address_key = d.address_key
                WHERE d.campaign_id = {campaign.Value} AND d.customer_id = {customer.Value} GROUP BY x.reason
                """
            )
            .ToListAsync(ct);
        var excluded = audience.Excluded.ToDictionary(e => e.Reason, e => e.Contacts);
        foreach (var count in counts.Where(c => c.Reason != 0))
            excluded[(AudienceReason)count.Reason] = excluded.GetValueOrDefault((AudienceReason)count.Reason) + count.Recipients;
        return new Audience(
            audience.Recipients + counts.Where(c => c.Reason == 0).Sum(c => c.Recipients),
            audience.Suppressed + counts.Where(c => c.Reason != 0).Sum(c => c.Recipients)
        )
        {
            Excluded = [.. excluded.Select(e => new AudienceExclusion(e.Key, e.Value)).OrderBy(e => e.Reason)],
        };
    }

    private sealed record ReasonCount(int Reason, long Recipients);
}
