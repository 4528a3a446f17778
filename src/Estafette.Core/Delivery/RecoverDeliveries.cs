using System.Data.Common;
using Estafette.Core.Channels;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery;

/// <summary>What recovery did.</summary>
/// <param name="Stored">Answers found in the journal and stored.</param>
/// <param name="InDoubt">Messages that left and whose answer was never read.</param>
/// <param name="GivenBack">Claims that never left.</param>
public sealed record RecoverySummary(int Stored, int InDoubt, int GivenBack);

/// <summary>
/// Resolves what an earlier run of this node held: answers in the journal are stored, starts without answer are in doubt, the rest is given
/// back. Only after the database holds it all are the old journal files removed; a crash in between repeats it.
/// </summary>
internal static class RecoverDeliveries
{
    public static async Task<RecoverySummary> RunAsync(
        string journalDirectory,
        Store store,
        WriteQueue writes,
        DeliveryOptions options,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var journal = DeliveryJournal.ReadAll(journalDirectory);
        var claims = await ReadClaimsAsync(store, ct);
        var results = new List<StoredResult>();
        var back = new List<long>();
        var (stored, inDoubt) = (0, 0);
        foreach (var claim in claims)
        {
            var key = (claim.Delivery, claim.Attempts + 1);
            if (journal.Answered.TryGetValue(key, out var answer))
            {
                results.Add(claim.Resolve(answer, answer.Result!, options, clock.GetUtcNow()));
                stored++;
            }
            else if (journal.Started.TryGetValue(key, out var start))
            {
                results.Add(
                    claim.Resolve(
                        start,
                        Doubt("The process ended after the message left and before its answer was read."),
                        options,
                        clock.GetUtcNow()
                    )
                );
                inDoubt++;
            }
            else if (journal.MachineRestarted || journal.Files.Count == 0)
            {
                var at = new JournalRecord(claim.Delivery, claim.Attempts + 1, claim.Content ?? default, clock.GetUtcNow(), 0, null);
                results.Add(
                    claim.Resolve(at, Doubt("The machine stopped while the message was held for sending."), options, clock.GetUtcNow())
                );
                inDoubt++;
            }
            else
            {
                back.Add(claim.Delivery.Value);
            }
        }
        foreach (var group in results.Chunk(500))
            await writes.RunAsync(session => StoreResults.RunAsync(session, group, ct), ct);
        foreach (var group in back.Chunk(5000))
            await writes.RunAsync(
                async session =>
                    await session
                        .Statement("Delivery/give-back-claims")
                        .Set("@ids", ClaimDeliveries.IdList(store.Kind, group))
                        .ExecuteNonQueryAsync(ct),
                ct
            );
        foreach (var file in journal.Files)
            File.Delete(file);
        return new RecoverySummary(stored, inDoubt, back.Count);
    }

    private static SendResult Doubt(string text) => new() { Outcome = AttemptOutcome.InDoubt, Text = text };

    private static async Task<List<Claim>> ReadClaimsAsync(Store store, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Delivery/stale-claims");
        var claims = new List<Claim>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            claims.Add(Claim.Read(reader));
        return claims;
    }

    /// <summary>A queue row held by the earlier run.</summary>
    private sealed record Claim
    {
        public required DeliveryId Delivery { get; init; }
        public required CampaignId? Campaign { get; init; }
        public required long DueAt { get; init; }
        public required CustomerId Customer { get; init; }
        public required LaneId Lane { get; init; }
        public required long Epoch { get; init; }
        public required int Attempts { get; init; }
        public required DateTimeOffset? FirstAttemptAt { get; init; }
        public required IReadOnlyList<ServerId> Tried { get; init; }
        public required ServerId Server { get; init; }
        public required DeliveryTracking Tracking { get; init; }
        public required string AddressKey { get; init; }
        public required ContentId? Content { get; init; }
        public required bool ResendInDoubt { get; init; }
        public required bool IsInDoubt { get; init; }
        public required bool IsFirst { get; init; }

        public static Claim Read(DbDataReader row)
        {
            var campaignPolicy = row.IsDBNull(15) ? InDoubtPolicy.Default : (InDoubtPolicy)row.GetInt16(15);
            var policy = campaignPolicy != InDoubtPolicy.Default ? campaignPolicy : (InDoubtPolicy)row.GetInt16(14);
            var kind = (ServerKind)row.GetInt16(13);
            return new Claim
            {
                Delivery = new(row.GetInt64(0)),
                Campaign = row.GetInt64(1) == 0 ? null : new CampaignId(row.GetInt64(1)),
                DueAt = row.GetInt64(2),
                Customer = new(row.GetInt64(3)),
                Lane = new(row.GetInt64(4)),
                Epoch = row.GetInt64(5),
                Attempts = row.GetInt32(6),
                FirstAttemptAt = row.IsDBNull(7) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)),
                Tried = row.IsDBNull(8) ? [] : ClaimDeliveries.ParseTried(row.GetString(8)),
                Server = new(row.GetInt64(9)),
                Tracking = (DeliveryTracking)row.GetInt16(10),
                AddressKey = row.GetString(11),
                Content = row.IsDBNull(12) ? null : new ContentId(row.GetInt64(12)),
                ResendInDoubt = InDoubtRules.Resends(policy, kind),
                IsInDoubt = (DeliveryStatus)row.GetInt16(16) == DeliveryStatus.InDoubt,
                IsFirst = row.GetInt32(17) == 1,
            };
        }

        public StoredResult Resolve(JournalRecord record, SendResult result, DeliveryOptions options, DateTimeOffset now)
        {
            var first = FirstAttemptAt ?? record.StartedAt;
            var tried = Tried.Append(Server).Distinct().ToList();
            var context = new AttemptContext(record.Attempt, first, Server, tried, HasOtherServer: true, IsInDoubt, ResendInDoubt);
            return new StoredResult
            {
                Delivery = Delivery,
                Customer = Customer,
                Campaign = Campaign,
                DueAt = DueAt,
                Lane = Lane,
                Epoch = Epoch,
                Server = Server,
                Content = record.Content == default ? null : record.Content,
                Attempt = record.Attempt,
                IsFirst = IsFirst,
                FirstAttemptAt = first,
                StartedAt = record.StartedAt,
                DurationMs = record.DurationMs,
                Result = result,
                Decision = AttemptRules.Decide(context, result, options, now, 0.5),
                Tracking = Tracking,
                AddressKey = AddressKey,
            };
        }
    }
}
