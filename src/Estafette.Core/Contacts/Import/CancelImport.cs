using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Import;

/// <summary>What became of the wish to stop or go on with an import.</summary>
public enum ImportControlResult
{
    Done = 0,
    NotFound = 1,

    /// <summary>The import is in a state in which that makes no sense.</summary>
    NotPossible = 2,
}

/// <summary>Stops an import after the batch in hand; what was stored until then stays.</summary>
public static class CancelImport
{
    public static async Task<ImportControlResult> RunAsync(
        CustomerId customer,
        ImportId id,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var of = db.Of<ContactImport>(customer).Where(i => i.Id == id);
        var now = clock.GetUtcNow();
        var stopped = await of.Where(i =>
                i.Status == ImportStatus.Draft || i.Status == ImportStatus.Waiting || i.Status == ImportStatus.Paused
            )
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(i => i.Status, ImportStatus.Cancelled)
                        .SetProperty(i => i.CancelRequested, true)
                        .SetProperty(i => i.FinishedAt, now),
                ct
            );
        if (stopped == 0)
            stopped += await of.Where(i => i.Status == ImportStatus.Running)
                .ExecuteUpdateAsync(set => set.SetProperty(i => i.CancelRequested, true), ct);
        var import = await of.AsNoTracking().SingleOrDefaultAsync(ct);
        await write.CommitAsync(ct);
        signals.Ring(Signal.ImportChanged);
        if (import is { Status: ImportStatus.Cancelled })
            import.DeleteFiles();
        return import is null ? ImportControlResult.NotFound
            : stopped > 0 ? ImportControlResult.Done
            : ImportControlResult.NotPossible;
    }
}

/// <summary>Stops an import after the batch in hand until somebody resumes it; it stays paused over restarts.</summary>
public static class PauseImport
{
    public static async Task<ImportControlResult> RunAsync(
        CustomerId customer,
        ImportId id,
        EstafetteDb db,
        Signals signals,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var of = db.Of<ContactImport>(customer).Where(i => i.Id == id);
        var paused = await of.Where(i => i.Status == ImportStatus.Waiting)
            .ExecuteUpdateAsync(set => set.SetProperty(i => i.Status, ImportStatus.Paused), ct);
        if (paused == 0)
            paused += await of.Where(i => i.Status == ImportStatus.Running)
                .ExecuteUpdateAsync(set => set.SetProperty(i => i.PauseRequested, true), ct);
        var known = await of.AnyAsync(ct);
        await write.CommitAsync(ct);
        signals.Ring(Signal.ImportChanged);
        return !known ? ImportControlResult.NotFound
            : paused > 0 ? ImportControlResult.Done
            : ImportControlResult.NotPossible;
    }
}

/// <summary>Takes up an import that failed or was paused, from its last stored batch.</summary>
public static class ResumeImport
{
    public static async Task<ImportControlResult> RunAsync(
        CustomerId customer,
        ImportId id,
        EstafetteDb db,
        Signals signals,
        CancellationToken ct
    )
    {
        var import = await db.Of<ContactImport>(customer).SingleOrDefaultAsync(i => i.Id == id, ct);
        if (import is null)
            return ImportControlResult.NotFound;
        if (import.Status is not (ImportStatus.Failed or ImportStatus.Paused) || !File.Exists(import.FilePath))
            return ImportControlResult.NotPossible;
        (import.Status, import.Error, import.FinishedAt, import.CancelRequested) = (ImportStatus.Waiting, null, null, false);
        import.PauseRequested = false;
        await db.SaveChangesAsync(ct);
        signals.Ring(Signal.ImportChanged);
        return ImportControlResult.Done;
    }
}
