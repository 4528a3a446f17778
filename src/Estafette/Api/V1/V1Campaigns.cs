using Estafette.Core.Campaigns;
using Estafette.Core.Platform;

namespace Estafette.Api.V1;

/// <summary>The campaigns v1 shows.</summary>
internal static class V1Campaigns
{
    public static IQueryable<Campaign> Of(CustomerId customer, EstafetteDb db) =>
        db.Of<Campaign>(customer).Where(c => c.Kind == CampaignKind.Ordinary);
}
