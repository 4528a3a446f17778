using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Attachments;

/// <summary>Takes a file off a campaign that was not started.</summary>
public static class RemoveAttachment
{
    public static async Task<CampaignOutcome> RunAsync(
        Actor actor,
        CampaignId campaignId,
        long id,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var (customer, now) = (actor.Customer, clock.GetUtcNow());
        await using var write = await db.BeginWriteAsync(ct);
        var attachment = await db.Of<CampaignAttachment>(customer).SingleOrDefaultAsync(a => a.Id == id && a.CampaignId == campaignId, ct);
        if (attachment is null || await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == campaignId, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        await db.Entry(campaign).ReloadAsync(ct);
        if (!campaign.IsEditable)
            return new CampaignOutcome.WrongStatus(campaign.Status);
        db.Remove(attachment);
        campaign.Touch(now);
        db.Add(actor, "campaign.detached", $"campaign {campaignId} {campaign.Name}", now, attachment.Filename);
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear();
            return CampaignOutcome.Changed.Instance;
        }
        await write.CommitAsync(ct);
        return CampaignOutcome.Done.Instance;
    }
}
