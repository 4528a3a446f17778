using Estafette.Core.Accounts;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>
/// Saves what a person wrote in the content of a template or campaign. Half a sentence is saved too; only what is too large is refused. What
/// someone else saved meanwhile is never written over.
/// </summary>
public static class SaveContent
{
    public static async Task<ContentOutcome> RunAsync(
        Actor actor,
        ContentTarget target,
        ContentSave save,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await FindContent.RunAsync(actor.Customer, target, db, ct) is not { } found)
            return ContentOutcome.NotFound.Instance;
        if (await EditContent.ApplyAsync(found, save, actor, db, clock.GetUtcNow(), ct) is { } refused)
            return refused;
        return await StoreAsync(actor.Customer, target, found.Holder, write, db, ct);
    }

    /// <summary>Stores the tracked rows and reads the result again; a row someone else changed in this moment is a conflict.</summary>
    internal static async Task<ContentOutcome> StoreAsync(
        CustomerId customer,
        ContentTarget target,
        IContentHolder holder,
        WriteScope write,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        // Its row is written in any case: a campaign that was launched in this moment keeps what went out.
        if (holder is Campaign campaign)
            db.Entry(campaign).Property(c => c.UpdatedAt).IsModified = true;
        try
        {
            await db.SaveChangesAsync(ct);
            await write.CommitAsync(ct);
        }
        catch (DbUpdateException changed) when (IsRace(changed))
        {
            await write.DisposeAsync();
            db.ChangeTracker.Clear();
            return new ContentOutcome.Conflict((await FindContent.RunAsync(customer, target, db, ct))!.State);
        }
        db.ChangeTracker.Clear();
        return new ContentOutcome.Saved((await FindContent.RunAsync(customer, target, db, ct))!.State);
    }

    /// <summary>The row was changed since it was read, or two persons saved for the first time at once.</summary>
    private static bool IsRace(DbUpdateException fault) =>
        fault
            is DbUpdateConcurrencyException
                or { InnerException: PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } }
                or { InnerException: SqliteException { SqliteErrorCode: 19 } };
}
