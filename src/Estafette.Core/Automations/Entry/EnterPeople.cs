using System.Text.Json;
using Estafette.Core.Automations.Steps;
using Estafette.Core.Platform;

namespace Estafette.Core.Automations.Entry;

/// <summary>Somebody who may enter, and the event that is the reason.</summary>
/// <param name="Key">Rises from one event to the next: a time in milliseconds, a year, or a day as yyyyMMdd.</param>
internal readonly record struct Candidate(long Contact, long Key);

/// <summary>Lets a batch of contacts enter an automation, each at most once for the same event and as its re-entry rule allows.</summary>
internal static class EnterPeople
{
    public const int BatchSize = 1000;

    /// <param name="run">The automation.</param>
    /// <param name="candidates">Who may enter.</param>
    /// <param name="writes">The writer.</param>
    /// <param name="now">When they enter.</param>
    /// <param name="ct">Stops it.</param>
    /// <param name="with">Done in the same transaction.</param>
    /// <returns>How many entered; null when the automation does not run this version any more.</returns>
    public static Task<int?> RunAsync(
        AutomationRun run,
        IReadOnlyCollection<Candidate> candidates,
        WriteQueue writes,
        DateTimeOffset now,
        CancellationToken ct,
        Func<WriteSession, ValueTask>? with = null
    ) =>
        writes.RunAsync(
            async session =>
            {
                var entered = await RunAsync(session, run, candidates, now, ct);
                if (entered is not null && with is not null)
                    await with(session);
                return entered;
            },
            ct
        );

    private static async ValueTask<int?> RunAsync(
        WriteSession session,
        AutomationRun run,
        IReadOnlyCollection<Candidate> candidates,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (!await Batch.IsCurrentAsync(session, run, ct))
            return null;
        var definition = run.Definition;
        var entered = await session
            .Statement("Automations/enter-people")
            .Set("@automation", run.Id.Value)
            .Set("@customer", run.Customer.Value)
            .Set("@rows", JsonSerializer.Serialize(candidates.Select(c => new { contact = c.Contact, key = c.Key })))
            .Set("@round", definition.IsYearly ? candidates.Max(c => c.Key) : 0L)
            .Set("@reentry", Reentry(definition))
            .Set("@step", definition.First())
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        var counts = new PassCounter();
        counts.Add(0, (short)PassOutcome.Entered, entered);
        await counts.WriteAsync(session, run.Id, ct);
        return entered;
    }

    /// <summary>The key of somebody who enters by hand now: it stands for today's event of the trigger.</summary>
    public static long KeyOf(AutomationRun run, DateTimeOffset now) =>
        run.Definition.IsYearly ? CivilTime.DayOf(now, run.Zone).Year
        : run.Definition.Trigger.Kind == TriggerKind.Date ? CivilTime.Number(CivilTime.DayOf(now, run.Zone))
        : now.ToUnixTimeMilliseconds();

    /// <summary>Milliseconds that must lie between two entries; negative: never again.</summary>
    private static long Reentry(AutomationDefinition definition) =>
        definition.IsYearly ? 0
        : definition.ReentryDays is { } days ? (long)TimeSpan.FromDays(days).TotalMilliseconds
        : -1;
}
