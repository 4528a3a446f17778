using System.Diagnostics;
using Estafette.Core.Platform;
using Estafette.Core.Tracking.Journal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Tracking;

/// <summary>
/// Counts what the event journal holds, batch after batch. While requests come in a storm it takes only a fifth of the time, so that
/// answers come first; the journal keeps what is not counted yet. When the database cannot be written it waits and tries again.
/// </summary>
internal sealed class TrackingLoader(
    EventJournal journal,
    JournalReader reader,
    TrackingTokens tokens,
    Store store,
    WriteQueue writes,
    TimeProvider clock,
    StartGate gate,
    ILogger<TrackingLoader> log
) : BackgroundService
{
    private const int BatchEvents = 2000;
    private const int StormEventsPerSecond = 5000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await tokens.EnsureLoadedAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.PassAsync(stoppingToken);
        var wait = TimeSpan.Zero;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await journal.WaitAsync(TimeSpan.FromSeconds(1), stoppingToken);
                await CountAllAsync(stoppingToken);
                wait = TimeSpan.Zero;
                await Task.Delay(Pause, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception fault)
            {
                wait =
                    wait == TimeSpan.Zero
                        ? TimeSpan.FromSeconds(1)
                        : TimeSpan.FromSeconds(Math.Min(wait.TotalSeconds * 2, LongestWait.TotalSeconds));
                Log.FoldFailed(log, wait.TotalSeconds, fault);
                await Task.Delay(wait, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Counts everything the journal holds now and returns how many events that was.</summary>
    public async Task<long> CountAllAsync(CancellationToken ct)
    {
        long counted = 0;
        await journal.WhenDurableAsync(ct);
        while (true)
        {
            var identity = reader.Identity;
            var from = await CountEvents.LoadPositionAsync(store, identity, ct);
            var started = Stopwatch.GetTimestamp();
            var appended = journal.Appended;
            var (events, next) = await reader.ReadAsync(from, BatchEvents, ct);
            if (events.Count == 0)
                return counted;
            var reached = await CountEvents.RunAsync(writes, identity, from, events, next, ct);
            reader.Forget(reached);
            counted += events.Count;
            var took = Stopwatch.GetElapsedTime(started);
            if (journal.Appended - appended > took.TotalSeconds * StormEventsPerSecond)
                await Task.Delay(took * 4, clock, ct);
        }
    }
}
