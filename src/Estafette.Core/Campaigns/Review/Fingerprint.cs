using System.Security.Cryptography;
using System.Text.Json;
using Estafette.Core.Campaigns.Attachments;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Review;

/// <summary>
/// A short name of everything a campaign says and does: whom, with what words, through what, when. What was read or approved holds for this fingerprint and
/// no other, whichever door changed the campaign. Its own name is not part of it: only the team sees that.
/// </summary>
internal static class Fingerprint
{
    public static async Task<string> OfAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        var (customer, id) = (campaign.CustomerId, campaign.Id);
        var lists = await db.Of<CampaignList>(customer)
            .AsNoTracking()
            .Where(l => l.CampaignId == id)
            .OrderBy(l => l.ListId)
            .ToListAsync(ct);
        var segments = await db.Of<CampaignSegment>(customer)
            .AsNoTracking()
            .Where(s => s.CampaignId == id)
            .OrderBy(s => s.SegmentId)
            .ToListAsync(ct);
        var servers = await db.Of<CampaignServer>(customer)
            .AsNoTracking()
            .Where(s => s.CampaignId == id)
            .OrderBy(s => s.ServerId)
            .ToListAsync(ct);
        var test = await db.Of<AbTest>(customer).AsNoTracking().SingleOrDefaultAsync(t => t.CampaignId == id, ct);
        var variants = await db.Of<Variant>(customer).AsNoTracking().Where(v => v.CampaignId == id).OrderBy(v => v.Number).ToListAsync(ct);
        var attachments = await AttachmentFiles.Of(customer, id, db).Select(a => a.Filename + " " + a.Hash).ToListAsync(ct);
        List<object?> all =
        [
            campaign.FromEmail,
            campaign.FromName,
            campaign.ReplyTo,
            campaign.Subject,
            campaign.Preheader,
            campaign.Html,
            campaign.Text,
            campaign.Tracking,
            campaign.MissingFields,
            campaign.FieldDefaults,
            campaign.ScheduledAt?.ToUnixTimeMilliseconds(),
            campaign.SendingDays,
            campaign.SendingFrom,
            campaign.SendingUntil,
            campaign.RecipientZones,
            lists.Select(l => new { l.ListId.Value, l.Excluded }),
            segments.Select(s => new { s.SegmentId.Value, s.Excluded }),
            servers.Select(s => new
            {
                s.ServerId.Value,
                s.Weight,
                s.FromEmail,
                s.FromName,
                s.RateCount,
                s.RateUnit,
                s.DailyMaximum,
            }),
            test is null
                ? null
                : new
                {
                    test.Kind,
                    test.Share,
                    test.Metric,
                    test.WaitMinutes,
                    test.Automatic,
                },
            variants.Select(v => new
            {
                v.Number,
                v.Subject,
                v.Preheader,
                v.FromName,
                v.Html,
                v.Text,
            }),
        ];
        // Approvals from before there were attachments stay what they are.
        if (attachments.Count > 0)
            all.Add(attachments);
        return Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(all)))[..32];
    }
}
