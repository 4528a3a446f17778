using System.Data.Common;
using System.Globalization;
using Estafette.Core.Automations.Steps;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations.Entry;

/// <summary>
/// Looks for people who enter an automation, in batches, by its trigger.
/// <para>List: subscriptions confirmed since the last look. A transaction may commit a moment after the time it wrote, so each look begins
/// a little before the end of the last; who entered for the same change is not let in again.</para>
/// <para>Date: each civil day of the customer's zone once, from the hour of the trigger on. After a stop the days missed are made up for as far
/// as the trigger says (0: not at all); the rest is passed over. A day begun goes on behind the last contact looked at.</para>
/// <para>Segment: <see cref="SegmentEntries"/>.</para>
/// </summary>
internal sealed class FindEntries(IDbContextFactory<EstafetteDb> databases, Store store, WriteQueue writes, TimeProvider clock)
{
    /// <summary>Longest time between writing a change and committing it.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);

    private readonly HashSet<(AutomationId, ImportId)> _imports = [];

    /// <summary>Named moments of a look; a test throws there to see what a crash leaves behind.</summary>
    public Action<string> Reached { get; set; } = static _ => { };

    /// <summary>Lets everybody enter who should; tells how many.</summary>
    public async Task<int> RunAsync(AutomationRun run, CancellationToken ct) =>
        run.Definition.Trigger.Kind switch
        {
            TriggerKind.List => await ByListAsync(run, ct),
            TriggerKind.Date => await ByDateAsync(run, ct),
            TriggerKind.Segment => await new SegmentEntries(databases, store, writes, clock, Reached).RunAsync(run, ct),
            _ => 0,
        };

    private async Task<int> ByListAsync(AutomationRun run, CancellationToken ct)
    {
        var trigger = run.Definition.Trigger;
        var began = clock.GetUtcNow();
        var entered = trigger.WithImports ? await ByImportAsync(run, ct) : 0;
        var (at, after) = (run.Automation.EntryFrom.ToUnixTimeMilliseconds() - 1, long.MaxValue);
        while (true)
        {
            var found = await ReadAsync(
                "Automations/list-entries",
                c =>
                    c.Set("@list", trigger.List ?? 0)
                        .Set("@customer", run.Customer.Value)
                        .Set("@at", at)
                        .Set("@after", after)
                        .Set("@forms", trigger.OnlyForms ? 1 : 0),
                ct
            );
            if (found.Count == 0)
                break;
            if (await EnterPeople.RunAsync(run, found, writes, clock.GetUtcNow(), ct) is not { } some)
                return entered;
            Reached("entered");
            entered += some;
            (at, after) = (found[^1].Key, found[^1].Contact);
        }
        await MoveStartAsync(run, began - Overlap, ct);
        return entered;
    }

    private async Task<int> ByImportAsync(AutomationRun run, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var list = new ListId(run.Definition.Trigger.List ?? 0);
        var from = run.Automation.EntryFrom;
        var imports = await db.Of<ContactImport>(run.Customer)
            .Where(i => i.ListId == list && i.Status == ImportStatus.Finished && i.FinishedAt >= from)
            .Select(i => i.Id)
            .ToListAsync(ct);
        var entered = 0;
        foreach (var import in imports.Where(i => !_imports.Contains((run.Id, i))))
        {
            if (
                await EnterAllAsync(
                    run,
                    "Automations/import-entries",
                    c => c.Set("@list", list.Value).Set("@import", import.Value),
                    null,
                    0,
                    ct
                )
                is not { } some
            )
                return entered;
            entered += some;
            _imports.Add((run.Id, import));
        }
        return entered;
    }

