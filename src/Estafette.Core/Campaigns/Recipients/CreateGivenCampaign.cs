using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Recipients;

/// <summary>Creates a campaign for a program: its recipients will be given, and every active server of the customer may send it.</summary>
public static class CreateGivenCampaign
{
    /// <param name="actor">Who creates it.</param>
    /// <param name="fields">Checked fields: name and sender are there.</param>
    /// <param name="db">The database.</param>
    /// <param name="clock">Now.</param>
    /// <param name="ct">Stops before it is stored.</param>
    public static async Task<CampaignId> RunAsync(
        Actor actor,
        CampaignEdit fields,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var campaign = new Campaign(actor.Customer, fields.Name!, clock.GetUtcNow())
        {
            CreatedBy = actor.UserName,
            TakesRecipients = true,
            FromEmail = fields.FromEmail,
            FromName = fields.FromName,
            TechContacts = fields.TechContacts is { Length: > 0 } contacts ? contacts : null,
            Owners = fields.Owners is { Length: > 0 } owners ? owners : null,
            ExternalOptOut = fields.ExternalOptOut ?? false,
            Tracking = TrackingLevel.None,
            CountsOpens = false,
            CountsClicks = false,
        };
        db.Add(campaign);
        db.Add(actor, "campaign.created", $"campaign {campaign.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await AddServersAsync(campaign, db, ct);
        await db.SaveChangesAsync(ct);
        return campaign.Id;
    }

    /// <summary>Lets every active server of the customer send a campaign that has none.</summary>
    public static async Task AddServersAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        if (await db.Of<CampaignServer>(campaign.CustomerId).AnyAsync(s => s.CampaignId == campaign.Id, ct))
            return;
        var servers = await db.Of<SendingServer>(campaign.CustomerId).Where(s => s.Active).Select(s => s.Id).ToListAsync(ct);
        foreach (var server in servers)
            db.Add(
                new CampaignServer
                {
                    CampaignId = campaign.Id,
                    ServerId = server,
                    CustomerId = campaign.CustomerId,
                }
            );
    }
}
