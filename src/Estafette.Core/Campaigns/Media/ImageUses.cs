using Estafette.Core.Messages;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Media;

/// <summary>A template or campaign whose content shows an image.</summary>
/// <param name="IsSending">A campaign that is sending or waiting to: its image cannot be deleted.</param>
public sealed record ImageUse(ContentOwner Kind, long Id, string Name, bool IsSending);

/// <summary>Finds where an image is shown, by its address in the html.</summary>
public static class ImageUses
{
    public static async Task<IReadOnlyList<ImageUse>> RunAsync(CustomerId customer, string file, EstafetteDb db, CancellationToken ct)
    {
        var url = MediaUrls.Of(file);
        var templates = await db.Of<Template>(customer)
            .Where(t => t.Html.Contains(url))
            .OrderBy(t => t.Name)
            .Select(t => new ImageUse(ContentOwner.Template, t.Id.Value, t.Name, false))
            .ToListAsync(ct);
        var campaigns = await db.Of<Campaign>(customer)
            .Where(c => c.Html != null && c.Html.Contains(url))
            .OrderByDescending(c => c.Id)
            .Select(c => new
            {
                c.Id,
                c.Name,
                c.Status,
            })
            .ToListAsync(ct);
        return
        [
            .. templates,
            .. campaigns.Select(c => new ImageUse(
                ContentOwner.Campaign,
                c.Id.Value,
                c.Name,
                c.Status is CampaignStatus.Running or CampaignStatus.Paused or CampaignStatus.Scheduled
            )),
        ];
    }

    /// <summary>Shows another file wherever the content may still change; what was sent keeps what it showed.</summary>
    internal static async Task ExchangeAsync(CustomerId customer, string before, string after, EstafetteDb db, CancellationToken ct)
    {
        var (old, next) = (MediaUrls.Of(before), MediaUrls.Of(after));
        foreach (var template in await db.Of<Template>(customer).Where(t => t.Html.Contains(old)).ToListAsync(ct))
            await ExchangeAsync(customer, new(ContentOwner.Template, template.Id.Value), template, old, next, db, ct);
        var campaigns = await db.Of<Campaign>(customer)
            .Where(c => c.Html != null && c.Html.Contains(old) && c.Status <= CampaignStatus.Scheduled)
            .ToListAsync(ct);
        foreach (var campaign in campaigns)
            await ExchangeAsync(customer, new(ContentOwner.Campaign, campaign.Id.Value), campaign, old, next, db, ct);
        await db.SaveChangesAsync(ct);
    }

    private static async Task ExchangeAsync(
        CustomerId customer,
        ContentTarget target,
        IContentHolder holder,
        string old,
        string next,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var before = holder.Html;
        holder.Html = before?.Replace(old, next, StringComparison.Ordinal);
        if (await EditContent.HeadAsync(customer, target, db, ct) is { } head)
            head.Exchange(old, next, before, holder.Html);
    }
}
