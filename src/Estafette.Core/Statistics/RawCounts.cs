using System.Data.Common;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Tracking;

namespace Estafette.Core.Statistics;

/// <summary>
/// Counts the raw rows of a campaign in one pass over its deliveries with their attempts and one over their events: a delivery is complete when
/// the next begins, so memory holds the figures and one delivery. The definitions are those of <see cref="Recount"/>.
/// </summary>
internal sealed class RawCounts
{
    private const int HourMs = 3_600_000;

    private readonly Dictionary<(int Metric, long Hour, long Dimension), long> _counts = [];

    /// <summary>The figures that are not 0.</summary>
    public static async Task<Dictionary<(int Metric, long Hour, long Dimension), long>> ReadAsync(
        Func<string, DbCommand> statement,
        CampaignId campaign,
        CancellationToken ct
    )
    {
        var counts = new RawCounts();
        async Task EachAsync(string name, Action<DbDataReader> count)
        {
            await using var command = statement(name).Set("@campaign", campaign.Value);
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                count(reader);
        }
        var sent = new SentDelivery(counts);
        await EachAsync("Statistics/recount-deliveries", sent.Add);
        sent.Finish();
        var answered = new AnsweredDelivery(counts);
        await EachAsync("Statistics/recount-events", answered.Add);
        answered.Finish();
        await EachAsync(
            "Statistics/recount-nobody",
            row =>
                counts.Add(
                    row.GetInt32(0) == (int)TrackingEventKind.Open ? Metric.AggregateOpenTotal : Metric.AggregateClickTotal,
                    row.GetInt64(1) * HourMs,
                    row.GetInt64(2),
                    row.GetInt64(3)
                )
        );
        return counts._counts.Where(c => c.Value != 0).ToDictionary();
    }

    private void Add(Metric metric, long at, long dimension = 0, long count = 1)
    {
        var key = ((int)metric, at / HourMs, dimension);
        _counts[key] = _counts.GetValueOrDefault(key) + count;
    }

    /// <summary>Figures by domain are of the whole campaign: their hour is 0.</summary>
    private void AddDomain(Metric metric, long domain, long count = 1) => Add(metric, 0, domain, count);

    private static long? Earlier(long? known, long at) => known is { } before && before <= at ? before : at;

    /// <summary>A delivery whose attempts come one after the other.</summary>
    private sealed class SentDelivery(RawCounts counts)
    {
        private long _id = -1;
        private short _tracking;
        private long _domain;
        private long? _attempted;
        private long? _accepted;

        public void Add(DbDataReader row)
        {
            if (row.GetInt64(0) != _id)
            {
                Finish();
                Begin(row);
            }
            if (!row.IsDBNull(8))
                Attempt(row);
        }

        private void Begin(DbDataReader row)
        {
            (_id, _tracking, _domain) = (row.GetInt64(0), row.GetInt16(2), row.GetInt64(7));
            counts.Add(Metric.Audience, row.GetInt64(1));
            var status = (DeliveryStatus)row.GetInt16(3);
            if (StatusMetric(status) is { } metric)
                counts.Add(metric, row.GetInt64(4));
            if (status == DeliveryStatus.Delivered)
                counts.AddDomain(Metric.DomainDelivered, _domain);
            else if (status is DeliveryStatus.SoftBounced or DeliveryStatus.HardBounced or DeliveryStatus.Expired)
                counts.AddDomain(Metric.DomainBounced, _domain);
            if (!row.IsDBNull(5))
                counts.Add(Metric.Unsubscribed, row.GetInt64(5));
            if (!row.IsDBNull(6))
                counts.Add(Metric.Complained, row.GetInt64(6));
        }

