using System.Globalization;
using System.Text;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Suppression;
using Estafette.Core.Suppression.Bounces;

namespace Estafette.Core.Inbound;

/// <summary>
/// Applies what the far end says to the ledger. Words come late, twice and out of order: the status moves only up in rank, or from Delivered to a
/// bounce (interfaces §0.1); everything is kept in the history. Figures, history and suppressions are written in one transaction.
/// </summary>
internal static class ApplyFarEnd
{
    private const int MaxText = 2000;

    public static async ValueTask<FarEndOutcome> RunAsync(WriteSession session, FarEndWord word, DateTimeOffset now, CancellationToken ct)
    {
        if (await ReadAsync(session, word.Delivery, ct) is not { } known || (word.Customer is { } owner && owner != known.Customer))
            return FarEndOutcome.Unknown;
        var at = word.At > now ? now : word.At;
        var text = Clean(word.Text);
        var moved = word.Fact switch
        {
            FarEndFact.Complained => await ComplainAsync(session, known, word, at, text, ct),
            FarEndFact.Unsubscribed => await OptOutAsync(session, known, word, at, text, ct),
            _ => await MoveAsync(session, known, StatusOf(word.Fact), at, ct),
        };
        await session
            .Statement("Delivery/insert-delivery-event")
            .Set("@id", word.Delivery.Value)
            .Set("@customer", known.Customer.Value)
            .Set("@at", at.ToUnixTimeMilliseconds())
            .Set("@status", (short)(StatusOf(word.Fact) ?? known.Status))
            .Set("@source", (short)word.Source)
            .Set("@text", text)
            .ExecuteNonQueryAsync(ct);
        await BlameAsync(session, known, word, at, text, ct);
        return moved ? FarEndOutcome.Applied : FarEndOutcome.Noted;
    }

    private static DeliveryStatus? StatusOf(FarEndFact fact) =>
        fact switch
        {
            FarEndFact.Deferred => DeliveryStatus.Deferred,
            FarEndFact.Delivered => DeliveryStatus.Delivered,
            FarEndFact.SoftBounced => DeliveryStatus.SoftBounced,
            FarEndFact.HardBounced => DeliveryStatus.HardBounced,
            FarEndFact.Rejected => DeliveryStatus.Rejected,
            _ => null,
        };

    /// <summary>Whether a status follows another by rank.</summary>
    internal static bool Follows(DeliveryStatus current, DeliveryStatus next) =>
        (RankOf(current), RankOf(next)) switch
        {
            (40, 50) => next is DeliveryStatus.SoftBounced or DeliveryStatus.HardBounced,
            (>= 40, _) => false,
            // Among those without a final word, only a delay that the far end reports changes something.
            (30, 30) => current is DeliveryStatus.Sent or DeliveryStatus.InDoubt && next == DeliveryStatus.Deferred,
            var (from, to) => to > from,
        };

    private static int RankOf(DeliveryStatus status) =>
        status switch
        {
            DeliveryStatus.Pending => 0,
            DeliveryStatus.Sending => 20,
            DeliveryStatus.Sent or DeliveryStatus.Deferred or DeliveryStatus.InDoubt => 30,
            DeliveryStatus.Delivered => 40,
            _ => 50,
        };

    private static async ValueTask<bool> MoveAsync(
        WriteSession session,
        Known known,
        DeliveryStatus? asked,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        if (asked is not { } next || !Follows(known.Status, next))
            return false;
        await session
            .Prepare("UPDATE deliveries SET status = @status, status_at = @at WHERE id = @id")
            .Set("@status", (short)next)
            .Set("@at", at.ToUnixTimeMilliseconds())
            .Set("@id", known.Id.Value)
            .ExecuteNonQueryAsync(ct);
        // Nobody shall send again what has its final word; a row that a lane holds is resolved by the lane.
        if (RankOf(next) >= 40 && known.Status is DeliveryStatus.Pending or DeliveryStatus.Deferred or DeliveryStatus.InDoubt)
            await session
                .Prepare("DELETE FROM delivery_queue WHERE campaign_id = @campaign AND delivery_id = @id AND epoch = 0")
                .Set("@campaign", known.Campaign?.Value ?? 0)
                .Set("@id", known.Id.Value)
                .ExecuteNonQueryAsync(ct);
        var counter = new RollupCounter();
        Count(counter, known, known.Status, known.StatusAt, -1);
        Count(counter, known, next, at, 1);
        await counter.WriteAsync(session, ct);
        return true;
    }

