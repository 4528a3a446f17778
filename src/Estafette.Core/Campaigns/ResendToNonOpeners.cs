using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>
/// Makes a draft for those who got a campaign and did not open it: a copy with a new segment as its audience and the exclusions of the original.
/// Who that is, is read from the ledger when the draft is launched and frozen then; opens of machines are no opens, and a click is one.
/// </summary>
public static class ResendToNonOpeners
{
    /// <returns>The draft; null when the customer has no such campaign or it was never launched.</returns>
    public static async Task<CampaignId?> RunAsync(
        Actor actor,
        CampaignId id,
        string name,
        string segmentName,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var launched = await db.Of<Campaign>(actor.Customer).AnyAsync(c => c.Id == id && c.LaunchedAt != null, ct);
        if (!launched || await SegmentAsync(actor, id, segmentName, db, clock, ct) is not { } segment)
            return null;
        if (await CloneCampaign.RunAsync(actor.Customer, id, name, actor.UserName, db, clock, ct) is not { } draft)
            return null;
        var targets = await AudienceTargets.ReadAsync(actor.Customer, draft, db, ct);
        await SetCampaignTargets.RunAsync(actor.Customer, draft, targets with { Lists = [], Segments = [segment] }, db, clock, ct);
        await AuditLog.WriteAsync(actor, "campaign.resend_created", $"campaign {draft} {name}", db, clock, ct);
        return draft;
    }

    /// <summary>The segment of these people, made once for a campaign.</summary>
    private static async Task<SegmentId?> SegmentAsync(
        Actor actor,
        CampaignId id,
        string name,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var definition = new SegmentDefinition(
            new SegmentGroup(
                false,
                [
                    new SegmentCondition(SegmentSubject.Delivered, SegmentOperator.InCampaign, id.ToString()),
                    new SegmentCondition(SegmentSubject.Opened, SegmentOperator.NotInCampaign, id.ToString()),
                ]
            )
        );
        var json = definition.ToJson();
        var known = await db.Of<Segment>(actor.Customer)
            .Where(s => s.Definition == json)
            .Select(s => (SegmentId?)s.Id)
            .FirstOrDefaultAsync(ct);
        if (known is not null)
            return known;
        for (var number = 1; number < 100; number++)
        {
            var suffix = number == 1 ? "" : $" ({number})";
            var most = SaveSegment.MaxNameChars - suffix.Length;
            var saved = await SaveSegment.RunAsync(
                actor,
                null,
                new SegmentInputs((name.Length > most ? name[..most] : name) + suffix, null, definition),
                db,
                clock,
                ct
            );
            if (saved.Id is { } made)
                return made;
        }
        return null;
    }
}
