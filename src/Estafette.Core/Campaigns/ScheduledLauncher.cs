using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>Launches scheduled campaigns when their time has come; one that cannot be launched any more goes back to draft, with the reason in the audit log.</summary>
internal sealed class ScheduledLauncher(IDbContextFactory<EstafetteDb> databases, LoopContext context)
    : BackgroundLoop(context, Signal.CampaignChanged, TimeSpan.FromSeconds(1))
{
    private static readonly TimeSpan FurthestEast = TimeSpan.FromHours(14);

    /// <summary>From the first clock of the world to the last.</summary>
    private static readonly TimeSpan Widest = TimeSpan.FromHours(26);

    protected override async Task<bool> PassAsync(CancellationToken ct)
    {
        await LaunchDueAsync(ct);
        return false;
    }

    internal async Task LaunchDueAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var now = Clock.GetUtcNow();
        var widest = now + Widest;
        var due = await db.Set<Campaign>()
            .Where(c => c.Status == CampaignStatus.Scheduled && (c.ScheduledAt <= now || (c.RecipientZones && c.ScheduledAt <= widest)))
            .Select(c => new
            {
                c.Id,
                c.CustomerId,
                c.ScheduledAt,
                c.RecipientZones,
            })
            .ToListAsync(ct);
        foreach (var campaign in due)
        {
            if (campaign.RecipientZones && await FirstClockAsync(campaign.CustomerId, campaign.ScheduledAt!.Value, db, ct) > now)
                continue;
            var outcome = await LaunchCampaign.RunAsync(campaign.CustomerId, campaign.Id, db, Signals, Clock, ct);
            if (outcome is CampaignOutcome.Invalid invalid)
                await BackToDraftAsync(campaign.CustomerId, campaign.Id, invalid, db, ct);
            db.ChangeTracker.Clear();
        }
    }

    /// <summary>The first moment at which a clock anywhere shows the civil time of the start: that of the zone furthest east.</summary>
    private static async Task<DateTimeOffset> FirstClockAsync(CustomerId customer, DateTimeOffset at, EstafetteDb db, CancellationToken ct)
    {
        var zone = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.TimeZone).SingleAsync(ct);
        var civil = TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(zone)).DateTime;
        return new DateTimeOffset(civil, FurthestEast);
    }

    private async Task BackToDraftAsync(
        CustomerId customer,
        CampaignId id,
        CampaignOutcome.Invalid invalid,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        db.ChangeTracker.Clear();
        var reasons = string.Join(' ', invalid.Problems.Select(p => p.Message));
        Log.ScheduledNotLaunched(Logger, id.Value, reasons);
        db.Add(
            new AuditEntry
            {
                CustomerId = customer,
                UserName = "estafette",
                At = Clock.GetUtcNow(),
                Action = "campaign.not_launched",
                Object = $"campaign {id}",
                Detail = reasons,
            }
        );
        await ScheduleCampaign.RunAsync(customer, id, null, db, Signals, Clock, ct);
    }
}
