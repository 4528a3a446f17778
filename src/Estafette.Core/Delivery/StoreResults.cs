using System.Data.Common;
using System.Text;
using Estafette.Core.Channels;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Suppression;
using Estafette.Core.Suppression.Bounces;

namespace Estafette.Core.Delivery;

/// <summary>
/// Writes a group of results in one transaction: queue rows first, because their number tells whether the lane was fenced, then ledger, attempts,
/// suppressions of addresses that do not exist, daily maximums given back, and the figures.
/// </summary>
internal static class StoreResults
{
    private const int MaxText = 2000;

    /// <summary>Returns the results that were refused because another owner has the lane; they are kept as events.</summary>
    public static async ValueTask<int> RunAsync(WriteSession session, IReadOnlyList<StoredResult> results, CancellationToken ct)
    {
        var owned =
            session.Store.Kind == DatabaseKind.PostgreSql
                ? await QueueOnPostgresAsync(session, results, ct)
                : QueueOnSqlite(session, results);
        var stored = results.Where(r => owned.Contains(r.Delivery.Value)).ToList();
        if (session.Store.Kind == DatabaseKind.PostgreSql)
            await LedgerOnPostgresAsync(session, stored, ct);
        else
            LedgerOnSqlite(session, stored);
        foreach (var late in results.Where(r => !owned.Contains(r.Delivery.Value) && r.Decision.CountsAttempt))
            await KeepAsEventAsync(session, late, ct);
        foreach (var result in stored)
            await BlameAsync(session, result, ct);
        foreach (var back in stored.Where(r => r.ReturnsBudget).SelectMany(r => r.Caps).GroupBy(c => c))
            await ClaimDeliveries.ReturnAsync(session, back.Key, back.Count(), ct);
        await Count(stored).WriteAsync(session, ct);
        return results.Count - stored.Count;
    }

    /// <summary>The figures of a group. Recount (Statistics) derives the same from the rows.</summary>
    private static RollupCounter Count(IReadOnlyList<StoredResult> stored)
    {
        var counter = new RollupCounter();
        foreach (var result in stored.Where(r => r.Decision.CountsAttempt))
        {
            void Add(Metric metric, long dimension = 0) => counter.Add(result.Customer, result.Campaign, metric, result.EndedAt, dimension);
            if (result.Result.Outcome == AttemptOutcome.Accepted)
            {
                Add(Metric.Sent);
                counter.AddDomain(result.Customer, result.Campaign, Metric.DomainSent, Domain(result));
                counter.AddDomain(result.Customer, result.Campaign, Metric.DomainAcceptMs, Domain(result), result.DurationMs);
                if (result.Tracking == DeliveryTracking.Individual)
                    Add(Metric.SentTracked);
            }
            if (HasAttempt(result))
                CountAttempt(result, Add, metric => counter.AddDomain(result.Customer, result.Campaign, metric, Domain(result)));
            if (FinalMetric(result.Decision.Status) is { } metric)
                Add(metric);
            if (result.Decision.Status is DeliveryStatus.SoftBounced or DeliveryStatus.HardBounced or DeliveryStatus.Expired)
                counter.AddDomain(result.Customer, result.Campaign, Metric.DomainBounced, Domain(result));
        }
        return counter;
    }

    private static string Domain(StoredResult result) => RollupCounter.DomainOf(result.AddressKey);

    private static void CountAttempt(StoredResult result, Action<Metric, long> add, Action<Metric> addDomain)
    {
        if (result.IsFirst && result.Result.Phase != SendPhase.Render)
        {
            add(Metric.Attempted, (long)result.Tracking);
            addDomain(Metric.DomainAttempted);
        }
        add(result.Result.Outcome == AttemptOutcome.Accepted ? Metric.ServerAccepted : Metric.ServerFailed, result.Server.Value);
        if (result.Result.Outcome != AttemptOutcome.Accepted)
            add(Metric.FailureCause, (long)FailureCauses.Of(result.Result));
        if (result.Result.Outcome == AttemptOutcome.Deferred)
        {
            add(Metric.DeferredAttempts, 0);
            addDomain(Metric.DomainDeferred);
        }
        if (result.Result.Outcome == AttemptOutcome.InDoubt)
            add(Metric.InDoubt, 0);
    }

