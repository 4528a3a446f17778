using System.Collections.Concurrent;
using System.Data.Common;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// Background loop of imports: claims a waiting import, runs it, records its end; several at once. Imports left running by a process that
/// died are taken up again at the start, from the last stored batch.
/// </summary>
public sealed class ImportRunner(
    IDbContextFactory<EstafetteDb> databases,
    WriteQueue queue,
    ImportFiles files,
    ImportOptions options,
    Signals signals,
    ErasedAddresses erased,
    TimeProvider clock,
    StartGate gate,
    ILogger<ImportRunner> log
) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<ImportId, Task> _running = new();

    /// <summary>Runs every waiting import of this data directory and returns when none is left: what the command line does.</summary>
    public async Task RunPendingAsync(CancellationToken ct)
    {
        await GiveBackAbandonedAsync(ct);
        await RemoveOldFilesAsync(ct);
        while (true)
        {
            await StartWaitingAsync(ct);
            if (_running.IsEmpty)
                return;
            await Task.WhenAny(_running.Values);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.PassAsync(stoppingToken);
        var started = false;
        var swept = DateTimeOffset.MinValue;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!started)
                    await GiveBackAbandonedAsync(stoppingToken);
                started = true;
                await StartWaitingAsync(stoppingToken);
                if (clock.GetUtcNow() - swept > TimeSpan.FromHours(1))
                {
                    await RemoveOldFilesAsync(stoppingToken);
                    swept = clock.GetUtcNow();
                }
            }
            catch (DbException failure)
            {
                Log.ImportLoopFailed(log, failure);
            }
            var free = Task.WhenAny(_running.Values.Append(signals.WaitAsync(Signal.ImportChanged, Poll, clock, stoppingToken)));
            await free.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        await Task.WhenAll(_running.Values);
    }

    private async Task StartWaitingAsync(CancellationToken ct)
    {
        while (_running.Count < options.AtOnce && await ClaimAsync(ct) is { } import)
            Start(import, () => RunAsync(import, ct));
        // What a user looks at while it runs, beside the imports.
        foreach (var import in await ClaimAsideAsync(ct))
            Start(import, () => import.Status == ImportStatus.Undoing ? UndoAsync(import, ct) : CheckAsync(import, ct));
    }

    private void Start(ContactImport import, Func<Task> work)
    {
        var run = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[import.Id] = run.Task;
        _ = Task.Run(
            async () =>
            {
                await work();
                _running.TryRemove(import.Id, out var _);
                run.SetResult();
            },
            CancellationToken.None
        );
    }

    // Dry runs that are wanted and undos that are not at their end, as long as nothing else runs for them.
    private async Task<List<ContactImport>> ClaimAsideAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var waiting = await db.Set<ContactImport>()
            .Where(i =>
                i.Owner == files.Owner
                && (i.Status == ImportStatus.Undoing || (i.Status == ImportStatus.Draft && i.CheckStatus == CheckStatus.Wanted))
            )
            .OrderBy(i => i.Id)
            .Take(options.AtOnce)
            .ToListAsync(ct);
        var free = waiting.Where(i => !_running.ContainsKey(i.Id)).ToList();
        foreach (var check in free.Where(i => i.Status == ImportStatus.Draft))
            check.CheckStatus = CheckStatus.Running;
        await db.SaveChangesAsync(ct);
        return free;
    }

    private async Task CheckAsync(ContactImport import, CancellationToken ct)
    {
        try
        {
            await new ImportCheckRun(import, databases, clock).RunAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Taken up again at the next start.
        }
        catch (Exception failure)
        {
            Log.ImportFailed(log, import.Id.Value, failure);
            await ImportCheckRun.FailAsync(import, ImportReason.Of("stopped", import.FileName, failure.Message), databases);
        }
    }

    private async Task UndoAsync(ContactImport import, CancellationToken ct)
    {
        try
        {
            await UndoRun.RunAsync(import, queue, clock, ct);
            import.DeleteFiles();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Goes on at the next start: each portion is safe to repeat.
        }
        catch (Exception failure)
        {
            Log.ImportFailed(log, import.Id.Value, failure);
            await TryFailAsync(import, failure);
        }
    }

    private async Task GiveBackAbandonedAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var write = await db.BeginWriteAsync(ct);
        await db.Set<ContactImport>()
            .Where(i => i.Owner == files.Owner && i.Status == ImportStatus.Running)
            .ExecuteUpdateAsync(
                set => set.SetProperty(i => i.Status, i => i.PauseRequested ? ImportStatus.Paused : ImportStatus.Waiting),
                ct
            );
        await db.Set<ContactImport>()
            .Where(i => i.Owner == files.Owner && i.CheckStatus == CheckStatus.Running)
            .ExecuteUpdateAsync(set => set.SetProperty(i => i.CheckStatus, CheckStatus.Wanted), ct);
        await write.CommitAsync(ct);
    }

    // Uploads whose columns nobody chose, and those of failed imports that nobody resumed: the file holds addresses and must not lie about for ever.
    private async Task RemoveOldFilesAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var limit = clock.GetUtcNow() - TimeSpan.FromHours(options.DraftHours);
        var old = await db.Set<ContactImport>()
            .Where(i => i.Owner == files.Owner && i.Status == ImportStatus.Draft && i.CreatedAt < limit)
            .ToListAsync(ct);
        foreach (var draft in old)
            draft.DeleteFiles();
        db.RemoveRange(old);
        await db.SaveChangesAsync(ct);
        var failed = clock.GetUtcNow() - TimeSpan.FromDays(options.FailedDays);
        var given = db.Set<ContactImport>()
            .AsNoTracking()
            .Where(i => i.Owner == files.Owner && i.OwnsFile && i.Status == ImportStatus.Failed && i.FinishedAt < failed);
        foreach (var import in await given.ToListAsync(ct))
            import.DeleteFiles();
        await RemoveStrayFilesAsync(db, ct);
    }

    // What an upload left behind whose process died before its import was stored.
    private async Task RemoveStrayFilesAsync(EstafetteDb db, CancellationToken ct)
    {
        var stray = files.OldUploads(clock.GetUtcNow() - TimeSpan.FromHours(1));
        if (stray.Count == 0)
            return;
        var known = await db.Set<ContactImport>()
            .Where(i => i.Owner == files.Owner && i.OwnsFile && i.Status != ImportStatus.Finished && i.Status != ImportStatus.Undone)
            .Select(i => new { i.FilePath, i.SourcePath })
            .ToListAsync(ct);
        var kept = known.SelectMany(k => new[] { k.FilePath, k.SourcePath }).ToHashSet(StringComparer.Ordinal);
        foreach (var path in stray.Where(s => !kept.Contains(s)))
            File.Delete(path);
    }

    private async Task<ContactImport?> ClaimAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        // A dry run of it may be at its end: it looks up soon that the import was started.
        var busy = _running.Keys.ToList();
        var waiting = await db.Set<ContactImport>()
            .Where(i => i.Owner == files.Owner && i.Status == ImportStatus.Waiting && !busy.Contains(i.Id))
            .OrderBy(i => i.Id)
            .FirstOrDefaultAsync(ct);
        if (waiting is null)
            return null;
        waiting.Status = ImportStatus.Running;
        waiting.StartedAt ??= clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
        return waiting;
    }

    // Top of the background loop of one import: whatever goes wrong becomes its error.
    private async Task RunAsync(ContactImport import, CancellationToken ct)
    {
        var id = import.Id.Value;
        try
        {
            Log.ImportStarted(log, id, import.BytesDone);
            var end = import.CancelRequested
                ? new ImportEnd(ImportStatus.Cancelled)
                : await new ImportRun(import, queue, files, options, erased, clock) { Room = await RoomAsync(import, ct) }.RunAsync(ct);
            await EndAsync(import, end);
            Log.ImportEnded(log, id, end.Status);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await EndAsync(import, new ImportEnd(ImportStatus.Waiting));
        }
        catch (ContactLimitException)
        {
            await EndAsync(import, new ImportEnd(ImportStatus.Failed, ImportReason.Of("contacts-limit")));
        }
        catch (Exception failure)
        {
            Log.ImportFailed(log, id, failure);
            await TryFailAsync(import, failure);
        }
    }

    private async Task<long?> RoomAsync(ContactImport import, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await ContactLimit.RoomAsync(import.CustomerId, db, ct);
    }

    private async Task TryFailAsync(ContactImport import, Exception failure)
    {
        try
        {
            await EndAsync(import, new ImportEnd(ImportStatus.Failed, ImportReason.Of("stopped", import.FileName, failure.Message)));
        }
        catch (Exception second)
        {
            // The database itself is out of order: the row stays Running and is taken up again at the next start.
            Log.ImportFailed(log, import.Id.Value, second);
        }
    }

    private async Task EndAsync(ContactImport import, ImportEnd end)
    {
        await using var db = await databases.CreateDbContextAsync(CancellationToken.None);
        var stored = await db.Of<ContactImport>(import.CustomerId).SingleOrDefaultAsync(i => i.Id == import.Id);
        if (stored is null)
            return;
        (stored.Status, stored.Error) = (end.Status, end.Error);
        stored.FinishedAt = stored.IsOver ? stored.FinishedAt ?? clock.GetUtcNow() : null;
        if (end.Status == ImportStatus.Paused)
            stored.PauseRequested = false;
        await db.SaveChangesAsync();
        if (end.Status is ImportStatus.Finished or ImportStatus.Cancelled)
            stored.DeleteFiles();
    }
}
