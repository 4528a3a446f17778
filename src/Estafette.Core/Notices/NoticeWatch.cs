using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Notices;

/// <summary>Every ten seconds: finds what is worth a notice, queues the mails that are owed, and once an hour counts the contacts of the day.</summary>
internal sealed class NoticeWatch(
    IDbContextFactory<EstafetteDb> databases,
    WriteQueue writes,
    Signals signals,
    Accounts.PageAddress pages,
    TimeProvider clock,
    StartGate gate,
    ILogger<NoticeWatch> logger
) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.PassAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception fault)
            {
                Log.WatchFailed(logger, Pause.TotalSeconds, fault);
            }
            await signals
                .WaitAsync(Signal.CampaignChanged, Pause, clock, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One round.</summary>
    internal async Task LookAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await CountContacts.RunAsync(db, clock, ct);
        await FindNotices.RunAsync(db, clock, ct);
        await SendNotices.RunAsync(db, writes, signals, pages, clock, logger, ct);
        await SendReports.RunAsync(db, writes, signals, pages, clock, logger, ct);
    }
}
