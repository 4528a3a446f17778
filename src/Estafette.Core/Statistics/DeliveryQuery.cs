using System.Data.Common;
using System.Globalization;
using System.Text;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;

namespace Estafette.Core.Statistics;

/// <summary>
/// The statements behind the list of deliveries and its exports: one for each walk; every value is a parameter. A plus before a column keeps
/// SQLite from taking the index of that column instead of the one the walk is made for.
/// </summary>
internal sealed class DeliveryQuery(CustomerId customer, CampaignId campaign, Channel channel, DeliveryFilter filter)
{
    private const string Columns = """
        SELECT d.id, d.address, d.address_key, d.status, d.reason, d.tracking, d.attempts, d.server_id, s.name, d.status_at, d.sent_at,
          d.opened_at, d.clicked_at, d.unsubscribed_at, d.complained_at, d.domain
        FROM deliveries d LEFT JOIN sending_servers s ON s.id = d.server_id
        WHERE d.customer_id = @customer
        """;

    private readonly string? _prefix = string.IsNullOrWhiteSpace(filter.AddressPrefix)
        ? null
        : filter.AddressPrefix.Trim().ToLowerInvariant();

    /// <summary>Where a walk goes on after a row.</summary>
    public static string KeyOf(DeliveryWalk walk, DeliveryRow last) =>
        walk.Order switch
        {
            WalkOrder.Address => last.AddressKey,
            WalkOrder.Opened => $"{last.OpenedAt!.Value.ToUnixTimeMilliseconds()}.{last.Id}",
            WalkOrder.Clicked => $"{last.ClickedAt!.Value.ToUnixTimeMilliseconds()}.{last.Id}",
            WalkOrder.Server => $"{last.ServerId!.Value}.{last.Id}",
            _ => last.Id.ToString(),
        };

    /// <summary>Where a walk that the database sorts goes on: a number of rows.</summary>
    public static int PlaceOf(string? key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var place) ? Math.Min(place, 2 * DeliveryOrder.Most) : 0;

    /// <summary>The rows of a walk after a key, or after so many when the database sorts; all of them when there is no limit.</summary>
    public DbCommand Command(DbConnection connection, DeliveryWalk walk, string? after, int? limit)
    {
        var command = connection.CreateCommand();
        var sql = new StringBuilder(Columns);
        command.Set("@campaign", campaign.Value).Set("@customer", customer.Value);
        // Rows that another table names are fetched by their key, in its order.
        sql.Append(walk.ByKey ? " AND +d.campaign_id = @campaign" : " AND d.campaign_id = @campaign");
        AddRange(command, sql, walk);
        AddFilter(command, sql, walk);
        AddKey(command, sql, walk, after);
        if (limit is { } most)
            sql.Append(CultureInfo.InvariantCulture, $" LIMIT {most}");
        if (walk.Sort is not null && PlaceOf(after) is > 0 and var place)
            sql.Append(CultureInfo.InvariantCulture, $" OFFSET {place}");
        command.CommandText = sql.ToString();
        return command;
    }

    /// <summary>What the index of the walk narrows down.</summary>
    private void AddRange(DbCommand command, StringBuilder sql, DeliveryWalk walk)
    {
        if (walk.Order is WalkOrder.Address or WalkOrder.Sorted)
            sql.Append(" AND d.channel = @channel");
        command.Set("@channel", (short)channel);
        if (walk.Status is { } status)
            sql.Append(CultureInfo.InvariantCulture, $" AND d.status = {(short)status}");
        if (walk.ByServer)
            sql.Append(
                walk.Server is { } server
                    ? string.Create(CultureInfo.InvariantCulture, $" AND d.server_id = {server}")
                    : " AND d.server_id IS NULL"
            );
        if (walk.Order == WalkOrder.Server)
            sql.Append(" AND d.server_id IS NOT NULL");
        if (walk.Without is { } stamp)
            sql.Append(CultureInfo.InvariantCulture, $" AND +{stamp} IS NULL");
        if (walk.Domain is { } domain)
        {
            sql.Append(" AND d.domain = @walk_domain");
            command.Set("@walk_domain", domain);
        }
        if (walk.ByAttempts)
            sql.Append(" AND d.attempts > 1");
        if (walk.ByReason)
            sql.Append(CultureInfo.InvariantCulture, $" AND d.reason = {(short)filter.Reason!.Value} AND d.reason <> 0");
        if (_prefix is { } prefix)
        {
            sql.Append(" AND d.address_key >= @prefix AND d.address_key < @prefix_end");
            command.Set("@prefix", prefix).Set("@prefix_end", prefix + '\uFFFF');
        }
    }