    private static void Count(RollupCounter counter, Known known, DeliveryStatus status, DateTimeOffset at, long count)
    {
        Metric? metric = status switch
        {
            DeliveryStatus.Delivered => Metric.Delivered,
            DeliveryStatus.SoftBounced => Metric.SoftBounced,
            DeliveryStatus.HardBounced => Metric.HardBounced,
            DeliveryStatus.Rejected => Metric.Rejected,
            _ => null,
        };
        if (metric is not { } counted)
            return;
        var domain = RollupCounter.DomainOf(known.AddressKey);
        counter.Add(known.Customer, known.Campaign, counted, at, count: count);
        if (counted == Metric.Delivered)
            counter.AddDomain(known.Customer, known.Campaign, Metric.DomainDelivered, domain, count);
        else if (counted != Metric.Rejected)
            counter.AddDomain(known.Customer, known.Campaign, Metric.DomainBounced, domain, count);
    }

    private static async ValueTask<bool> ComplainAsync(
        WriteSession session,
        Known known,
        FarEndWord word,
        DateTimeOffset at,
        string? text,
        CancellationToken ct
    )
    {
        var request = Request(known, SuppressionReason.Complaint, word.Origin, text);
        await SuppressAddress.WriteAsync(session, known.Customer, request, known.AddressKey, at, ct);
        return await StampAsync(session, known, "complained_at", Metric.Complained, at, ct);
    }

    private static async ValueTask<bool> OptOutAsync(
        WriteSession session,
        Known known,
        FarEndWord word,
        DateTimeOffset at,
        string? text,
        CancellationToken ct
    )
    {
        var request = Request(known, SuppressionReason.OptOut, word.Origin, text);
        await SuppressAddress.WriteAsync(session, known.Customer, request, known.AddressKey, at, ct);
        return await StampAsync(session, known, "unsubscribed_at", Metric.Unsubscribed, at, ct);
    }

    /// <summary>Sets a stamp once and counts it then.</summary>
    private static async ValueTask<bool> StampAsync(
        WriteSession session,
        Known known,
        string column,
        Metric metric,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        var first = await session
            .Prepare($"UPDATE deliveries SET {column} = @at WHERE id = @id AND {column} IS NULL")
            .Set("@at", at.ToUnixTimeMilliseconds())
            .Set("@id", known.Id.Value)
            .ExecuteNonQueryAsync(ct);
        if (first == 0)
            return false;
        var counter = new RollupCounter();
        counter.Add(known.Customer, known.Campaign, metric, at);
        await counter.WriteAsync(session, ct);
        return true;
    }

    private static async ValueTask BlameAsync(
        WriteSession session,
        Known known,
        FarEndWord word,
        DateTimeOffset at,
        string? text,
        CancellationToken ct
    )
    {
        if (word.Blame == FarEndBlame.List)
            await SuppressAddress.WriteAsync(
                session,
                known.Customer,
                Request(known, SuppressionReason.HardBounce, SuppressionOrigin.Bounce, text),
                known.AddressKey,
                at,
                ct
            );
        else if (word.Blame != FarEndBlame.None)
            await CountBounce.RunAsync(
                session,
                known.Customer,
                new CountedBounce(known.Channel, known.AddressKey, known.Id, word.Blame == FarEndBlame.CountPermanent, at)
                {
                    Status = word.Status,
                    Campaign = known.Campaign,
                    Text = text,
                },
                ct
            );
    }

    private static SuppressAddressRequest Request(Known known, SuppressionReason reason, SuppressionOrigin origin, string? text) =>
        new(known.Channel, known.AddressKey, reason, origin, text, known.Id, known.Campaign);

    private sealed record Known(
        DeliveryId Id,
        CustomerId Customer,
        CampaignId? Campaign,
        Channel Channel,
        string AddressKey,
        DeliveryStatus Status,
        DateTimeOffset StatusAt
    );

    private static async ValueTask<Known?> ReadAsync(WriteSession session, DeliveryId id, CancellationToken ct)
    {
        var sql = "SELECT customer_id, campaign_id, channel, address_key, status, status_at FROM deliveries WHERE id = @id";
        var command = session.Prepare(session.Store.Kind == DatabaseKind.PostgreSql ? sql + " FOR UPDATE" : sql).Set("@id", id.Value);
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct))
            return null;
        return new Known(
            id,
            new CustomerId(row.GetInt64(0)),
            row.IsDBNull(1) ? null : new CampaignId(row.GetInt64(1)),
            (Channel)Convert.ToInt16(row.GetValue(2), CultureInfo.InvariantCulture),
            row.GetString(3),
            (DeliveryStatus)Convert.ToInt16(row.GetValue(4), CultureInfo.InvariantCulture),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5))
        );
    }

    /// <summary>Words of the far end as every database takes them.</summary>
    internal static string? Clean(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        text = text.Trim();
        return CleanAll(text.Length > MaxText ? text[..MaxText] : text);
    }

    /// <summary>The same without a limit of its own.</summary>
    internal static string CleanAll(string text)
    {
        text = text.Replace('\0', ' ');
        return text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0 ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }
}