    private static Metric? FinalMetric(DeliveryStatus status) =>
        status switch
        {
            DeliveryStatus.SoftBounced => Metric.SoftBounced,
            DeliveryStatus.HardBounced => Metric.HardBounced,
            DeliveryStatus.Rejected => Metric.Rejected,
            DeliveryStatus.Expired => Metric.Expired,
            DeliveryStatus.Suppressed => Metric.Suppressed,
            DeliveryStatus.Cancelled => Metric.Cancelled,
            _ => null,
        };

    /// <summary>
    /// Lists an address that does not exist at once; a full mailbox and a permanent refusal without a known cause are counted. What is refused for the
    /// sender's name or the content never counts.
    /// </summary>
    private static async ValueTask BlameAsync(WriteSession session, StoredResult result, CancellationToken ct)
    {
        if (result.AddressKey.Length == 0)
            return;
        switch
            (
                result.Decision.Status,
                result.Result.Outcome == AttemptOutcome.Accepted ? null : (FailureCause?)FailureCauses.Of(result.Result)
            )

        {
            case (DeliveryStatus.HardBounced, { } cause) when FailureCauses.IsHardBounce(cause):
                await SuppressAsync(session, result, ct);
                break;
            case (DeliveryStatus.HardBounced, FailureCause.Other):
                await CountAsync(session, result, isPermanent: true, ct);
                break;
            case (DeliveryStatus.SoftBounced or DeliveryStatus.Expired, FailureCause.MailboxFull):
                await CountAsync(session, result, isPermanent: false, ct);
                break;
        }
    }

    private static ValueTask CountAsync(WriteSession session, StoredResult result, bool isPermanent, CancellationToken ct) =>
        CountBounce.RunAsync(
            session,
            result.Customer,
            new CountedBounce(Channel.Email, result.AddressKey, result.Delivery, isPermanent, result.EndedAt)
            {
                Status = result.Result.Enhanced,
                Campaign = result.Campaign,
                Text = Clean(result.Result.Text),
            },
            ct
        );