    /// <summary>What is compared row by row, unless the walk has it already.</summary>
    private void AddFilter(DbCommand command, StringBuilder sql, DeliveryWalk walk)
    {
        var statuses = filter.AllStatuses;
        if (statuses.Count > 0 && walk.Status is null)
            sql.Append(CultureInfo.InvariantCulture, $" AND +d.status IN ({string.Join(',', statuses.Select(s => (short)s))})");
        if (filter.Server is { } server && !walk.ByServer)
            sql.Append(CultureInfo.InvariantCulture, $" AND +d.server_id = {server.Value}");
        if (filter.Reason is { } reason && !walk.ByReason)
            sql.Append(CultureInfo.InvariantCulture, $" AND +d.reason = {(short)reason}");
        if (filter.AttemptsAtLeast is { } attempts)
            sql.Append(CultureInfo.InvariantCulture, $" AND +d.attempts >= {attempts}");
        if (filter.Content is { } content)
            sql.Append(CultureInfo.InvariantCulture, $" AND d.content_id = {content.Value}");
        if (walk.Domain is null && (filter.Domain ?? filter.Provider) is not null)
            AddDomains(command, sql);
        AddStamp(
            sql,
            walk,
            WalkOrder.Opened,
            "opened_at",
            filter.HasOpened || walk.Order == WalkOrder.Opened,
            filter.OpenedFrom,
            filter.OpenedBefore
        );
        AddStamp(
            sql,
            walk,
            WalkOrder.Clicked,
            "clicked_at",
            filter.HasClicked || walk.Order == WalkOrder.Clicked,
            filter.ClickedFrom,
            filter.ClickedBefore
        );
        if (filter.Engagement == EngagementFilter.Unsubscribed)
            sql.Append(" AND d.unsubscribed_at IS NOT NULL");
        if (filter.Engagement == EngagementFilter.Complained)
            sql.Append(" AND d.complained_at IS NOT NULL");
        if (filter.Link is { } link)
            sql.Append(
                CultureInfo.InvariantCulture,
                $" AND d.id IN (SELECT delivery_id FROM tracking_events WHERE campaign_id = @campaign AND content_id = {link.Content.Value} AND link_no = {link.LinkNo} AND kind = 2 AND delivery_id IS NOT NULL AND machine IN (0, 6))"
            );
        if (filter.Cause is { } cause)
            sql.Append(
                CultureInfo.InvariantCulture,
                $" AND d.id IN (SELECT delivery_id FROM attempts WHERE campaign_id = @campaign AND cause = {(short)cause} AND cause IS NOT NULL)"
            );
    }

    private void AddDomains(DbCommand command, StringBuilder sql)
    {
        var names = filter.Domains.Select((domain, i) => (Name: $"@domain{i}", domain)).ToList();
        foreach (var (name, domain) in names)
            command.Set(name, domain);
        sql.Append(names.Count == 0 ? " AND 1 = 0" : $" AND d.domain || '' IN ({string.Join(", ", names.Select(n => n.Name))})");
    }

    private static void AddStamp(
        StringBuilder sql,
        DeliveryWalk walk,
        WalkOrder order,
        string column,
        bool wanted,
        DateTimeOffset? from,
        DateTimeOffset? before
    )
    {
        if (!wanted)
            return;
        var name = walk.Order == order ? $"d.{column}" : $"+d.{column}";
        sql.Append(CultureInfo.InvariantCulture, $" AND {name} IS NOT NULL");
        if (from is { } start)
            sql.Append(CultureInfo.InvariantCulture, $" AND {name} >= {start.ToUnixTimeMilliseconds()}");
        if (before is { } end)
            sql.Append(CultureInfo.InvariantCulture, $" AND {name} < {end.ToUnixTimeMilliseconds()}");
    }

    private static void AddKey(DbCommand command, StringBuilder sql, DeliveryWalk walk, string? after)
    {
        var column = walk.Order switch
        {
            WalkOrder.Opened => "d.opened_at",
            WalkOrder.Clicked => "d.clicked_at",
            WalkOrder.Server => "d.server_id",
            _ => null,
        };
        var (beyond, direction) = walk.Descending ? ('<', " DESC") : ('>', "");
        if (walk.Sort is { } sort)
        {
            sql.Append(" ORDER BY ").Append(sort.Clause);
            return;
        }
        if (walk.Order == WalkOrder.Address)
        {
            if (after is not null)
            {
                sql.Append(CultureInfo.InvariantCulture, $" AND d.address_key {beyond} @after");
                command.Set("@after", after);
            }
            sql.Append(CultureInfo.InvariantCulture, $" ORDER BY d.address_key{direction}");
            return;
        }
        var parts = after?.Split('.') ?? [];
        long Part(int i) => i < parts.Length && long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;
        if (column is null)
        {
            if (after is not null)
                sql.Append(CultureInfo.InvariantCulture, $" AND d.id > {Part(0)}");
            sql.Append(" ORDER BY d.id");
            return;
        }
        if (after is not null)
            sql.Append(
                CultureInfo.InvariantCulture,
                $" AND {column} {beyond}= {Part(0)} AND ({column} {beyond} {Part(0)} OR d.id {beyond} {Part(1)})"
            );
        sql.Append(CultureInfo.InvariantCulture, $" ORDER BY {column}{direction}, d.id{direction}");
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
            Domain = row.GetString(15),
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

    /// <summary>The servers attempts of the campaign may have gone through: the customer's, and those in its figures that are deleted since.</summary>
    public static async Task<IReadOnlyList<long>> ServersOfAsync(
        DbConnection connection,
        CustomerId customer,
        CampaignId campaign,
        CancellationToken ct
    )
    {
        await using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT id FROM sending_servers WHERE customer_id = @customer UNION SELECT dimension FROM rollups WHERE campaign_id = @campaign AND metric IN (12, 13) ORDER BY 1";
        command.Set("@campaign", campaign.Value).Set("@customer", customer.Value);
        var servers = new List<long>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            servers.Add(reader.GetInt64(0));
        return servers;
    }

    private static DateTimeOffset? Time(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
