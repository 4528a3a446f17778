using Estafette.Core.Campaigns.Attachments;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>Makes a new draft with everything the campaign says and uses, and nothing of what it did.</summary>
public static class CloneCampaign
{
    /// <returns>Null when the customer has no such campaign.</returns>
    public static async Task<CampaignId?> RunAsync(
        CustomerId customer,
        CampaignId id,
        string name,
        string? createdBy,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } source)
            return null;
        var copy = new Campaign(customer, name.Trim(), clock.GetUtcNow())
        {
            ClonedFrom = id,
            CreatedBy = createdBy,
            FromEmail = source.FromEmail,
            FromName = source.FromName,
            ReplyTo = source.ReplyTo,
            Subject = source.Subject,
            Preheader = source.Preheader,
            Html = source.Html,
            Text = source.Text,
            Tracking = source.Tracking,
            MissingFields = source.MissingFields,
            FieldDefaults = source.FieldDefaults,
            InDoubtPolicy = source.InDoubtPolicy,
            SendingDays = source.SendingDays,
            SendingFrom = source.SendingFrom,
            SendingUntil = source.SendingUntil,
            RecipientZones = source.RecipientZones,
        };
        db.Add(copy);
        await db.SaveChangesAsync(ct);
        await CopyContent.RunAsync(
            customer,
            new ContentTarget(ContentOwner.Campaign, id.Value),
            new ContentTarget(ContentOwner.Campaign, copy.Id.Value),
            createdBy,
            db,
            clock.GetUtcNow(),
            ct
        );
        foreach (var list in await db.Of<CampaignList>(customer).AsNoTracking().Where(l => l.CampaignId == id).ToListAsync(ct))
            db.Add(
                new CampaignList
                {
                    CampaignId = copy.Id,
                    ListId = list.ListId,
                    CustomerId = customer,
                    Excluded = list.Excluded,
                }
            );
        foreach (var segment in await db.Of<CampaignSegment>(customer).AsNoTracking().Where(s => s.CampaignId == id).ToListAsync(ct))
            db.Add(
                new CampaignSegment
                {
                    CampaignId = copy.Id,
                    SegmentId = segment.SegmentId,
                    CustomerId = customer,
                    Excluded = segment.Excluded,
                }
            );
        foreach (var server in await db.Of<CampaignServer>(customer).AsNoTracking().Where(s => s.CampaignId == id).ToListAsync(ct))
            db.Add(
                new CampaignServer
                {
                    CampaignId = copy.Id,
                    ServerId = server.ServerId,
                    CustomerId = customer,
                    Weight = server.Weight,
                    FromEmail = server.FromEmail,
                    FromName = server.FromName,
                    RateCount = server.RateCount,
                    RateUnit = server.RateUnit,
                    DailyMaximum = server.DailyMaximum,
                }
            );
        await AttachmentFiles.CopyAsync(source, copy.Id, clock.GetUtcNow(), db, ct);
        await CopyVariants.RunAsync(source, copy.Id, db, ct);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return copy.Id;
    }
}
