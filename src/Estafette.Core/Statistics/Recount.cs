using System.Data;
using System.Data.Common;
using System.Globalization;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;

namespace Estafette.Core.Statistics;

/// <summary>A rollup that differs from what the raw rows say.</summary>
public sealed record RollupDifference(Metric Metric, DateTimeOffset Hour, long Dimension, long Stored, long Counted);

/// <summary>
/// Proves that the rollups of a campaign equal its raw rows, and puts them right when they do not.
/// <para>Definition of every metric. "Hour of" is the UTC hour of the time named; an attempt ends at started_at + duration_ms; a person's event
/// has machine 0 or 6 (<see cref="Tracking.MachineSign"/>).</para>
/// <list type="table">
/// <item><term>Audience</term><description>deliveries, hour of created_at</description></item>
/// <item><term>Attempted</term><description>deliveries with an attempt whose phase is not Render, hour of the end of the first one, dimension:
/// tracking of the delivery</description></item>
/// <item><term>Sent</term><description>deliveries with an accepted attempt, hour of the end of the first one</description></item>
/// <item><term>SentTracked</term><description>the same where tracking is Individual</description></item>
/// <item><term>Delivered, SoftBounced, HardBounced, Rejected, Expired, Suppressed, Cancelled</term><description>deliveries that have this status now,
/// hour of status_at. Whoever moves a delivery out of such a status takes the old figure back at its old hour</description></item>
/// <item><term>DeferredAttempts, InDoubt</term><description>attempts with this outcome, hour of their end</description></item>
/// <item><term>ServerAccepted, ServerFailed</term><description>attempts accepted, and all others, hour of their end, dimension: server</description></item>
/// <item><term>FailureCause</term><description>attempts not accepted, hour of their end, dimension: cause as stored</description></item>
/// <item><term>Opened</term><description>deliveries with an open or click of a person, hour of the first</description></item>
/// <item><term>Clicked</term><description>deliveries with a click of a person, hour of the first</description></item>
/// <item><term>LinkClickers</term><description>pairs of delivery and link with a click of a person, hour of the first, dimension: link</description></item>
/// <item><term>OpenTotal, ClickTotal, LinkClickTotal</term><description>events of people, hour of the event</description></item>
/// <item><term>MachineOpenTotal, MachineClickTotal</term><description>events of machines, hour of the event</description></item>
/// <item><term>AggregateOpenTotal, AggregateClickTotal</term><description>events without delivery, machines left out, hour of the event</description></item>
/// <item><term>MachineLinkClickTotal</term><description>clicks of machines, hour of the event, dimension: link</description></item>
/// <item><term>DeviceUsers</term><description>pairs of delivery and agent class with an open or click of a person, hour of the first, dimension: class
/// as stored with the user agent</description></item>
/// <item><term>DeviceOpenTotal, DeviceClickTotal</term><description>events of people, hour of the event, dimension: agent class</description></item>
/// <item><term>DomainAttempted, DomainSent, DomainDelivered, DomainBounced, DomainDeferred, DomainOpened, DomainClicked</term><description>as the metric
/// of that name without regard to hours; bounced are soft and hard bounces and expired ones; dimension: number of the domain in
/// campaign_domains, 0 when it has none</description></item>
/// <item><term>DomainAcceptMs</term><description>sum of duration_ms of accepted attempts, dimension: domain</description></item>
/// <item><term>Unsubscribed, Complained</term><description>deliveries with the stamp, hour of the stamp</description></item>
/// </list>
/// </summary>
public static class Recount
{
    /// <summary>Corrections written in one transaction; some hundredths of a second, in which nobody else writes on SQLite.</summary>
    private const int Chunk = 500;

    /// <summary>Recounts of a repair that another one overtook; more than a few mean that somebody repairs without end.</summary>
    private const int Tries = 5;

    /// <summary>What differs, in the order of metric, hour and dimension; empty when the figures are true.</summary>
    /// <remarks>Reads one snapshot, so it may run beside the engine. Some seconds per million deliveries.</remarks>
    public static async Task<IReadOnlyList<RollupDifference>> RunAsync(CampaignId campaign, Store store, CancellationToken ct) =>
        (await CompareAsync(campaign, store, ct)).Differences;

