using System.Data.Common;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Bulk;

/// <summary>
/// Works off bulk changes of contacts, a batch at a time, those of different customers in turn. A batch is one transaction: it moves the
/// cursor from where it was read, does its work and counts. A crash at any line takes it back as a whole, and of two processes at the same
/// batch the second finds the cursor moved and does nothing.
/// </summary>
internal sealed class BulkRunner(IDbContextFactory<EstafetteDb> databases, Store store, WriteQueue writes, LoopContext context)
    : BackgroundLoop(context, Signal.BulkChanged, TimeSpan.FromSeconds(2))
{
    public const int BatchSize = 1000;

    /// <summary>Named moments of a batch; a test throws there to see what a crash leaves behind.</summary>
    public Action<string> Reached { get; set; } = static _ => { };

    protected override Task<bool> PassAsync(CancellationToken ct) => RunOnceAsync(ct);

    /// <summary>One batch of every change that is under way; false when there is none.</summary>
    internal async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var running = await db.Set<ContactBulk>()
            .AsNoTracking()
            .Where(b => b.Status == BulkStatus.Running)
            .OrderBy(b => b.Id)
            .ToListAsync(ct);
        foreach (var bulk in running.DistinctBy(b => b.CustomerId))
            await RunBatchAsync(bulk, ct);
        return running.Count > 0;
    }

    private async Task RunBatchAsync(ContactBulk bulk, CancellationToken ct)
    {
        var ids = await ReadAsync(bulk, ct);
        Reached("read");
        var now = Clock.GetUtcNow();
        await writes.RunAsync(session => ApplyAsync(session, bulk, ids, now, ct), ct);
        Reached("written");
    }

    private async Task<List<long>> ReadAsync(ContactBulk bulk, CancellationToken ct)
    {
        var scope = BulkScope.FromJson(bulk.Who);
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText =
            $"SELECT c.id FROM contacts c WHERE {BulkSql.Where(store.Kind, scope)} AND c.id > @after AND c.id <= @last ORDER BY c.id LIMIT @count";
        BulkSql
            .Set(command, store.Kind, bulk.CustomerId, scope)
            .Set("@after", bulk.CursorContact)
            .Set("@last", bulk.LastContact.Value)
            .Set("@count", BatchSize);
        var ids = new List<long>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            ids.Add(reader.GetInt64(0));
        return ids;
    }

    private async ValueTask<int> ApplyAsync(
        WriteSession session,
        ContactBulk bulk,
        List<long> ids,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var isLast = ids.Count < BatchSize;
        var moved = await session
            .Statement("Contacts/move-bulk")
            .Set("@id", bulk.Id)
            .Set("@from", bulk.CursorContact)
            .Set("@to", isLast ? bulk.LastContact.Value : ids[^1])
            .Set("@seen", (long)ids.Count)
            .Set("@status", (short)(isLast ? BulkStatus.Finished : BulkStatus.Running))
            .Set("@ended", isLast ? now.ToUnixTimeMilliseconds() : null)
            .ExecuteNonQueryAsync(ct);
        if (moved == 0 || ids.Count == 0)
            return 0;
        if (bulk.Action == BulkAction.RemoveFromList)
            await ExecuteAsync(session, BulkSql.KeepConsents(session.Store.Kind), bulk, ids, now, ct);
        int? changed = null;
        foreach (var text in BulkSql.Of(session.Store.Kind, bulk.Action))
        {
            var rows = await ExecuteAsync(session, text, bulk, ids, now, ct);
            changed ??= rows;
        }
        Reached("applied");
        await session.Statement("Contacts/count-bulk").Set("@id", bulk.Id).Set("@changed", (long)(changed ?? 0)).ExecuteNonQueryAsync(ct);
        return changed ?? 0;
    }

    private static async ValueTask<int> ExecuteAsync(
        WriteSession session,
        string text,
        ContactBulk bulk,
        List<long> ids,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        DbCommand command = session.Prepare(text);
        return await BulkSql.Set(command, session.Store.Kind, bulk, ids, now).ExecuteNonQueryAsync(ct);
    }
}
