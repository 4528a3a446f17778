using Estafette.Core.Accounts;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Messages.Gallery;
using Estafette.Core.Platform;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>Creates a campaign whose content is a template of the gallery.</summary>
public static class StartFromGallery
{
    public static async Task<CampaignId> RunAsync(
        Actor actor,
        GalleryTemplate from,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var id = (await CreateCampaign.RunAsync(actor.Customer, new NewCampaign(from.Name, null, actor.UserName), db, clock, ct))!.Value;
        var target = new ContentTarget(ContentOwner.Campaign, id.Value);
        var state = (await ShowContent.RunAsync(actor.Customer, target, db, ct))!;
        var save = new ContentSave(state.Version, ContentMode.Visual)
        {
            Subject = from.Subject,
            Preheader = from.Preheader,
            Mjml = from.Mjml,
            Html = from.Html,
        };
        await SaveContent.RunAsync(actor, target, save, db, clock, ct);
        return id;
    }
}
