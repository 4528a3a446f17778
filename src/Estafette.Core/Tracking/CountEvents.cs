using System.Data.Common;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Tracking.Journal;

namespace Estafette.Core.Tracking;

/// <summary>
/// Counts a batch of journal events in one transaction: events stored, earlier ones re-flagged, first open and click stamped, rollups
/// moved, and the journal position with them. Repeating it after a crash or a retry changes nothing, because the position is compared first.
/// </summary>
internal static class CountEvents
{
    /// <summary>Counts the events between two positions; returns the position the database holds afterwards.</summary>
    public static Task<JournalPosition> RunAsync(
        WriteQueue writes,
        string journal,
        JournalPosition from,
        IReadOnlyList<JournalEvent> events,
        JournalPosition next,
        CancellationToken ct
    )
    {
        // Outside the transaction: a text that was never seen takes milliseconds.
        var agents = AgentClasses.Read(events);
        return writes.RunAsync(
            async session =>
            {
                var stored = await LoadPositionAsync(session.Statement("Tracking/load-journal-position"), journal, ct);
                if (stored != from)
                    return stored;
                await new Batch(session, agents, ct).CountAsync(events);
                await session
                    .Statement("Tracking/store-journal-position")
                    .Set("@journal", journal)
                    .Set("@segment", next.Segment)
                    .Set("@position", next.Offset)
                    .ExecuteNonQueryAsync(ct);
                return next;
            },
            ct
        );
    }

    /// <summary>How far the database has counted the journal.</summary>
    public static async Task<JournalPosition> LoadPositionAsync(Store store, string journal, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Tracking/load-journal-position");
        return await LoadPositionAsync(command, journal, ct);
    }

    private static async Task<JournalPosition> LoadPositionAsync(DbCommand command, string journal, CancellationToken ct)
    {
        await using var reader = await command.Set("@journal", journal).ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new JournalPosition(reader.GetInt64(0), reader.GetInt64(1)) : default;
    }

    /// <summary>What one transaction collects before it writes.</summary>
    private sealed class Batch(WriteSession session, AgentClasses agents, CancellationToken ct)
    {
        private readonly RollupCounter _rollups = new();
        private readonly JsonRows _events = new();
        private readonly JsonRows _flags = new();
        private readonly JsonRows _stamps = new();
        private readonly JsonRows _days = new();

        public async ValueTask CountAsync(IReadOnlyList<JournalEvent> events)
        {
            await agents.StoreAsync(session, ct);
            await CountAggregateAsync(events.Where(e => e.Purpose is TokenPurpose.AggregateOpen or TokenPurpose.AggregateClick).ToList());
            var byDelivery = events
                .Where(e => e.Purpose is TokenPurpose.Open or TokenPurpose.HygieneOpen or TokenPurpose.Click or TokenPurpose.WebVersion)
                .ToLookup(e => e.Subject);
            var deliveries = await LoadDeliveriesAsync(byDelivery.Select(g => g.Key).ToList());
            foreach (var delivery in deliveries)
                Count(delivery, byDelivery[delivery.Id]);
            await WriteAsync("Tracking/insert-events", _events);
            await WriteAsync("Tracking/flag-events", _flags);
            await WriteAsync("Tracking/stamp-deliveries", _stamps);
            await WriteAsync("Tracking/stamp-contacts", _days);
            await _rollups.WriteAsync(session, ct);
        }

        private void Count(TrackedDelivery delivery, IEnumerable<JournalEvent> events)
        {
            // Withdrawn consent: the URLs of old messages go on answering and nothing is kept (interfaces.md §7.4, D-91).
            if (delivery.ConsentWithdrawn || delivery.Tracking is not (TrackedDelivery.Individual or TrackedDelivery.Hygiene))
                return;
            var engagement = delivery.Engagement;
            engagement.Contribute(_rollups, -1);
            long lastOpen = 0;
            foreach (var e in events)
            {
                var kind = KindOf(e.Purpose);
                if (kind == TrackingEventKind.Open && e.Sign.IsPerson())
                    lastOpen = Math.Max(lastOpen, e.At);
                if (delivery.Tracking == TrackedDelivery.Individual && e.Purpose != TokenPurpose.HygieneOpen)
                    engagement.TryAdd(kind, LinkDimension.Of(e.Content, e.LinkNo), e.Sign, e.At, agents.ClassOf(e.UserAgent), e);
            }
            engagement.FlagBursts();
            engagement.Contribute(_rollups, 1);
            foreach (var item in engagement.Items)
                if (item.Source is JournalEvent source)
                    AddEvent(delivery.Customer.Value, delivery.Campaign?.Value, source, item.Sign);
                else if (item.WasReflagged)
                    _flags.Row(item.Id, (short)item.Sign);
            foreach (var click in engagement.Items)
                if (click.Source is not null && click.IsPerson && click.Kind == TrackingEventKind.Click)
                    lastOpen = Math.Max(lastOpen, click.At);
            if (engagement.OpenedAt != delivery.OpenedAt || engagement.ClickedAt != delivery.ClickedAt)
                _stamps.Row(delivery.Id, engagement.OpenedAt, engagement.ClickedAt);
            if (lastOpen > 0 && delivery.Contact is { } contact)
                _days.Row(contact, lastOpen / 86_400_000);
        }

