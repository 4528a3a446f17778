using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Variants;

/// <summary>Saves the content of one variant of a test of contents; variant A is the campaign itself.</summary>
public static class EditVariantContent
{
    private const int MaxContent = 1024 * 1024;

    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        short number,
        string? html,
        string? text,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (number == 1)
            return await EditCampaign.RunAsync(customer, id, new CampaignEdit { Html = html ?? "", Text = text ?? "" }, db, clock, ct);
        if (await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        if (!campaign.IsContentEditable)
            return new CampaignOutcome.WrongStatus(campaign.Status);
        if (await db.Of<Variant>(customer).SingleOrDefaultAsync(v => v.CampaignId == id && v.Number == number, ct) is not { } variant)
            return CampaignOutcome.NotFound.Instance;
        if (html is { Length: > MaxContent } || text is { Length: > MaxContent })
            return new CampaignOutcome.Invalid([new("html.size", "html", true, "The content is larger than 1 MiB.")]);
        (variant.Html, variant.Text) = (Blank(html), Blank(text));
        campaign.UpdatedAt = clock.GetUtcNow();
        return await CampaignControl.SaveAsync(campaign, db, ct);
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
