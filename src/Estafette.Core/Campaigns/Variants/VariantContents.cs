using Estafette.Core.Accounts;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Variants;

/// <summary>What each variant says: the campaign with the variant's own words in their places, as a content version of its own.</summary>
internal static class VariantContents
{
    /// <summary>The content of a variant before processing.</summary>
    public static ContentSource SourceOf(Campaign campaign, Variant variant) =>
        new(
            variant.Subject ?? campaign.Subject,
            variant.Html ?? campaign.Html,
            variant.Html is null ? variant.Text ?? campaign.Text : variant.Text,
            variant.Preheader ?? campaign.Preheader
        );

    /// <summary>Faults of the variants, each with its letter.</summary>
    public static IEnumerable<CampaignProblem> Check(Campaign campaign, Customer owner, AbTest test, IReadOnlyList<Variant> variants)
    {
        foreach (var variant in variants.Where(v => v.Number > 1))
        {
            var letter = Variant.Letter(variant.Number);
            var own = test.Kind switch
            {
                VariantKind.Subject => variant.Subject,
                VariantKind.FromName => variant.FromName,
                _ => variant.Html ?? variant.Text,
            };
            if (own is null)
                yield return new("variants.empty", "variants", true, $"Variant {letter} says nothing of its own yet.", letter);
            else if (CampaignContent.Process(SourceOf(campaign, variant), owner).Content is null)
                yield return new("variants.content", "variants", true, $"Variant {letter} cannot be made into a message.", letter);
        }
    }

    /// <summary>Stores the version of each variant that goes out from now on. Variant A is the campaign's own.</summary>
    public static async Task StoreAsync(
        Campaign campaign,
        Customer owner,
        ContentId own,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var variants = await db.Of<Variant>(campaign.CustomerId)
            .Where(v => v.CampaignId == campaign.Id)
            .OrderBy(v => v.Number)
            .ToListAsync(ct);
        foreach (var variant in variants)
        {
            if (variant.Number == 1)
            {
                variant.ContentId = own;
                continue;
            }
            var source = SourceOf(campaign, variant);
            var (content, _) = CampaignContent.Process(source, owner);
            if (content is not null)
                variant.ContentId = await CampaignContent.StoreAsync(db, campaign, source, content, now, ct);
        }
    }
}