    private static async ValueTask SuppressAsync(WriteSession session, StoredResult result, CancellationToken ct)
    {
        await session
            .Statement("Suppression/suppress")
            .Set("@customer", result.Customer.Value)
            .Set("@channel", (short)Channel.Email)
            .Set("@address_key", result.AddressKey)
            .Set("@reason", (short)SuppressionReason.HardBounce)
            .Set("@origin", (short)SuppressionOrigin.Bounce)
            .Set("@evidence", Clean(result.Result.Text))
            .Set("@delivery", result.Delivery.Value)
            .Set("@campaign", (object?)result.Campaign?.Value)
            .Set("@at", result.EndedAt.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
    }

    private static async ValueTask KeepAsEventAsync(WriteSession session, StoredResult late, CancellationToken ct) =>
        await session
            .Statement("Delivery/insert-delivery-event")
            .Set("@id", late.Delivery.Value)
            .Set("@customer", late.Customer.Value)
            .Set("@at", late.EndedAt.ToUnixTimeMilliseconds())
            .Set("@status", (short)late.Decision.Status)
            .Set("@source", (short)DeliveryEventSource.FencedLane)
            .Set("@text", Clean(late.Result.Text))
            .ExecuteNonQueryAsync(ct);

    private static HashSet<long> QueueOnSqlite(WriteSession session, IReadOnlyList<StoredResult> results)
    {
        var owned = new HashSet<long>(results.Count);
        foreach (var result in results)
        {
            var statement = session
                .RowStatement(result.IsResolved ? "Delivery/resolve-queue-row" : "Delivery/requeue-row")
                .Set("@campaign", result.Campaign?.Value ?? 0)
                .Set("@due", result.DueAt)
                .Set("@id", result.Delivery.Value)
                .Set("@lane", result.Lane.Value)
                .Set("@epoch", result.Epoch);
            if (!result.IsResolved)
                statement
                    .Set("@next_due", result.Decision.Due!.Value.ToUnixTimeMilliseconds())
                    .Set("@pin", result.Decision.Pin?.Value)
                    .Set("@tried", ClaimDeliveries.FormatTried(result.Decision.Tried))
                    .Set("@attempt", result.Attempt)
                    .Set("@first", result.Attempt == 0 ? null : result.FirstAttemptAt.ToUnixTimeMilliseconds());
            if (statement.Execute() == 1)
                owned.Add(result.Delivery.Value);
        }
        return owned;
    }

    private static void LedgerOnSqlite(WriteSession session, IReadOnlyList<StoredResult> stored)
    {
        var ledger = session.RowStatement("Delivery/update-ledger");
        var attempts = session.RowStatement("Delivery/insert-attempt");
        foreach (var result in stored.Where(r => r.Decision.CountsAttempt))
        {
            ledger
                .Set("@id", result.Delivery.Value)
                .Set("@status", (long)result.Decision.Status)
                .Set("@at", result.EndedAt.ToUnixTimeMilliseconds())
                .Set("@reason", (long)result.Reason)
                .Set("@attempt", result.Attempt)
                .Set("@content", result.Content?.Value)
                .Set("@server", ServerOf(result))
                .Set("@sent_at", SentAt(result))
                .Set("@provider", Clean(result.Result.ProviderId))
                .Execute();
            if (!HasAttempt(result))
                continue;
            attempts
                .Set("@id", result.Delivery.Value)
                .Set("@attempt", result.Attempt)
                .Set("@customer", result.Customer.Value)
                .Set("@campaign", result.Campaign?.Value)
                .Set("@server", result.Server.Value)
                .Set("@content", result.Content?.Value)
                .Set("@started", result.StartedAt.ToUnixTimeMilliseconds())
                .Set("@duration", result.DurationMs)
                .Set("@outcome", (long)result.Result.Outcome)
                .Set("@phase", (long)result.Result.Phase)
                .Set("@code", result.Result.Code)
                .Set("@enhanced", result.Result.Enhanced)
                .Set("@text", Text(result))
                .Set("@cause", Cause(result))
                .Execute();
        }
    }

    private static async ValueTask<HashSet<long>> QueueOnPostgresAsync(
        WriteSession session,
        IReadOnlyList<StoredResult> results,
        CancellationToken ct
    )
    {
        var owned = new HashSet<long>(results.Count);
        var resolved = results.Where(r => r.IsResolved).OrderBy(r => r.Delivery.Value).ToList();
        var requeued = results.Where(r => !r.IsResolved).OrderBy(r => r.Delivery.Value).ToList();
        if (resolved.Count > 0)
            await CollectAsync(Keys(session.Statement("Delivery/resolve-queue-row"), resolved), owned, ct);
        if (requeued.Count > 0)
            await CollectAsync(
                Keys(session.Statement("Delivery/requeue-row"), requeued)
                    .Set("@next_dues", requeued.Select(r => r.Decision.Due!.Value.ToUnixTimeMilliseconds()).ToArray())
                    .Set("@pins", requeued.Select(r => r.Decision.Pin?.Value).ToArray())
                    .Set("@trieds", requeued.Select(r => ClaimDeliveries.FormatTried(r.Decision.Tried)).ToArray())
                    .Set("@attempts", requeued.Select(r => r.Attempt).ToArray())
                    .Set(
                        "@firsts",
                        requeued.Select(r => r.Attempt == 0 ? (long?)null : r.FirstAttemptAt.ToUnixTimeMilliseconds()).ToArray()
                    ),
                owned,
                ct
            );
        return owned;
    }

    private static DbCommand Keys(DbCommand command, List<StoredResult> results) =>
        command
            .Set("@ids", results.Select(r => r.Delivery.Value).ToArray())
            .Set("@lanes", results.Select(r => r.Lane.Value).ToArray())
            .Set("@epochs", results.Select(r => r.Epoch).ToArray());

    private static async ValueTask CollectAsync(DbCommand command, HashSet<long> ids, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            ids.Add(reader.GetInt64(0));
    }

    private static async ValueTask LedgerOnPostgresAsync(WriteSession session, IReadOnlyList<StoredResult> stored, CancellationToken ct)
    {
        var counted = stored.Where(r => r.Decision.CountsAttempt).OrderBy(r => r.Delivery.Value).ToList();
        if (counted.Count > 0)
            await session
                .Statement("Delivery/update-ledger")
                .Set("@ids", counted.Select(r => r.Delivery.Value).ToArray())
                .Set("@statuses", counted.Select(r => (short)r.Decision.Status).ToArray())
                .Set("@ats", counted.Select(r => r.EndedAt.ToUnixTimeMilliseconds()).ToArray())
                .Set("@reasons", counted.Select(r => (short)r.Reason).ToArray())
                .Set("@attempts", counted.Select(r => r.Attempt).ToArray())
                .Set("@contents", counted.Select(r => r.Content?.Value).ToArray())
                .Set("@servers", counted.Select(ServerOf).ToArray())
                .Set("@sent_ats", counted.Select(SentAt).ToArray())
                .Set("@providers", counted.Select(r => Clean(r.Result.ProviderId)).ToArray())
                .ExecuteNonQueryAsync(ct);
        var attempts = counted.Where(HasAttempt).ToList();
        if (attempts.Count > 0)
            await session
                .Statement("Delivery/insert-attempt")
                .Set("@ids", attempts.Select(r => r.Delivery.Value).ToArray())
                .Set("@attempts", attempts.Select(r => r.Attempt).ToArray())
                .Set("@customers", attempts.Select(r => r.Customer.Value).ToArray())
                .Set("@campaigns", attempts.Select(r => r.Campaign?.Value).ToArray())
                .Set("@servers", attempts.Select(r => r.Server.Value).ToArray())
                .Set("@contents", attempts.Select(r => r.Content?.Value).ToArray())
                .Set("@starteds", attempts.Select(r => r.StartedAt.ToUnixTimeMilliseconds()).ToArray())
                .Set("@durations", attempts.Select(r => r.DurationMs).ToArray())
                .Set("@outcomes", attempts.Select(r => (short)r.Result.Outcome).ToArray())
                .Set("@phases", attempts.Select(r => (short)r.Result.Phase).ToArray())
                .Set("@codes", attempts.Select(r => r.Result.Code).ToArray())
                .Set("@enhanceds", attempts.Select(r => r.Result.Enhanced).ToArray())
                .Set("@texts", attempts.Select(Text).ToArray())
                .Set("@causes", attempts.Select(Cause).ToArray())
                .ExecuteNonQueryAsync(ct);
    }

    private static long? ServerOf(StoredResult result) => HasAttempt(result) ? result.Server.Value : null;

    private static long? SentAt(StoredResult result) =>
        result.Result.Outcome is AttemptOutcome.Accepted or AttemptOutcome.InDoubt ? result.EndedAt.ToUnixTimeMilliseconds() : null;

    /// <summary>A recipient we skipped ourselves has no attempt.</summary>
    private static bool HasAttempt(StoredResult result) => result.Decision.Status != DeliveryStatus.Suppressed;

    private static short? Cause(StoredResult result) =>
        result.Result.Outcome == AttemptOutcome.Accepted ? null : (short)FailureCauses.Of(result.Result);

    private static string Text(StoredResult result) => Clean(result.Result.Text)!;

    /// <summary>Words of the far end as every database takes them: no NUL, no half of a surrogate pair; otherwise one hostile answer would block the group for ever.</summary>
    private static string? Clean(string? text)
    {
        if (text is null)
            return null;
        if (text.Length > MaxText)
            text = text[..MaxText];
        text = text.Replace('\0', ' ');
        return text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0 ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }
}