        private void Attempt(DbDataReader row)
        {
            var (duration, outcome) = (row.GetInt64(10), (AttemptOutcome)row.GetInt16(11));
            var end = row.GetInt64(9) + duration;
            var isAccepted = outcome == AttemptOutcome.Accepted;
            if ((SendPhase)row.GetInt16(12) != SendPhase.Render)
                _attempted = Earlier(_attempted, end);
            counts.Add(isAccepted ? Metric.ServerAccepted : Metric.ServerFailed, end, row.GetInt64(8));
            if (isAccepted)
            {
                _accepted = Earlier(_accepted, end);
                counts.AddDomain(Metric.DomainAcceptMs, _domain, duration);
                return;
            }
            if (!row.IsDBNull(13))
                counts.Add(Metric.FailureCause, end, row.GetInt64(13));
            if (outcome == AttemptOutcome.Deferred)
            {
                counts.Add(Metric.DeferredAttempts, end);
                counts.AddDomain(Metric.DomainDeferred, _domain);
            }
            else if (outcome == AttemptOutcome.InDoubt)
                counts.Add(Metric.InDoubt, end);
        }

        public void Finish()
        {
            if (_attempted is { } attempted)
            {
                counts.Add(Metric.Attempted, attempted, _tracking);
                counts.AddDomain(Metric.DomainAttempted, _domain);
            }
            if (_accepted is { } accepted)
            {
                counts.Add(Metric.Sent, accepted);
                counts.AddDomain(Metric.DomainSent, _domain);
                if (_tracking == (short)DeliveryTracking.Individual)
                    counts.Add(Metric.SentTracked, accepted);
            }
            (_attempted, _accepted) = (null, null);
        }

        private static Metric? StatusMetric(DeliveryStatus status) =>
            status switch
            {
                DeliveryStatus.Delivered => Metric.Delivered,
                DeliveryStatus.SoftBounced => Metric.SoftBounced,
                DeliveryStatus.HardBounced => Metric.HardBounced,
                DeliveryStatus.Rejected => Metric.Rejected,
                DeliveryStatus.Expired => Metric.Expired,
                DeliveryStatus.Suppressed => Metric.Suppressed,
                DeliveryStatus.Cancelled => Metric.Cancelled,
                _ => null,
            };
    }

    /// <summary>A delivery whose opens and clicks come one after the other, in any order of time.</summary>
    private sealed class AnsweredDelivery(RawCounts counts)
    {
        private readonly Dictionary<long, long> _links = [];
        private readonly Dictionary<long, long> _classes = [];
        private long _id = -1;
        private long _domain;
        private long? _opened;
        private long? _clicked;

        public void Add(DbDataReader row)
        {
            if (row.GetInt64(0) != _id)
                Finish();
            (_id, _domain) = (row.GetInt64(0), row.GetInt64(1));
            var isClick = row.GetInt32(2) == (int)TrackingEventKind.Click;
            var isPerson = ((MachineSign)row.GetInt16(3)).IsPerson();
            var (at, link, agent) = (row.GetInt64(4), row.GetInt64(5), row.GetInt64(6));
            if (isPerson)
                Person(isClick, at, link, agent);
            else
            {
                counts.Add(isClick ? Metric.MachineClickTotal : Metric.MachineOpenTotal, at);
                if (isClick)
                    counts.Add(Metric.MachineLinkClickTotal, at, link);
            }
        }

        private void Person(bool isClick, long at, long link, long agent)
        {
            _opened = Earlier(_opened, at);
            _classes[agent] = Earlier(_classes.TryGetValue(agent, out var before) ? before : null, at)!.Value;
            counts.Add(isClick ? Metric.ClickTotal : Metric.OpenTotal, at);
            counts.Add(isClick ? Metric.DeviceClickTotal : Metric.DeviceOpenTotal, at, agent);
            if (!isClick)
                return;
            _clicked = Earlier(_clicked, at);
            _links[link] = Earlier(_links.TryGetValue(link, out var first) ? first : null, at)!.Value;
            counts.Add(Metric.LinkClickTotal, at, link);
        }

        public void Finish()
        {
            if (_opened is { } opened)
            {
                counts.Add(Metric.Opened, opened);
                counts.AddDomain(Metric.DomainOpened, _domain);
            }
            if (_clicked is { } clicked)
            {
                counts.Add(Metric.Clicked, clicked);
                counts.AddDomain(Metric.DomainClicked, _domain);
            }
            foreach (var (link, at) in _links)
                counts.Add(Metric.LinkClickers, at, link);
            foreach (var (agent, at) in _classes)
                counts.Add(Metric.DeviceUsers, at, agent);
            (_opened, _clicked) = (null, null);
            _links.Clear();
            _classes.Clear();
        }
    }
}
