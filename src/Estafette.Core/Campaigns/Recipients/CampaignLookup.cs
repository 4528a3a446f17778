using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Recipients;

/// <summary>What a refusal needs to know of a campaign.</summary>
internal static class CampaignLookup
{
    /// <summary>The status of a customer's campaign; null when it has no such campaign.</summary>
    public static Task<CampaignStatus?> StatusAsync(CustomerId customer, CampaignId id, EstafetteDb db, CancellationToken ct) =>
        db.Of<Campaign>(customer).Where(c => c.Id == id).Select(c => (CampaignStatus?)c.Status).SingleOrDefaultAsync(ct);
}
