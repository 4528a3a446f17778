using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>
/// Looks at the running campaigns and pauses one of which too much comes back: complaints, addresses that do not exist, content taken for spam. What a
/// person has seen when resuming is taken off first, so that the same figures never pause it twice; only a person resumes.
/// </summary>
internal sealed class CampaignBreaker(BreakerOptions options, IDbContextFactory<EstafetteDb> databases, LoopContext context)
    : BackgroundLoop(context, Signal.CampaignChanged, TimeSpan.FromSeconds(options.EverySeconds))
{
    protected override async Task<bool> PassAsync(CancellationToken ct)
    {
        await LookAsync(ct);
        return false;
    }

    /// <summary>One look; the number of campaigns it paused.</summary>
    internal async Task<int> LookAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var running = await (
            from campaign in db.Set<Campaign>().AsNoTracking()
            where campaign.Status == CampaignStatus.Running && campaign.Kind == CampaignKind.Ordinary
            join owner in db.Set<Customer>().AsNoTracking() on campaign.CustomerId equals owner.Id
            select new { Campaign = campaign, Owner = owner }
        ).ToListAsync(ct);
        var held = 0;
        foreach (var row in running)
        {
            var figures = await BreakerFigures.ReadAsync(row.Campaign.Id, db, ct);
            if (Judge(row.Campaign, row.Owner, figures) is { } verdict && await HoldAsync(row.Campaign, verdict, db, ct))
                held++;
        }
        return held;
    }

    private sealed record Verdict(HoldReason Reason, long Count, double Percent);

    private Verdict? Judge(Campaign campaign, Customer owner, BreakerFigures figures)
    {
        var attempts = figures.Attempts - campaign.SeenAttempts;
        if (attempts < options.LeastAttempts)
            return null;
        Verdict? Over(HoldReason reason, long count, double limit) =>
            limit > 0 && count > 0 && 100.0 * count / attempts >= limit ? new Verdict(reason, count, 100.0 * count / attempts) : null;
        return Over(
                HoldReason.Complaints,
                figures.Complaints - campaign.SeenComplaints,
                owner.BreakerComplaintPercent ?? options.ComplaintPercent
            )
            ?? Over(HoldReason.Content, figures.Refusals - campaign.SeenRefusals, owner.BreakerContentPercent ?? options.ContentPercent)
            ?? Over(HoldReason.Bounces, figures.Bounces - campaign.SeenBounces, owner.BreakerBouncePercent ?? options.BouncePercent);
    }

    private async Task<bool> HoldAsync(Campaign campaign, Verdict verdict, EstafetteDb db, CancellationToken ct)
    {
        var outcome = await CampaignControl.ChangeAsync(
            campaign.CustomerId,
            campaign.Id,
            CampaignStatus.Paused,
            db,
            Signals,
            row =>
            {
                var now = Clock.GetUtcNow();
                row.Hold(verdict.Reason, verdict.Count, verdict.Percent, now);
                db.Add(
                    new Actor(campaign.CustomerId, "estafette"),
                    "campaign.held",
                    $"campaign {campaign.Id} {campaign.Name}",
                    now,
                    string.Create(CultureInfo.InvariantCulture, $"{verdict.Reason}: {verdict.Count}, {verdict.Percent:0.00} %")
                );
            },
            ct
        );
        db.ChangeTracker.Clear();
        return outcome is CampaignOutcome.Done;
    }
}