    /// <summary>Puts the rollups of a campaign right by what the raw rows say and tells what was wrong.</summary>
    /// <remarks>
    /// Counts in a snapshot, holding nobody up, and adds what is missing in small transactions afterwards. That is right beside the engine: who
    /// writes rows adds the same to the figures, so that the difference of the snapshot stays what it was. Only another repair changes it, so each
    /// one raises the version it has read and the slower one counts again.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Other repairs of this campaign came first again and again.</exception>
    public static async Task<IReadOnlyList<RollupDifference>> RepairAsync(CampaignId campaign, WriteQueue writes, CancellationToken ct)
    {
        var repaired = new List<RollupDifference>();
        for (var i = 0; i < Tries; i++)
        {
            var (differences, version) = await CompareAsync(campaign, writes.Store, ct);
            var done = 0;
            foreach (var chunk in differences.Chunk(Chunk))
            {
                if (!await writes.RunAsync(session => CorrectAsync(campaign, chunk, version, session, ct), ct))
                    break;
                (version, done) = (version + 1, done + chunk.Length);
                repaired.AddRange(chunk);
            }
            if (done == differences.Count)
                return repaired;
        }
        throw new InvalidOperationException($"Repairing the figures of campaign {campaign}: other repairs came first; wait for them to end.");
    }

    /// <summary>Adds the corrections unless somebody else has repaired since the version was read.</summary>
    private static async ValueTask<bool> CorrectAsync(
        CampaignId campaign,
        RollupDifference[] differences,
        long version,
        WriteSession session,
        CancellationToken ct
    )
    {
        var claim = session.Statement("Statistics/claim-repair").Set("@campaign", campaign.Value).Set("@version", version);
        if (await claim.ExecuteNonQueryAsync(ct) == 0)
            return false;
        var owner = session.Prepare("SELECT customer_id FROM campaigns WHERE id = @campaign").Set("@campaign", campaign.Value);
        if (await owner.ExecuteScalarAsync(ct) is not { } found)
            return true;
        var customer = new CustomerId(Convert.ToInt64(found, CultureInfo.InvariantCulture));
        var corrections = new RollupCounter();
        foreach (var wrong in differences)
            corrections.Add(customer, campaign, wrong.Metric, wrong.Hour, wrong.Dimension, wrong.Counted - wrong.Stored);
        await corrections.WriteAsync(session, ct);
        return true;
    }

    /// <summary>The differences of one snapshot, and how often the rollups had been repaired in it.</summary>
    private static async Task<(IReadOnlyList<RollupDifference> Differences, long Version)> CompareAsync(
        CampaignId campaign,
        Store store,
        CancellationToken ct
    )
    {
        await using var connection = await store.OpenAsync(ct);
        await using var snapshot =
            store.Kind == DatabaseKind.PostgreSql
                ? await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct)
                : Deferred(connection);
        DbCommand Command(string sql)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            command.Transaction = snapshot;
            command.CommandTimeout = 0;
            return command;
        }
        await using var repairs = Command("SELECT version FROM rollup_repairs WHERE campaign_id = @campaign").Set("@campaign", campaign.Value);
        var version = Convert.ToInt64(await repairs.ExecuteScalarAsync(ct), CultureInfo.InvariantCulture);
        var counted = await RawCounts.ReadAsync(name => Command(store.Sql(name)), campaign, ct);
        var stored = await StoredAsync(Command(store.Sql("Statistics/load-rollups")), campaign, ct);
        var differences = counted
            .Keys.Union(stored.Keys)
            .Select(k => new RollupDifference(
                (Metric)k.Metric,
                DateTimeOffset.FromUnixTimeSeconds(k.Hour * 3600),
                k.Dimension,
                stored.GetValueOrDefault(k),
                counted.GetValueOrDefault(k)
            ))
            .Where(d => d.Stored != d.Counted)
            .OrderBy(d => d.Metric)
            .ThenBy(d => d.Hour)
            .ThenBy(d => d.Dimension)
            .ToList();
        return (differences, version);
    }

    private static async Task<Dictionary<(int Metric, long Hour, long Dimension), long>> StoredAsync(
        DbCommand command,
        CampaignId campaign,
        CancellationToken ct
    )
    {
        var rows = new Dictionary<(int, long, long), long>();
        await using var reader = await command.Set("@campaign", campaign.Value).ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows[(reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2))] = reader.GetInt64(3);
        return rows;
    }

    // SQLite: a deferred transaction is a snapshot from its first read on and takes no writer's place.
    private static DbTransaction Deferred(DbConnection connection) =>
        ((Microsoft.Data.Sqlite.SqliteConnection)connection).BeginTransaction(deferred: true);
}
