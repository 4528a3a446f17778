using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Channels;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Delivery.Lanes;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Delivery;

/// <summary>What one run of the queue did.</summary>
public sealed record QueueRunSummary(long Taken, long Sent, long Failed, TimeSpan Duration);

/// <summary>
/// Sends what is due: recover, then again and again refresh the campaigns, keep a lane per active server, feed the lanes, settle campaigns that
/// are done. Runs for ever in the server (<see cref="DeliveryRunner"/>) and once for <c>estafette queue send</c>. One at a time per process.
/// </summary>
public sealed class DeliveryEngine(
    Store store,
    WriteQueue writes,
    IDbContextFactory<EstafetteDb> databases,
    SenderFactory senders,
    DeliveryOptions options,
    DataOptions data,
    Signals signals,
    TimeProvider clock,
    ILoggerFactory loggers,
    IServiceProvider services
) : IDisposable
{
    private const int EnoughFruitlessTurns = 5;
    private const int ReleaseBatch = 10_000;
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(20);

    /// <summary>Half of what a campaign's own rate lets the feeder take at once.</summary>
    private static readonly TimeSpan RatePoll = Feeder.RateAhead / 2;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly ILogger _logger = loggers.CreateLogger<DeliveryEngine>();

    /// <summary>Whether a run is going on in this process.</summary>
    public bool IsRunning => _one.CurrentCount == 0;

    /// <summary>Runs until stopped, or until nothing is due when <paramref name="once"/>.</summary>
    /// <param name="only">Only this customer's messages.</param>
    /// <param name="once">Stop when nothing is due any more.</param>
    /// <param name="most">Stop after so many messages.</param>
    /// <param name="stop">Asks for the end: what is on the wire is finished, the rest given back.</param>
    /// <returns>Null when another run of this process holds the queue.</returns>
    public async Task<QueueRunSummary?> RunAsync(CustomerId? only, bool once, CancellationToken stop, long? most = null)
    {
        if (!await _one.WaitAsync(TimeSpan.Zero, stop))
            return null;
        try
        {
            return await RunHeldAsync(only, once, most, stop);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<QueueRunSummary> RunHeldAsync(CustomerId? only, bool once, long? most, CancellationToken stop)
    {
        var began = clock.GetTimestamp();
        var journalDirectory = data.File("journal");
        var recovered = await RecoverDeliveries.RunAsync(journalDirectory, store, writes, options, clock, stop);
        if (recovered != new RecoverySummary(0, 0, 0))
            Log.Recovered(_logger, recovered.Stored, recovered.InDoubt, recovered.GivenBack);
        using var journal = DeliveryJournal.Open(journalDirectory);
        var results = new ResultWriter(writes, journal, options, signals, clock, _logger);
        var writing = Task.Run(results.RunAsync, CancellationToken.None);
        var ownership = new SingleNodeOwnership(writes, clock);
        var health = new HealthObserver(databases, signals, clock, loggers.CreateLogger<HealthObserver>());
        var context = new LaneContext(options, journal, results, health, ownership, clock, _logger);
        var lanes = new LaneSet(databases, senders, context);
        var loader = services.GetRequiredService<CompositionLoader>();
        using var runs = new CampaignRuns(databases, loader, clock, loggers.CreateLogger<CampaignRuns>());
        var claims = new LaneClaims(store, writes, databases, services.GetRequiredService<ErasedAddresses>(), clock)
        {
            Left = most ?? long.MaxValue,
        };
        var feeder = new Feeder(store, claims, new SinglesFeeder(store, writes, claims, loader, options, clock), options, clock);
        long taken = 0;
        // The state of campaigns is watched apart from feeding, so that a pause never waits for a claim.
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watch = WatchAsync(runs, only, watching.Token);
        try
        {
            await lanes.RefreshAsync(only, stop);
            await runs.RefreshAsync(only, serversChanged: true, stop);
            taken = await LoopAsync(runs, lanes, feeder, new StuckRows(writes, clock), journal, only, once, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
        finally
        {
            await watching.CancelAsync();
            await watch;
            foreach (var run in runs.All)
                run.IsActive = false;
            await lanes.StopAsync(StopWithin);
            results.Complete();
            await writing;
        }
        return new QueueRunSummary(taken, results.Sent, results.Failed, clock.GetElapsedTime(began));
    }

    private async Task<long> LoopAsync(
        CampaignRuns runs,
        LaneSet lanes,
        Feeder feeder,
        StuckRows stuck,
        DeliveryJournal journal,
        CustomerId? only,
        bool once,
        CancellationToken stop
    )
    {
        var poll = TimeSpan.FromMilliseconds(options.PollMilliseconds);
        long taken = 0;
        var fruitless = 0;
        var lanesRead = clock.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (clock.GetElapsedTime(lanesRead) > TimeSpan.FromSeconds(1) || lanes.IsStale)
                {
                    if (await lanes.RefreshAsync(only, stop))
                        await runs.RefreshAsync(only, serversChanged: true, stop);
                    feeder.Forget();
                    lanesRead = clock.GetTimestamp();
                }
                await ReleaseRestAsync(runs, stop);
                var idle = lanes.IsIdle;
                var claimed = journal.IsHealthy || journal.Probe() ? await feeder.FeedAsync(runs.Active, lanes.All, only, stop) : 0;
                taken += claimed;
                if (claimed > 0)
                    continue;
                if (feeder.IsSpent && lanes.IsIdle)
                    return taken;
                var settled = await SettleAsync(runs, lanes, stuck, stop);
                fruitless = idle && !settled && !feeder.WaitsForRate ? fruitless + 1 : 0;
                if (once && fruitless > 0 && await IsDrainedAsync(runs, lanes, fruitless, only, stop))
                    return taken;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                Log.LoopFailed(_logger, nameof(DeliveryEngine), failure);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stop);
            }
            await signals.WaitAsync(Signal.DeliveriesReady, feeder.WaitsForRate ? RatePoll : poll, clock, stop);
        }
        return taken;
    }

    /// <summary>
    /// Makes due what waited for the decision of an A/B test, in batches. Only after the run has read the decision: a row never meets lanes
    /// that would send it something else. After a crash the rows still wait and the run is read anew.
    /// </summary>
    private async Task ReleaseRestAsync(CampaignRuns runs, CancellationToken ct)
    {
        foreach (var run in runs.Running.Where(r => r.ReleasesRest && r.IsExpanded))
        {
            var released = await writes.RunAsync(
                async session =>
                    await session
                        .Statement("Delivery/release-rest")
                        .Set("@campaign", run.Id.Value)
                        .Set("@waiting", VariantDraw.WaitingDue)
                        .Set("@now", clock.GetUtcNow().ToUnixTimeMilliseconds())
                        .Set("@count", ReleaseBatch)
                        .ExecuteNonQueryAsync(ct),
                ct
            );
            run.ReleasesRest = released > 0;
        }
    }

    private async Task WatchAsync(CampaignRuns runs, CustomerId? only, CancellationToken stop)
    {
        var poll = TimeSpan.FromMilliseconds(options.PollMilliseconds);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await signals.WaitAsync(Signal.CampaignChanged, poll, clock, stop);
                await runs.RefreshAsync(only, serversChanged: false, stop);
                signals.Ring(Signal.DeliveriesReady);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
            catch (Exception failure)
            {
                Log.LoopFailed(_logger, "Watching campaigns", failure);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, CancellationToken.None);
            }
        }
    }

    /// <summary>Finishes campaigns whose queue is empty; true when there was one. Of the others it frees rows that nobody can take.</summary>
    private async Task<bool> SettleAsync(CampaignRuns runs, LaneSet lanes, StuckRows stuck, CancellationToken ct)
    {
        var finished = false;
        foreach (var run in runs.Running.Where(r => r.IsExpanded && r.InFlight == 0))
        {
            if (run.IsTriggered)
            {
                if (run.HasDue)
                    await stuck.FreeAsync(run, lanes.All, ct);
                continue;
            }
            var done = await writes.RunAsync(
                async session =>
                    await session
                        .Statement("Delivery/finish-campaign")
                        .Set("@campaign", run.Id.Value)
                        .Set("@now", clock.GetUtcNow().ToUnixTimeMilliseconds())
                        .ExecuteNonQueryAsync(ct) == 1,
                ct
            );
            if (!done)
            {
                await stuck.FreeAsync(run, lanes.All, ct);
                continue;
            }
            run.IsActive = false;
            finished = true;
            Log.CampaignFinished(_logger, run.Id.Value);
            signals.Ring(Signal.CampaignChanged);
        }
        return finished;
    }

    /// <summary>
    /// Nothing is due now, or what is due was offered to every lane again and again without being taken: it waits for another day's
    /// maximum or for its server.
    /// </summary>
    private async Task<bool> IsDrainedAsync(CampaignRuns runs, LaneSet lanes, int fruitless, CustomerId? only, CancellationToken ct)
    {
        await runs.RefreshAsync(only, serversChanged: false, ct);
        if (runs.Active.Any(r => !r.IsExpanded))
            return false;
        var now = clock.GetUtcNow();
        var waiting = await DueAsync(runs, now, ct);
        return !waiting || fruitless >= EnoughFruitlessTurns || lanes.All.All(l => !l.IsUsable(now));
    }

    private async Task<bool> DueAsync(CampaignRuns runs, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        foreach (var run in runs.Active)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = store.Sql("Delivery/has-due");
            command.Set("@campaign", run.Id.Value).Set("@now", now.ToUnixTimeMilliseconds());
            if (Convert.ToInt64(await command.ExecuteScalarAsync(ct), System.Globalization.CultureInfo.InvariantCulture) > 0)
                return true;
        }
        return false;
    }
}