    private async Task<int> ByDateAsync(AutomationRun run, CancellationToken ct)
    {
        var trigger = run.Definition.Trigger;
        var now = clock.GetUtcNow();
        var today = CivilTime.DayOf(now, run.Zone);
        var last = now >= CivilTime.At(today, trigger.Minute, run.Zone) ? today : today.AddDays(-1);
        var seen = CivilTime.FromNumber(run.Automation.EntryDay);
        var isBegun = run.Automation.EntryCursor != Automation.DayDone;
        var first = isBegun ? seen : seen.AddDays(1);
        if (first < last.AddDays(-trigger.CatchUpDays))
            first = last.AddDays(-trigger.CatchUpDays);
        // A day that is over is made up for only when the trigger says so; what was begun yesterday is finished all the same.
        if (trigger.CatchUpDays == 0 && first < today && !(isBegun && first == seen && today.DayNumber - first.DayNumber <= 1))
            first = today;
        var entered = 0;
        for (var day = first; day <= last; day = day.AddDays(1))
        {
            var cursor = isBegun && day == seen ? run.Automation.EntryCursor : 0;
            if (await OnDayAsync(run, day, cursor, ct) is not { } some)
                return entered;
            entered += some;
        }
        return entered;
    }

    private async Task<int?> OnDayAsync(AutomationRun run, DateOnly day, long cursor, CancellationToken ct)
    {
        var trigger = run.Definition.Trigger;
        var target = day.AddDays(-trigger.OffsetDays);
        var patterns = DatePatterns.Of(target, trigger.Repeat);
        var path = Effects.AttributePath(store.Kind, trigger.Attribute ?? "");
        await SaveDayAsync(run, day, cursor, ct);
        var entered = await EnterAllAsync(
            run,
            "Automations/date-entries",
            c =>
                c.Set("@path", path)
                    .Set("@list", run.Definition.RequiredList ?? 0)
                    .Set("@a", patterns[0])
                    .Set("@b", patterns[1])
                    .Set("@c", patterns[2])
                    .Set("@d", patterns[3]),
            trigger.Repeat == DateRepeat.EveryYear ? target.Year : CivilTime.Number(target),
            cursor,
            ct,
            last => SaveDayAsync(run, day, last, ct)
        );
        if (entered is not null)
            await SaveDayAsync(run, day, Automation.DayDone, ct);
        return entered;
    }

    /// <summary>Goes through contacts by key and lets them enter batch by batch; null when the automation changed meanwhile.</summary>
    private async Task<int?> EnterAllAsync(
        AutomationRun run,
        string statement,
        Action<DbCommand> set,
        long? key,
        long after,
        CancellationToken ct,
        Func<long, Task>? saved = null
    )
    {
        var entered = 0;
        while (true)
        {
            var found = await ReadAsync(
                statement,
                c =>
                {
                    set(c);
                    c.Set("@customer", run.Customer.Value).Set("@after", after);
                },
                ct
            );
            if (found.Count == 0)
                return entered;
            var candidates = key is { } fixedKey ? found.ConvertAll(c => c with { Key = fixedKey }) : found;
            if (await EnterPeople.RunAsync(run, candidates, writes, clock.GetUtcNow(), ct) is not { } some)
                return null;
            Reached("entered");
            entered += some;
            after = found[^1].Contact;
            if (saved is not null)
                await saved(after);
        }
    }

    private async Task<List<Candidate>> ReadAsync(string statement, Action<DbCommand> set, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql(statement);
        set(command);
        command.Set("@count", EnterPeople.BatchSize);
        var found = new List<Candidate>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            found.Add(new Candidate(reader.GetInt64(0), Convert.ToInt64(reader.GetValue(1), CultureInfo.InvariantCulture)));
        return found;
    }

    private Task MoveStartAsync(AutomationRun run, DateTimeOffset to, CancellationToken ct) =>
        to <= run.Automation.EntryFrom.AddSeconds(1)
            ? Task.CompletedTask
            : writes.RunAsync(
                async session =>
                    await session
                        .Statement("Automations/move-start")
                        .Set("@automation", run.Id.Value)
                        .Set("@from", to.ToUnixTimeMilliseconds())
                        .ExecuteNonQueryAsync(ct),
                ct
            );

    private Task SaveDayAsync(AutomationRun run, DateOnly day, long cursor, CancellationToken ct) =>
        writes.RunAsync(
            async session =>
                await session
                    .Statement("Automations/save-day")
                    .Set("@automation", run.Id.Value)
                    .Set("@day", CivilTime.Number(day))
                    .Set("@cursor", cursor)
                    .ExecuteNonQueryAsync(ct),
            ct
        );
}
