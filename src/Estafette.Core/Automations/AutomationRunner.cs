using Estafette.Core.Automations.Entry;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>
/// Runs the automations: lets people enter, moves those whose time has come, empties stopped ones. Every pass takes one batch of each
/// automation that has work, so that a crowd in one does not hold up the others; without work it looks again after a second.
/// </summary>
internal sealed class AutomationRunner(
    IDbContextFactory<EstafetteDb> databases,
    FindEntries entries,
    AdvanceAutomations advance,
    WriteQueue writes,
    Store store,
    LoopContext context
) : BackgroundLoop(context, Signal.AutomationChanged, TimeSpan.FromSeconds(1))
{
    /// <summary>Dates change slowly and are looked for over all contacts.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(20);

    /// <summary>A look at a segment reads it as a whole, twice; a slow one takes at most a twentieth of the time.</summary>
    private static readonly TimeSpan SegmentEvery = TimeSpan.FromMinutes(1);
    private const int RestFactor = 20;

    private readonly Dictionary<AutomationId, (int Version, DateTimeOffset At, TimeSpan Wait)> _looked = [];

    protected override async Task<bool> PassAsync(CancellationToken ct) => await RunOnceAsync(ct) > 0;

    /// <summary>One pass; tells how many people entered or moved.</summary>
    internal async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var done = await EnterAsync(ct);
        done += await advance.RunAsync(ct);
        return done + await EmptyStoppedAsync(ct);
    }

    private async Task<int> EnterAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var running = await db.Set<Automation>()
            .AsNoTracking()
            .Where(a => a.Status == AutomationStatus.Running && a.TriggerKind != TriggerKind.Manual)
            .Select(a => new
            {
                a.Id,
                a.TriggerKind,
                a.Version,
            })
            .ToListAsync(ct);
        var entered = 0;
        foreach (var automation in running)
        {
            if (automation.TriggerKind != TriggerKind.List && !IsTime(automation.Id, automation.Version))
                continue;
            try
            {
                var started = Clock.GetTimestamp();
                if (await AutomationRun.LoadAsync(automation.Id, db, ct) is { } run)
                    entered += await entries.RunAsync(run, ct);
                if (automation.TriggerKind == TriggerKind.Segment)
                    Rest(automation.Id, Clock.GetElapsedTime(started));
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // One automation that cannot be read must not stand in the way of the others.
                Log.AutomationFailed(Logger, automation.Id.Value, failure);
            }
        }
        return entered;
    }

    private bool IsTime(AutomationId id, int version)
    {
        var now = Clock.GetUtcNow();
        if (_looked.TryGetValue(id, out var last) && last.Version == version && now - last.At < last.Wait && now >= last.At)
            return false;
        _looked[id] = (version, now, LookEvery);
        return true;
    }

    private void Rest(AutomationId id, TimeSpan took)
    {
        var (version, at, _) = _looked[id];
        _looked[id] = (version, at, took * RestFactor > SegmentEvery ? took * RestFactor : SegmentEvery);
    }

    private async Task<int> EmptyStoppedAsync(CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Automations/stopped-with-people");
        var stopped = new List<long>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                stopped.Add(reader.GetInt64(0));
        var left = 0;
        foreach (var id in stopped)
            left += await writes.RunAsync(session => LeaveAsync(session, id, ct), ct);
        return left;
    }

    private async ValueTask<int> LeaveAsync(WriteSession session, long id, CancellationToken ct)
    {
        var left = await session
            .Statement("Automations/leave-stopped")
            .Set("@automation", id)
            .Set("@now", Clock.GetUtcNow().ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        var counts = new PassCounter();
        counts.Add(0, (short)((short)PassOutcome.Left + (short)ExitReason.Stopped), left);
        await counts.WriteAsync(session, new AutomationId(id), ct);
        return left;
    }
}
