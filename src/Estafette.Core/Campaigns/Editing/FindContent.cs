using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Messages;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>Finds the owner of a content, always with its customer. A new kind of owner is a new line here and nothing else.</summary>
internal static class FindContent
{
    public static async Task<FoundContent?> RunAsync(CustomerId customer, ContentTarget target, EstafetteDb db, CancellationToken ct)
    {
        var head = await EditContent.HeadAsync(customer, target, db, ct);
        switch (target)
        {
            case { Kind: ContentOwner.Template, Variant: 0 }:
                var templateId = new TemplateId(target.Id);
                return await db.Of<Template>(customer).SingleOrDefaultAsync(t => t.Id == templateId, ct) is { } template
                    ? new FoundContent(target, template, head, true, $"template {target.Id} {template.Name}")
                    : null;
            case { Kind: ContentOwner.Campaign, Variant: 0 }:
                var campaignId = new CampaignId(target.Id);
                return await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == campaignId, ct) is { } campaign
                    ? new FoundContent(target, campaign, head, campaign.IsContentEditable, $"campaign {target.Id} {campaign.Name}")
                    : null;
            case { Kind: ContentOwner.Campaign, Variant: > 1 and <= AbTest.MaxVariants }:
                return await VariantAsync(customer, target, head, db, ct);
            default:
                return null;
        }
    }

    /// <summary>The content of a variant, which is the campaign's until it has one of its own; the campaign's row is written with it, so that a launch in the same moment is noticed.</summary>
    private static async Task<FoundContent?> VariantAsync(
        CustomerId customer,
        ContentTarget target,
        ContentHead? head,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var (id, number) = (new CampaignId(target.Id), (short)target.Variant);
        if (
            await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign
            || await db.Of<Variant>(customer).SingleOrDefaultAsync(v => v.CampaignId == id && v.Number == number, ct) is not { } variant
        )
            return null;
        db.Entry(campaign).Property(c => c.UpdatedAt).IsModified = true;
        var label = $"campaign {target.Id} {campaign.Name} {Variant.Letter(number)}";
        return new FoundContent(target, new VariantContent(variant, campaign), head, campaign.IsContentEditable, label);
    }
}

/// <summary>Reads a content with what is needed to go on writing it.</summary>
public static class ShowContent
{
    /// <returns>Null when the customer has no such content.</returns>
    public static async Task<ContentState?> RunAsync(CustomerId customer, ContentTarget target, EstafetteDb db, CancellationToken ct) =>
        (await FindContent.RunAsync(customer, target, db, ct))?.State;
}
