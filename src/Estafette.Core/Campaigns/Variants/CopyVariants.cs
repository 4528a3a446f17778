using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Variants;

/// <summary>Gives a copied campaign the A/B test of its source, not yet begun; the caller stores it.</summary>
internal static class CopyVariants
{
    public static async Task RunAsync(Campaign source, CampaignId copy, EstafetteDb db, CancellationToken ct)
    {
        var customer = source.CustomerId;
        if (await db.Of<AbTest>(customer).AsNoTracking().SingleOrDefaultAsync(t => t.CampaignId == source.Id, ct) is not { } test)
            return;
        db.Add(
            new AbTest
            {
                CampaignId = copy,
                CustomerId = customer,
                Kind = test.Kind,
                Share = test.Share,
                Metric = test.Metric,
                WaitMinutes = test.WaitMinutes,
                Automatic = test.Automatic,
            }
        );
        foreach (var variant in await db.Of<Variant>(customer).AsNoTracking().Where(v => v.CampaignId == source.Id).ToListAsync(ct))
            db.Add(
                new Variant
                {
                    CampaignId = copy,
                    Number = variant.Number,
                    CustomerId = customer,
                    Subject = variant.Subject,
                    Preheader = variant.Preheader,
                    FromName = variant.FromName,
                    Html = variant.Html,
                    Text = variant.Text,
                }
            );
    }
}
