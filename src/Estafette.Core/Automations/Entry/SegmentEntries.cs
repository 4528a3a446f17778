using System.Data.Common;
using System.Globalization;
using Estafette.Core.Automations.Steps;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations.Entry;

/// <summary>
/// Lets those enter who newly belong to a segment. Nothing says when somebody comes into a segment, so the members that were seen are kept
/// (table "automation_members") and compared with those of now, by the database, a batch at a time.
/// <para>The first look after the trigger was set notes who is there already; nobody enters. Every later look first forgets those who left,
/// so that they are new when they come back, then lets the new ones enter; a batch is noted in the transaction that lets it enter. A crash at
/// any line leaves a batch undone or done: the next look goes on with what is missing.</para>
/// <para>Only people confirmed in the required list, or in any, are members: nobody else may be written to.</para>
/// </summary>
internal sealed class SegmentEntries(
    IDbContextFactory<EstafetteDb> databases,
    Store store,
    WriteQueue writes,
    TimeProvider clock,
    Action<string> reached
)
{
    /// <summary>Lets everybody enter who is new; tells how many.</summary>
    public async Task<int> RunAsync(AutomationRun run, CancellationToken ct)
    {
        SegmentPredicate predicate;
        await using (var db = await databases.CreateDbContextAsync(ct))
            predicate = await AskedSegments.CompileAsync(
                run.Customer,
                run.Definition.Trigger.Segment ?? 0,
                SegmentUse.Whole,
                db,
                clock,
                ct
            );
        var isFirst = run.Automation.EntryCursor != Automation.DayDone;
        if (!isFirst)
            await ForgetAsync(run, predicate, ct);
        var (after, entered) = (0L, 0);
        while (await NewAsync(run, predicate, after, ct) is { Count: > 0 } found)
        {
            var some = isFirst ? await NoteAsync(run, found, ct) : await EnterAsync(run, found, ct);
            if (some is null)
                return entered;
            reached(isFirst ? "noted" : "entered");
            entered += some.Value;
            after = found[^1];
        }
        if (isFirst)
            await WriteAsync(
                "Automations/save-day",
                run,
                c => c.Set("@day", run.Automation.EntryDay).Set("@cursor", Automation.DayDone),
                ct
            );
        await DropOldAsync(run, ct);
        return entered;
    }

    private static long Since(AutomationRun run) => run.Automation.EntryFrom.ToUnixTimeMilliseconds();

    private const string Subscribed =
        "EXISTS (SELECT 1 FROM subscriptions mine WHERE mine.contact_id = c.id AND mine.status = 1 AND (@list = 0 OR mine.list_id = @list))";

    private const string Seen =
        "SELECT 1 FROM automation_members m WHERE m.automation_id = @automation AND m.since = @since AND m.contact_id = c.id";

    private Task<List<long>> NewAsync(AutomationRun run, SegmentPredicate predicate, long after, CancellationToken ct) =>
        ReadAsync(
            $"SELECT c.id FROM contacts c WHERE c.customer_id = @whose AND c.id > @after AND NOT EXISTS ({Seen}) AND {Subscribed} AND {predicate.Text} ORDER BY c.id LIMIT @count",
            run,
            predicate,
            after,
            ct
        );

    private async Task ForgetAsync(AutomationRun run, SegmentPredicate predicate, CancellationToken ct)
    {
        const string Members = "SELECT m.contact_id FROM automation_members m WHERE m.automation_id = @automation AND m.since = @since";
        var text =
            $"{Members} AND m.contact_id > @after AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.id = m.contact_id AND c.customer_id = @whose AND {Subscribed} AND {predicate.Text}) ORDER BY m.contact_id LIMIT @count";
        var after = 0L;
        while (await ReadAsync(text, run, predicate, after, ct) is { Count: > 0 } left)
        {
            await WriteAsync("Automations/remove-members", run, c => c.Set("@since", Since(run)).Set("@ids", Ids(left)), ct);
            reached("forgotten");
            after = left[^1];
        }
    }

    private Task<int?> NoteAsync(AutomationRun run, List<long> found, CancellationToken ct) =>
        writes.RunAsync<int?>(
            async session =>
            {
                if (!await Batch.IsCurrentAsync(session, run, ct))
                    return null;
                await AddAsync(session, run, found, ct);
                return 0;
            },
            ct
        );

    private Task<int?> EnterAsync(AutomationRun run, List<long> found, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var key = now.ToUnixTimeMilliseconds();
        return EnterPeople.RunAsync(
            run,
            found.ConvertAll(id => new Candidate(id, key)),
            writes,
            now,
            ct,
            session => AddAsync(session, run, found, ct)
        );
    }

    private async ValueTask AddAsync(WriteSession session, AutomationRun run, List<long> found, CancellationToken ct) =>
        await session
            .Statement("Automations/add-members")
            .Set("@automation", run.Id.Value)
            .Set("@since", Since(run))
            .Set("@ids", Ids(found))
            .ExecuteNonQueryAsync(ct);

    // What an earlier trigger saw goes in small pieces: it may be everybody.
    private Task DropOldAsync(AutomationRun run, CancellationToken ct) =>
        WriteAsync("Automations/old-members", run, c => c.Set("@since", Since(run)).Set("@count", EnterPeople.BatchSize * 5), ct);

    private object Ids(List<long> ids) => ClaimDeliveries.IdList(store.Kind, ids);

    private Task WriteAsync(string statement, AutomationRun run, Action<DbCommand> set, CancellationToken ct) =>
        writes.RunAsync(
            async session =>
            {
                var command = session.Statement(statement).Set("@automation", run.Id.Value);
                set(command);
                return await command.ExecuteNonQueryAsync(ct);
            },
            ct
        );

    private async Task<List<long>> ReadAsync(string text, AutomationRun run, SegmentPredicate predicate, long after, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        predicate
            .AddTo(command)
            .Set("@whose", run.Customer.Value)
            .Set("@automation", run.Id.Value)
            .Set("@since", Since(run))
            .Set("@list", run.Definition.RequiredList ?? 0)
            .Set("@after", after)
            .Set("@count", EnterPeople.BatchSize);
        var found = new List<long>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            found.Add(Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
        return found;
    }
}
