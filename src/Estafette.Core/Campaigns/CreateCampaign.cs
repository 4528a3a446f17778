using Estafette.Core.Deliverability;
using Estafette.Core.Messages;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>A new campaign.</summary>
/// <param name="Template">Its content starts as a copy of this template.</param>
public sealed record NewCampaign(string Name, TemplateId? Template = null, string? CreatedBy = null);

/// <summary>Creates a draft; the customer's only sender identity, if there is one, becomes its sender.</summary>
public static class CreateCampaign
{
    public const int MaxNameLength = 200;

    /// <returns>Null when the template is not the customer's.</returns>
    public static async Task<CampaignId?> RunAsync(
        CustomerId customer,
        NewCampaign request,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var template = request.Template is { } id
            ? await db.Of<Template>(customer).AsNoTracking().SingleOrDefaultAsync(t => t.Id == id, ct)
            : null;
        if (request.Template is not null && template is null)
            return null;
        var name = request.Name.Trim();
        var campaign = new Campaign(customer, name.Length > MaxNameLength ? name[..MaxNameLength] : name, clock.GetUtcNow())
        {
            CreatedBy = request.CreatedBy,
            Subject = template?.Subject ?? "",
            Preheader = template?.Preheader,
            Html = template?.Html,
            Text = template?.Text,
        };
        var senders = await db.Of<SenderIdentity>(customer).AsNoTracking().OrderBy(s => s.Id).Take(1).ToListAsync(ct);
        if (senders is [var sender])
            (campaign.FromEmail, campaign.FromName, campaign.ReplyTo) = (sender.Email, sender.Name, sender.ReplyTo);
        db.Add(campaign);
        await db.SaveChangesAsync(ct);
        if (template is null)
            return campaign.Id;
        await CopyContent.RunAsync(
            customer,
            new ContentTarget(ContentOwner.Template, template.Id.Value),
            new ContentTarget(ContentOwner.Campaign, campaign.Id.Value),
            request.CreatedBy,
            db,
            clock.GetUtcNow(),
            ct
        );
        await db.SaveChangesAsync(ct);
        return campaign.Id;
    }
}
