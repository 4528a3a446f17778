using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Variants;

/// <summary>Makes one variant the one that the rest of the audience gets, once.</summary>
public static class DecideVariant
{
    /// <summary>A person chooses, also before the time has come or instead of the automatic choice.</summary>
    public static Task<CampaignOutcome> ChooseAsync(
        Actor actor,
        CampaignId id,
        int number,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    ) => RunAsync(actor, id, number, Verdict.Chosen, db, signals, clock, ct);

    /// <summary>
    /// Stores the choice and raises the campaign's version, so that the lanes read it before the rest becomes due. A second decision changes nothing: who
    /// comes late is told that the campaign changed.
    /// </summary>
    internal static async Task<CampaignOutcome> RunAsync(
        Actor actor,
        CampaignId id,
        int number,
        Verdict verdict,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using (var write = await db.BeginWriteAsync(ct))
        {
            var campaign = await db.Of<Campaign>(actor.Customer).SingleOrDefaultAsync(c => c.Id == id, ct);
            var test = await db.Of<AbTest>(actor.Customer).SingleOrDefaultAsync(t => t.CampaignId == id, ct);
            if (
                campaign is null
                || test is null
                || !await db.Of<Variant>(actor.Customer).AnyAsync(v => v.CampaignId == id && v.Number == number, ct)
            )
                return CampaignOutcome.NotFound.Instance;
            await db.Entry(test).ReloadAsync(ct);
            await db.Entry(campaign).ReloadAsync(ct);
            if (campaign.Status is not (CampaignStatus.Running or CampaignStatus.Paused))
                return new CampaignOutcome.WrongStatus(campaign.Status);
            if (test.Winner is not null || test.IsWholeAudience)
                return CampaignOutcome.Changed.Instance;
            var now = clock.GetUtcNow();
            (test.Winner, test.Verdict, test.DecidedAt, test.DecidedBy) = ((short)number, verdict, now, actor.UserName);
            campaign.Touch(now);
            db.Add(actor, "campaign.variant_chosen", $"campaign {id} {campaign.Name}", now, $"{Variant.Letter(number)} {verdict}");
            if (await CampaignControl.SaveAsync(campaign, db, ct) is CampaignOutcome.Changed changed)
                return changed;
            await write.CommitAsync(ct);
        }
        signals.Ring(Signal.CampaignChanged);
        return CampaignOutcome.Done.Instance;
    }
}
