using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using Estafette.Core.Platform;
using Estafette.Protocols.Csv;

namespace Estafette.Core.Statistics;

/// <summary>
/// Writes the deliveries of a campaign as CSV, row after row, in bounded memory. Cells that a spreadsheet would compute are guarded.
/// </summary>
public static class ExportDeliveries
{
    private static readonly string[] Headings =
    [
        "address",
        "status",
        "reason",
        "status_at",
        "sent_at",
        "attempts",
        "server",
        "opened_at",
        "clicked_at",
        "unsubscribed_at",
        "complained_at",
        "delivery",
    ];

    /// <summary>Writes the heading and all rows; false, with nothing written, when the customer has no such campaign.</summary>
    /// <param name="customer">Whose campaign.</param>
    /// <param name="campaign">Which campaign.</param>
    /// <param name="filter">Which deliveries.</param>
    /// <param name="zone">The zone times are written in, as <c>2026-03-03T10:00:00+01:00</c>.</param>
    /// <param name="output">Where the text goes; flushed now and then.</param>
    /// <param name="store">The database.</param>
    /// <param name="ct">Ends the export.</param>
    public static async Task<bool> RunAsync(
        CustomerId customer,
        CampaignId campaign,
        DeliveryFilter filter,
        TimeZoneInfo zone,
        TextWriter output,
        Store store,
        CancellationToken ct
    )
    {
        await using var connection = await store.OpenAsync(ct);
        if (await DeliveryQuery.ChannelOfAsync(connection, customer, campaign, ct) is not { } channel)
            return false;
        var csv = new CsvRowWriter(output);
        csv.Row(Headings);
        var count = 0;
        await foreach (var row in ReadAsync(connection, customer, campaign, channel, filter, ct))
        {
            Write(csv, row, zone);
            if (++count % 1000 == 0)
                await output.FlushAsync(ct);
        }
        await output.FlushAsync(ct);
        return true;
    }

    /// <summary>All rows that fit the filter, walk after walk, as they are read.</summary>
    internal static async IAsyncEnumerable<DeliveryRow> ReadAsync(
        DbConnection connection,
        CustomerId customer,
        CampaignId campaign,
        Channel channel,
        DeliveryFilter filter,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var query = new DeliveryQuery(customer, campaign, channel, filter);
        foreach (var walk in DeliveryWalk.Of(filter, await DeliveryQuery.ServersOfAsync(connection, customer, campaign, ct)))
        {
            await using var command = query.Command(connection, walk, null, null);
            command.CommandTimeout = 0;
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                yield return DeliveryQuery.Read(reader);
        }
    }

    private static void Write(CsvRowWriter csv, DeliveryRow row, TimeZoneInfo zone)
    {
        string? Time(DateTimeOffset? at) =>
            at is { } time ? TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture) : null;
        csv.Row(
            row.Address,
            row.Status.ToString(),
            row.Reason == default ? null : row.Reason.ToString(),
            Time(row.StatusAt),
            Time(row.SentAt),
            row.Attempts.ToString(CultureInfo.InvariantCulture),
            row.Server,
            Time(row.OpenedAt),
            Time(row.ClickedAt),
            Time(row.UnsubscribedAt),
            Time(row.ComplainedAt),
            row.Id.ToString()
        );
    }
}
