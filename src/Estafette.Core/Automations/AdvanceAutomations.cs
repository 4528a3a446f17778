using System.Text.Json;
using Estafette.Core.Automations.Steps;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>
/// Moves people on whose time has come.
/// <para>One batch is one transaction: claim (SKIP LOCKED), read, decide, do the effects, record what was passed and where everybody stands
/// now. A crash at any line takes the whole batch back, so nothing is repeated and nothing is left out; what is queued is sent by the one
/// queue, whose ledger has a key of its own against doubles.</para>
/// <para>Two nodes never hold the same person; a pause or a new version waits for the batch or is seen by it.</para>
/// </summary>
internal sealed class AdvanceAutomations(
    IDbContextFactory<EstafetteDb> databases,
    WriteQueue writes,
    Signals signals,
    Store store,
    TimeProvider clock
)
{
    public const int BatchSize = 500;

    /// <summary>Named moments of a batch; a test throws there to see what a crash leaves behind.</summary>
    public Action<string> Reached { get; set; } = static _ => { };

    /// <summary>Moves one batch of every automation that has somebody due; tells how many people moved.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var moved = 0;
        foreach (var id in await DueAsync(ct))
            moved += await RunAsync(id, ct);
        return moved;
    }

    /// <summary>Moves one batch of one automation.</summary>
    public async Task<int> RunAsync(AutomationId id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await AutomationRun.LoadAsync(id, db, ct) is not { } run)
            return 0;
        var now = clock.GetUtcNow();
        var rounds = await db.Set<Enrolment>()
            .Where(e => e.AutomationId == id && e.Status == EnrolmentStatus.Active && e.DueAt <= now)
            .OrderBy(e => e.DueAt)
            .ThenBy(e => e.Id)
            .Take(BatchSize * 2)
            .Select(e => e.Round)
            .Distinct()
            .ToListAsync(ct);
        run = run with { Segments = await AskedSegments.CompileAsync(run.Customer, run.Definition, db, clock, ct) };
        var campaigns = await StepCampaigns.EnsureAsync(run.Automation, run.Definition, rounds, db, clock, ct);
        Reached("campaigns");
        var result = await writes.RunAsync(session => MoveAsync(session, run, campaigns, now, ct), ct);
        Reached("committed");
        if (result.Queued)
        {
            signals.Ring(Signal.CampaignChanged);
            signals.Ring(Signal.DeliveriesReady);
        }
        if (result.Called)
            signals.Ring(Signal.AutomationChanged);
        return result.People;
    }

    private async ValueTask<(int People, bool Queued, bool Called)> MoveAsync(
        WriteSession session,
        AutomationRun run,
        Dictionary<(int Step, int Round), CampaignId> campaigns,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (!await Batch.IsCurrentAsync(session, run, ct))
            return default;
        var people = await Batch.ClaimAsync(session, run, BatchSize, now, ct);
        // Somebody of a round without campaigns was let in meanwhile: next time.
        var rounds = campaigns.Keys.Select(c => c.Round).ToHashSet();
        if (run.Definition.All().Any(s => s.Step.Kind == StepKind.Send))
            people.RemoveAll(p => !rounds.Contains(p.Round));
        if (people.Count == 0)
            return default;
        Reached("claimed");
        var walks = people.Select(p => (Person: p, Walk: StepMachine.Run(run.Definition, p, now, run.Zone))).ToList();
        var effects = new Effects(session, run, campaigns, now);
        await effects.ApplyAsync(walks.SelectMany(w => w.Walk.Effects), ct);
        Reached("effects");
        await RecordAsync(session, run, walks, effects.Deliveries, ct);
        Reached("passes");
        await PlaceAsync(session, walks, now, ct);
        Reached("moved");
        await CountAsync(session, run.Id, walks, ct);
        Reached("counted");
        return (people.Count, effects.Queued, effects.Called);
    }

    private static async ValueTask RecordAsync(
        WriteSession session,
        AutomationRun run,
        List<(Person Person, Walk Walk)> walks,
        Dictionary<(EnrolmentId Enrolment, int Step), long> deliveries,
        CancellationToken ct
    )
    {
        var rows = walks
            .SelectMany(w => w.Walk.Passed)
            .Select(p => new
            {
                id = p.Person.Enrolment.Value,
                step = p.Step.Id,
                at = p.At.ToUnixTimeMilliseconds(),
                outcome = (short)p.Outcome,
                delivery = deliveries.TryGetValue((p.Person.Enrolment, p.Step.Id), out var made) ? made : (long?)null,
            })
            .ToList();
        if (rows.Count > 0)
            await session
                .Statement("Automations/insert-passes")
                .Set("@automation", run.Id.Value)
                .Set("@rows", JsonSerializer.Serialize(rows))
                .ExecuteNonQueryAsync(ct);
    }

    private static async ValueTask PlaceAsync(
        WriteSession session,
        List<(Person Person, Walk Walk)> walks,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var rows = walks.Select(w => new
        {
            id = w.Person.Enrolment.Value,
            step = w.Walk.End == WalkEnd.Finished ? 0 : w.Person.Step,
            waiting = w.Walk.End == WalkEnd.Waits,
            due = w.Person.DueAt.ToUnixTimeMilliseconds(),
            status = (short)StatusOf(w.Walk.End),
            reason = (short)w.Walk.Reason,
            ended = w.Walk.End == WalkEnd.Waits ? (long?)null : now.ToUnixTimeMilliseconds(),
        });
        await session.Statement("Automations/move-people").Set("@rows", JsonSerializer.Serialize(rows)).ExecuteNonQueryAsync(ct);
    }

    private static EnrolmentStatus StatusOf(WalkEnd end) =>
        end switch
        {
            WalkEnd.Waits => EnrolmentStatus.Active,
            WalkEnd.Finished => EnrolmentStatus.Finished,
            _ => EnrolmentStatus.Left,
        };

    private static async ValueTask CountAsync(
        WriteSession session,
        AutomationId automation,
        List<(Person Person, Walk Walk)> walks,
        CancellationToken ct
    )
    {
        var counts = new PassCounter();
        foreach (var (_, walk) in walks)
        {
            foreach (var passed in walk.Passed)
                counts.Add(passed.Step.Id, (short)passed.Outcome);
            if (walk.End == WalkEnd.Finished)
                counts.Add(0, (short)PassOutcome.Finished);
            else if (walk.End == WalkEnd.Left)
                counts.Add(0, (short)((short)PassOutcome.Left + (short)walk.Reason));
        }
        await counts.WriteAsync(session, automation, ct);
    }

    private async Task<List<AutomationId>> DueAsync(CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Automations/due-automations");
        command.Set("@now", clock.GetUtcNow().ToUnixTimeMilliseconds());
        var due = new List<AutomationId>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            due.Add(new(reader.GetInt64(0)));
        return due;
    }
}

/// <summary>Collects increments of an automation's counters and writes them in the order of their keys.</summary>
internal sealed class PassCounter
{
    private readonly SortedDictionary<(int Step, short Outcome), long> _counts = [];

    public void Add(int step, short outcome, long count = 1) =>
        _counts[(step, outcome)] = _counts.GetValueOrDefault((step, outcome)) + count;

    public async ValueTask WriteAsync(WriteSession session, AutomationId automation, CancellationToken ct)
    {
        foreach (var (key, count) in _counts.Where(c => c.Value != 0))
            await session
                .Statement("Automations/add-count")
                .Set("@automation", automation.Value)
                .Set("@step", key.Step)
                .Set("@outcome", key.Outcome)
                .Set("@count", count)
                .ExecuteNonQueryAsync(ct);
    }
}