        private void AddEvent(long customer, long? campaign, in JournalEvent e, MachineSign sign)
        {
            var individual = e.Purpose is TokenPurpose.Open or TokenPurpose.Click or TokenPurpose.WebVersion;
            _events.Row(
                customer,
                campaign,
                individual ? e.Subject : null,
                e.Content == 0 ? null : e.Content,
                (short)KindOf(e.Purpose),
                e.LinkNo,
                (short)sign,
                e.At,
                individual ? e.Ip?.ToString() : null,
                individual ? agents.AgentOf(e.UserAgent) : null
            );
        }

        private async ValueTask CountAggregateAsync(List<JournalEvent> events)
        {
            if (events.Count == 0)
                return;
            var customers = new Dictionary<long, long>();
            var command = session.Statement("Tracking/load-campaign-customers").Set("@ids", Ids(events.Select(e => e.Subject).Distinct()));
            await using (var reader = await command.ExecuteReaderAsync(ct))
                while (await reader.ReadAsync(ct))
                    customers[reader.GetInt64(0)] = reader.GetInt64(1);
            foreach (var e in events)
            {
                if (!customers.TryGetValue(e.Subject, out var customer))
                    continue;
                AddEvent(customer, e.Subject, e, e.Sign);
                var click = e.Purpose == TokenPurpose.AggregateClick;
                if (e.Sign.IsPerson())
                    _rollups.Add(
                        new CustomerId(customer),
                        new CampaignId(e.Subject),
                        click ? Metric.AggregateClickTotal : Metric.AggregateOpenTotal,
                        DateTimeOffset.FromUnixTimeMilliseconds(e.At),
                        click ? LinkDimension.Of(e.Content, e.LinkNo) : 0
                    );
            }
        }

        private async ValueTask<List<TrackedDelivery>> LoadDeliveriesAsync(List<long> ids)
        {
            var deliveries = new Dictionary<long, TrackedDelivery>();
            if (ids.Count == 0)
                return [];
            var command = session.Statement("Tracking/load-deliveries").Set("@ids", Ids(ids));
            await using (var reader = await command.ExecuteReaderAsync(ct))
                while (await reader.ReadAsync(ct))
                    deliveries.Add(reader.GetInt64(0), TrackedDelivery.Read(reader));
            var stored = session.Statement("Tracking/load-events").Set("@ids", Ids(deliveries.Keys));
            await using (var reader = await stored.ExecuteReaderAsync(ct))
                while (await reader.ReadAsync(ct))
                    deliveries[reader.GetInt64(0)]
                        .Engagement.AddStored(
                            reader.GetInt64(1),
                            (TrackingEventKind)reader.GetInt16(2),
                            LinkDimension.Of(reader.GetInt64(3), reader.GetInt32(4)),
                            (MachineSign)reader.GetInt16(5),
                            reader.GetInt64(6),
                            reader.GetInt64(7)
                        );
            return [.. deliveries.Values];
        }

        private async ValueTask WriteAsync(string statement, JsonRows rows)
        {
            if (rows.Count > 0)
                await session.Statement(statement).Set("@rows", rows.Text()).ExecuteNonQueryAsync(ct);
        }

        private static string Ids(IEnumerable<long> ids) => $"[{string.Join(',', ids)}]";

        private static TrackingEventKind KindOf(TokenPurpose purpose) =>
            purpose switch
            {
                TokenPurpose.Click or TokenPurpose.AggregateClick => TrackingEventKind.Click,
                TokenPurpose.WebVersion => TrackingEventKind.WebVersion,
                _ => TrackingEventKind.Open,
            };
    }

    /// <summary>What counting knows of a delivery; Tracking lies below Delivery and reads its table by SQL.</summary>
    private sealed record TrackedDelivery(long Id, CustomerId Customer, CampaignId? Campaign, long? Contact, int Tracking)
    {
        /// <summary>Delivery.DeliveryTracking.Individual and Hygiene.</summary>
        public const int Individual = 2;
        public const int Hygiene = 3;

        public long? OpenedAt { get; init; }
        public long? ClickedAt { get; init; }
        public bool ConsentWithdrawn { get; init; }
        public required Engagement Engagement { get; init; }

        public static TrackedDelivery Read(DbDataReader row)
        {
            var customer = new CustomerId(row.GetInt64(1));
            CampaignId? campaign = Number(row, 2) is { } c ? new CampaignId(c) : null;
            DateTimeOffset? sentAt = Number(row, 5) is { } s ? DateTimeOffset.FromUnixTimeMilliseconds(s) : null;
            return new TrackedDelivery(row.GetInt64(0), customer, campaign, Number(row, 3), row.GetInt16(4))
            {
                OpenedAt = Number(row, 6),
                ClickedAt = Number(row, 7),
                ConsentWithdrawn = Number(row, 8) == (short)Contacts.TrackingConsent.Refused,
                Engagement = new Engagement(customer, campaign, sentAt, row.GetString(10)),
            };
        }

        private static long? Number(DbDataReader row, int column) =>
            row.IsDBNull(column) ? null : Convert.ToInt64(row.GetValue(column), System.Globalization.CultureInfo.InvariantCulture);
    }
}
