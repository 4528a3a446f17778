using System.Text.Json;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;

namespace Estafette.Core.Inbound.Callbacks;

/// <summary>
/// Applies what providers reported, in groups. A report may come before our own commit of the send: one about an unknown delivery is tried again for
/// ten minutes.
/// </summary>
internal sealed class CallbackRunner(WriteQueue writes, TrackingTokens tokens, LoopContext context)
    : BackgroundLoop(context, Signal.CallbacksReceived, TimeSpan.FromSeconds(5))
{
    private const int Batch = 200;
    private const int MaxTries = 7;

    protected override Task<bool> PassAsync(CancellationToken ct) => ApplySomeAsync(ct);

    /// <summary>Applies one group; true when there may be more.</summary>
    internal async Task<bool> ApplySomeAsync(CancellationToken ct)
    {
        await tokens.EnsureLoadedAsync(ct);
        var now = Clock.GetUtcNow();
        return await writes.RunAsync(session => ApplyAsync(session, now, ct), ct) == Batch;
    }

    private async ValueTask<int> ApplyAsync(WriteSession session, DateTimeOffset now, CancellationToken ct)
    {
        var due = await ReadAsync(session, now, ct);
        foreach (var row in due)
        {
            var word = JsonSerializer.Deserialize<StoredEvent>(row.Event)!.ToWord(row.Customer, tokens);
            var outcome = word is null ? FarEndOutcome.Unknown : await ApplyFarEnd.RunAsync(session, word, now, ct);
            // 5, 10, 20 … 320 seconds: ten minutes in all.
            var again = outcome == FarEndOutcome.Unknown && word is not null && row.Tries + 1 < MaxTries;
            await session
                .Prepare(
                    again
                        ? "UPDATE provider_callbacks SET due_at = @due, tries = tries + 1, outcome = @outcome WHERE id = @id"
                        // Applied: the row stays, so that the event is known again, but not what it says of a person.
                        : "UPDATE provider_callbacks SET due_at = @due, tries = tries + 1, outcome = @outcome, event = '' WHERE id = @id"
                )
                .Set("@due", again ? now.AddSeconds(5 << row.Tries).ToUnixTimeMilliseconds() : null)
                .Set("@outcome", (short)(again ? FarEndOutcome.Waiting : outcome))
                .Set("@id", row.Id)
                .ExecuteNonQueryAsync(ct);
        }
        return due.Count;
    }

    private sealed record Due(long Id, CustomerId Customer, string Event, int Tries);

    private static async ValueTask<List<Due>> ReadAsync(WriteSession session, DateTimeOffset now, CancellationToken ct)
    {
        var sql = "SELECT id, customer_id, event, tries FROM provider_callbacks WHERE due_at <= @now ORDER BY due_at, id LIMIT @most";
        var command = session
            .Prepare(session.Store.Kind == DatabaseKind.PostgreSql ? sql + " FOR UPDATE SKIP LOCKED" : sql)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@most", (long)Batch);
        var due = new List<Due>();
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
            due.Add(new Due(row.GetInt64(0), new CustomerId(row.GetInt64(1)), row.GetString(2), row.GetInt32(3)));
        return due;
    }
}
