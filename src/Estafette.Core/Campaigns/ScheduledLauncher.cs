using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Campaigns;

/// <summary>Launches scheduled campaigns when their time has come; one that cannot be launched any more goes back to draft, with the reason in the audit log.</summary>
internal sealed class ScheduledLauncher(
    IDbContextFactory<EstafetteDb> databases,
    Signals signals,
    TimeProvider clock,
    StartGate gate,
    ILogger<ScheduledLauncher> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.PassAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LaunchDueAsync(stoppingToken);
                await signals.WaitAsync(Signal.CampaignChanged, TimeSpan.FromSeconds(1), clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception failure)
            {
                Log.ScheduleFailed(logger, failure);
                await Task.Delay(TimeSpan.FromSeconds(2), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    internal async Task LaunchDueAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var now = clock.GetUtcNow();
        var due = await db.Set<Campaign>()
            .Where(c => c.Status == CampaignStatus.Scheduled && c.ScheduledAt <= now)
            .Select(c => new { c.Id, c.CustomerId })
            .ToListAsync(ct);
        foreach (var campaign in due)
        {
            var outcome = await LaunchCampaign.RunAsync(campaign.CustomerId, campaign.Id, db, signals, clock, ct);
            if (outcome is CampaignOutcome.Invalid invalid)
                await BackToDraftAsync(campaign.CustomerId, campaign.Id, invalid, db, ct);
            db.ChangeTracker.Clear();
        }
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
        Log.ScheduledNotLaunched(logger, id.Value, reasons);
        db.Add(
            new AuditEntry
            {
                CustomerId = customer,
                UserName = "estafette",
                At = clock.GetUtcNow(),
                Action = "campaign.not_launched",
                Object = $"campaign {id}",
                Detail = reasons,
            }
        );
        await ScheduleCampaign.RunAsync(customer, id, null, db, signals, clock, ct);
    }
}
