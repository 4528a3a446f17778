using System.Data.Common;
using System.Globalization;
using System.Text;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;

namespace Estafette.Core.Statistics;

/// <summary>The statement behind the list of deliveries and its export; every condition is a parameter.</summary>
internal sealed class DeliveryQuery(CustomerId customer, CampaignId campaign, Channel channel, DeliveryFilter filter)
{
    private const string Columns = """
        SELECT d.id, d.address, d.address_key, d.status, d.reason, d.tracking, d.attempts, d.server_id, s.name, d.status_at, d.sent_at,
          d.opened_at, d.clicked_at, d.unsubscribed_at, d.complained_at
        FROM deliveries d LEFT JOIN sending_servers s ON s.id = d.server_id
        WHERE d.campaign_id = @campaign AND d.customer_id = @customer
        """;

    private readonly string? _prefix = string.IsNullOrWhiteSpace(filter.AddressPrefix)
        ? null
        : filter.AddressPrefix.Trim().ToLowerInvariant();

    /// <summary>Whether rows come in the order of addresses; else in the order of ids.</summary>
    private bool IsByAddress => _prefix is { Length: > 2 } || (filter.Status is null && filter.Engagement == EngagementFilter.Any);

    /// <summary>What the page after this row is asked with.</summary>
    public string KeyOf(DeliveryRow last) => IsByAddress ? last.AddressKey : last.Id.ToString();

    /// <summary>The rows after a key; all of them when there is no limit.</summary>
    public DbCommand Command(DbConnection connection, string? after, int? limit)
    {
        var command = connection.CreateCommand();
        var sql = new StringBuilder(Columns);
        void Where(string condition, string name, object value)
        {
            sql.Append(" AND ").Append(condition);
            command.Set(name, value);
        }
        command.Set("@campaign", campaign.Value).Set("@customer", customer.Value);
        if (IsByAddress)
            Where("d.channel = @channel", "@channel", (short)channel);
        if (filter.Status is { } status)
            Where("d.status = @status", "@status", (short)status);
        if (ColumnOf(filter.Engagement) is { } column)
            sql.Append(" AND d.").Append(column).Append(" IS NOT NULL");
        if (_prefix is { } prefix)
        {
            Where("d.address_key >= @prefix", "@prefix", prefix);
            Where("d.address_key < @prefix_end", "@prefix_end", prefix + '\uFFFF');
        }
        if (after is not null && IsByAddress)
            Where("d.address_key > @after", "@after", after);
        else if (after is not null)
            Where("d.id > @after", "@after", long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0L);
        sql.Append(IsByAddress ? " ORDER BY d.address_key" : " ORDER BY d.id");
        if (limit is { } most)
            sql.Append(CultureInfo.InvariantCulture, $" LIMIT {most}");
        command.CommandText = sql.ToString();
        return command;
    }

    public static DeliveryRow Read(DbDataReader row) =>
        new()
        {
            Id = new DeliveryId(row.GetInt64(0)),
            Address = row.GetString(1),
            AddressKey = row.GetString(2),
            Status = (DeliveryStatus)row.GetInt16(3),
            Reason = (DeliveryReason)row.GetInt16(4),
            Tracking = (DeliveryTracking)row.GetInt16(5),
            Attempts = row.GetInt32(6),
            ServerId = row.IsDBNull(7) ? null : new ServerId(row.GetInt64(7)),
            Server = row.IsDBNull(8) ? null : row.GetString(8),
            StatusAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(9)),
            SentAt = Time(row, 10),
            OpenedAt = Time(row, 11),
            ClickedAt = Time(row, 12),
            UnsubscribedAt = Time(row, 13),
            ComplainedAt = Time(row, 14),
        };

    /// <summary>The channel of a campaign; null when the customer has no such campaign.</summary>
    public static async Task<Channel?> ChannelOfAsync(
        DbConnection connection,
        CustomerId customer,
        CampaignId campaign,
        CancellationToken ct
    )
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT channel FROM campaigns WHERE id = @campaign AND customer_id = @customer";
        command.Set("@campaign", campaign.Value).Set("@customer", customer.Value);
        return await command.ExecuteScalarAsync(ct) is { } found and not DBNull
            ? (Channel)Convert.ToInt16(found, CultureInfo.InvariantCulture)
            : null;
    }

    private static string? ColumnOf(EngagementFilter engagement) =>
        engagement switch
        {
            EngagementFilter.Opened => "opened_at",
            EngagementFilter.Clicked => "clicked_at",
            EngagementFilter.Unsubscribed => "unsubscribed_at",
            EngagementFilter.Complained => "complained_at",
            _ => null,
        };

    private static DateTimeOffset? Time(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
