using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Automations.Feeds;

/// <summary>Looks at the feeds whose time has come. A stopped server looks once when it is back, whatever it missed.</summary>
internal sealed class FeedRunner(
    IDbContextFactory<EstafetteDb> databases,
    MailFeed mail,
    Signals signals,
    TimeProvider clock,
    StartGate gate,
    ILogger<FeedRunner> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.PassAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
                await signals.WaitAsync(Signal.AutomationChanged, TimeSpan.FromSeconds(10), clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception failure)
            {
                Log.LoopFailed(logger, nameof(FeedRunner), failure);
                await Task.Delay(TimeSpan.FromSeconds(5), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    internal async Task RunOnceAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var now = clock.GetUtcNow();
        var due = await db.Set<Feed>()
            .Where(f => f.Status == FeedStatus.On && f.NextAt <= now)
            .OrderBy(f => f.NextAt)
            .Take(20)
            .Select(f => f.Id)
            .ToListAsync(ct);
        foreach (var id in due)
            await mail.RunAsync(id, ct);
    }
}
