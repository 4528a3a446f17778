using System.Data.Common;
using System.Globalization;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;

namespace Estafette.Core.Tracking.Unsubscribe;

/// <summary>The person behind the unsubscribe link of a delivery, as the page shows and the actions need it.</summary>
internal sealed record Recipient
{
    public required DeliveryId Delivery { get; init; }
    public required CustomerId Customer { get; init; }
    public required string CustomerName { get; init; }
    public CampaignId? Campaign { get; init; }

    /// <summary>Null for a bare address that is no contact.</summary>
    public ContactId? Contact { get; init; }
    public required Channel Channel { get; init; }
    public required string Address { get; init; }
    public required string AddressKey { get; init; }

    /// <summary>The contact's language, else the customer's.</summary>
    public required string Language { get; init; }
    public DateTimeOffset? UnsubscribedAt { get; init; }
    public TrackingConsent TrackingConsent { get; init; }

    /// <summary>Opens and clicks of this message are recorded for this person.</summary>
    public required bool IsMeasured { get; init; }

    /// <summary>Whom to ask where the customer sees to opt-outs itself: there is no form then. Null everywhere else.</summary>
    public string? ExternalContact { get; init; }

    /// <summary>Whether the opt-out that this delivery recorded can still be taken back.</summary>
    public bool CanSubscribeAgain(DateTimeOffset now) => UnsubscribedAt is { } at && now - at < SubscribeAgain.Within;
}

/// <summary>Looks up the person behind an unsubscribe link.</summary>
internal static class FindRecipient
{
    /// <summary>Null when the delivery no longer exists.</summary>
    public static async Task<Recipient?> RunAsync(DeliveryId delivery, Store store, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Tracking/find-recipient");
        return await ReadAsync(command, delivery, ct);
    }

    /// <summary>The same inside a write.</summary>
    public static Task<Recipient?> RunAsync(DeliveryId delivery, WriteSession session, CancellationToken ct) =>
        ReadAsync(session.Statement("Tracking/find-recipient"), delivery, ct);

    private static async Task<Recipient?> ReadAsync(DbCommand command, DeliveryId delivery, CancellationToken ct)
    {
        await using var row = await command.Set("@delivery", delivery.Value).ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct))
            return null;
        return new Recipient
        {
            Delivery = delivery,
            Customer = new CustomerId(row.GetInt64(0)),
            CustomerName = row.GetString(1),
            Campaign = Number(row, 2) is { } campaign ? new CampaignId(campaign) : null,
            Contact = Number(row, 3) is { } contact ? new ContactId(contact) : null,
            Channel = (Channel)row.GetInt16(4),
            Address = row.GetString(5),
            AddressKey = row.GetString(6),
            Language = row.GetString(7),
            UnsubscribedAt = Number(row, 8) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            TrackingConsent = (TrackingConsent)(Number(row, 9) ?? 0),
            IsMeasured = row.GetInt16(10) >= 2,
            ExternalContact = row.IsDBNull(11) ? null : row.GetString(11),
        };
    }

    private static long? Number(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : Convert.ToInt64(row.GetValue(column), CultureInfo.InvariantCulture);
}
