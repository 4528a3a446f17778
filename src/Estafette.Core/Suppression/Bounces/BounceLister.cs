using Estafette.Core.Platform;

namespace Estafette.Core.Suppression.Bounces;

/// <summary>
/// Judges the addresses of new failures by the rules of the installation, and lists those that failed too often. A failure is marked as judged in the
/// transaction that lists its address; what the far end said then stands with the listed address alone.
/// </summary>
internal sealed class BounceLister(SuppressionOptions options, WriteQueue writes, LoopContext context)
    : BackgroundLoop(context, Signal.CallbacksReceived, TimeSpan.FromSeconds(2))
{
    private const int Batch = 500;

    private readonly IReadOnlyList<BounceRule> _rules = options.Rules;

    private sealed record Failure(long Id, CustomerId Customer, CountedBounce Bounce);

    protected override async Task<bool> PassAsync(CancellationToken ct) => await JudgeAsync(ct) == Batch;

    /// <summary>Judges a batch and tells how many failures it held.</summary>
    internal async Task<int> JudgeAsync(CancellationToken ct)
    {
        // Most passes find nothing, and do not wait for the writer.
        if (!await AnyAsync(ct))
            return 0;
        return await writes.RunAsync(session => JudgeAsync(session, ct), ct);
    }

    private async Task<bool> AnyAsync(CancellationToken ct)
    {
        await using var connection = await writes.Store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1 FROM bounce_counts WHERE judged = 0 LIMIT 1";
        return await command.ExecuteScalarAsync(ct) is not null;
    }

    private async ValueTask<int> JudgeAsync(WriteSession session, CancellationToken ct)
    {
        var now = Clock.GetUtcNow();
        var failures = await ReadNewAsync(session, ct);
        foreach (var address in failures.GroupBy(f => (f.Customer, f.Bounce.Channel, f.Bounce.AddressKey)))
        {
            var last = address.Last();
            if (await IsTooMuchAsync(session, last.Customer, address, now, ct))
                await ListAsync(session, last.Customer, last.Bounce, now, ct);
        }
        foreach (var failure in failures)
            await session
                .Prepare("UPDATE bounce_counts SET judged = 1, evidence = NULL WHERE id = @id")
                .Set("@id", failure.Id)
                .ExecuteNonQueryAsync(ct);
        return failures.Count;
    }

    private static async ValueTask<List<Failure>> ReadNewAsync(WriteSession session, CancellationToken ct)
    {
        var failures = new List<Failure>();
        await using var reader = await session
            .Prepare(
                """
                SELECT id, customer_id, channel, address_key, delivery_id, is_permanent, at, status, campaign_id, evidence
                FROM bounce_counts WHERE judged = 0 ORDER BY id LIMIT @count
                """
            )
            .Set("@count", (long)Batch)
            .ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var bounce = new CountedBounce(
                (Channel)reader.GetInt16(2),
                reader.GetString(3),
                new DeliveryId(reader.GetInt64(4)),
                reader.GetBoolean(5),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(6))
            )
            {
                Status = reader.IsDBNull(7) ? null : reader.GetString(7),
                Campaign = reader.IsDBNull(8) ? null : new CampaignId(reader.GetInt64(8)),
                Text = reader.IsDBNull(9) ? null : reader.GetString(9),
            };
            failures.Add(new Failure(reader.GetInt64(0), new CustomerId(reader.GetInt64(1)), bounce));
        }
        return failures;
    }

    /// <summary>Whether a rule that counts one of the new failures is full.</summary>
    private async ValueTask<bool> IsTooMuchAsync(
        WriteSession session,
        CustomerId customer,
        IEnumerable<Failure> added,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var touched = added.Select(f => RuleOf(f.Bounce.IsPermanent, f.Bounce.Status)).OfType<BounceRule>().Distinct().ToList();
        if (touched.Count == 0)
            return false;
        var counts = new Dictionary<BounceRule, int>();
        var address = added.First().Bounce;
        await using var reader = await session
            .Prepare(
                """
                SELECT is_permanent, status, at FROM bounce_counts
                WHERE customer_id = @customer AND channel = @channel AND address_key = @key AND at >= @since
                """
            )
            .Set("@customer", customer.Value)
            .Set("@channel", (short)address.Channel)
            .Set("@key", address.AddressKey)
            .Set("@since", (now - touched.Max(r => r.Within)).ToUnixTimeMilliseconds())
            .ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            if (
                RuleOf(reader.GetBoolean(0), reader.IsDBNull(1) ? null : reader.GetString(1)) is { } rule
                && reader.GetInt64(2) >= (now - rule.Within).ToUnixTimeMilliseconds()
            )
                counts[rule] = counts.GetValueOrDefault(rule) + 1;
        return touched.Exists(r => counts.GetValueOrDefault(r) >= r.Count);
    }

    private BounceRule? RuleOf(bool isPermanent, string? status) => _rules.FirstOrDefault(r => r.Fits(isPermanent, status));

    private static async ValueTask ListAsync(
        WriteSession session,
        CustomerId customer,
        CountedBounce bounce,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var request = new SuppressAddressRequest(
            bounce.Channel,
            bounce.AddressKey,
            SuppressionReason.RepeatedSoftBounce,
            SuppressionOrigin.Bounce,
            bounce.Text,
            bounce.Delivery,
            bounce.Campaign
        );
        await SuppressAddress.WriteAsync(session, customer, request, bounce.AddressKey, now, ct);
    }
}
