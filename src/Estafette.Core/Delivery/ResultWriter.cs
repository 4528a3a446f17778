using System.Threading.Channels;
using Estafette.Core.Channels;
using Estafette.Core.Delivery.Lanes;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Delivery;

/// <summary>
/// Collects what the lanes finished and stores it in groups: as many as come within a few milliseconds, one transaction. A group that cannot be
/// stored (database away, disk full) is kept and tried again; the journal holds it meanwhile. After the commit the journal forgets it.
/// </summary>
internal sealed class ResultWriter(
    WriteQueue writes,
    DeliveryJournal journal,
    DeliveryOptions options,
    Signals signals,
    TimeProvider clock,
    ILogger logger
)
{
    private readonly Channel<(Lane Lane, Work Work, SendResult Result)> _results = System.Threading.Channels.Channel.CreateUnbounded<(
        Lane,
        Work,
        SendResult
    )>();

    private long _sent;
    private long _failed;

    /// <summary>Deliveries handed over since the start.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Attempts that failed since the start.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Takes over a finished row.</summary>
    public void Add(Lane lane, Work work, SendResult result) => _results.Writer.TryWrite((lane, work, result));

    /// <summary>No more results come; <see cref="RunAsync"/> ends when all are stored.</summary>
    public void Complete() => _results.Writer.TryComplete();

    public async Task RunAsync()
    {
        var group = new List<(Lane Lane, Work Work, SendResult Result)>(options.ResultGroup);
        while (await _results.Reader.WaitToReadAsync())
        {
            group.Clear();
            var began = clock.GetTimestamp();
            Fill(group);
            while (
                group.Count < options.ResultGroup
                && Remaining(began) is var wait
                && wait > TimeSpan.Zero
                && !_results.Reader.Completion.IsCompleted
            )
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Clamp(wait.TotalMilliseconds, 1, 5)), clock);
                Fill(group);
            }
            await StoreAsync(group);
        }
    }

    private TimeSpan Remaining(long began) => TimeSpan.FromMilliseconds(options.ResultDelayMilliseconds) - clock.GetElapsedTime(began);

    private void Fill(List<(Lane, Work, SendResult)> group)
    {
        while (group.Count < options.ResultGroup && _results.Reader.TryRead(out var item))
            group.Add(item);
    }

    private async Task StoreAsync(List<(Lane Lane, Work Work, SendResult Result)> group)
    {
        var now = clock.GetUtcNow();
        var results = group.Select(item => ToStore(item.Lane, item.Work, item.Result, now)).ToList();
        while (true)
        {
            try
            {
                var fenced = await writes.RunAsync(
                    session => StoreResults.RunAsync(session, results, CancellationToken.None),
                    CancellationToken.None
                );
                if (fenced > 0)
                    Log.Fenced(logger, fenced, results[0].Lane.Value);
                break;
            }
            catch (Exception failure)
            {
                Log.ResultsNotWritten(logger, results.Count, failure);
                await Task.Delay(TimeSpan.FromSeconds(1), clock);
            }
        }
        Settle(group);
    }

    private void Settle(List<(Lane Lane, Work Work, SendResult Result)> group)
    {
        foreach (var (lane, work, result) in group)
        {
            if (work.Journal is { } entry)
                journal.Forget(entry);
            lane.Resolved();
            work.Run?.Resolved(1);
            if (result.Outcome == AttemptOutcome.Accepted)
                Interlocked.Increment(ref _sent);
            else if (result.Outcome != AttemptOutcome.NotStarted)
                Interlocked.Increment(ref _failed);
        }
        signals.Ring(Signal.DeliveriesReady);
    }

    private StoredResult ToStore(Lane lane, Work work, SendResult result, DateTimeOffset now)
    {
        var attempt = work.Row.Attempts + (result.Outcome == AttemptOutcome.NotStarted ? 0 : 1);
        var first = work.Row.FirstAttemptAt ?? work.StartedAt;
        var tried = work.Row.Tried.Append(lane.Owned.Server).Distinct().ToList();
        var context = new AttemptContext(
            attempt,
            first,
            lane.Owned.Server,
            tried,
            work.Composition.HasServerBeyond(tried),
            work.Row.IsInDoubt,
            ResendInDoubt(lane.Server, work)
        );
        var decision =
            work.Skipped is DeliveryReason.None
                ? AttemptRules.Decide(context, result, options, now, Random.Shared.NextDouble())
                : new Decision(work.Skipped == DeliveryReason.RenderFailed ? DeliveryStatus.Rejected : DeliveryStatus.Suppressed);
        if (result.Outcome == AttemptOutcome.NotStarted)
            decision = decision with
            {
                Due = DateTimeOffset.FromUnixTimeMilliseconds(work.Row.DueAt),
                Tried = work.Row.Tried,
                Pin = work.Row.Pin,
            };
        return new StoredResult
        {
            Delivery = work.Row.Id,
            Customer = work.Customer,
            Campaign = work.Run?.Id,
            DueAt = work.Row.DueAt,
            Lane = lane.Owned.Lane,
            Epoch = lane.Owned.Epoch,
            Server = lane.Owned.Server,
            Content = work.Composition.ContentId,
            Attempt = decision.Status == DeliveryStatus.Suppressed ? work.Row.Attempts : attempt,
            IsFirst = work.Row.IsFirst,
            FirstAttemptAt = first,
            StartedAt = work.StartedAt,
            DurationMs = work.DurationMs,
            Result = result,
            Decision = decision,
            Reason = work.Skipped,
            Tracking = work.Row.Tracking,
            AddressKey = work.Row.AddressKey,
            Caps = work.Caps,
        };
    }

    /// <summary>The campaign's policy first, then the server's.</summary>
    private static bool ResendInDoubt(SendingServer server, Work work)
    {
        var policy = work.Run is { InDoubtPolicy: not InDoubtPolicy.Default } run ? run.InDoubtPolicy : server.InDoubtPolicy;
        return InDoubtRules.Resends(policy, server.Kind);
    }
}
