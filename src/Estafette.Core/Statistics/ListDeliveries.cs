using System.Globalization;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;

namespace Estafette.Core.Statistics;

/// <summary>One line of the list.</summary>
public sealed record DeliveryRow
{
    public required DeliveryId Id { get; init; }
    public required string Address { get; init; }
    public required string AddressKey { get; init; }
    public required DeliveryStatus Status { get; init; }
    public required DeliveryReason Reason { get; init; }
    public required DeliveryTracking Tracking { get; init; }
    public required int Attempts { get; init; }
    public ServerId? ServerId { get; init; }
    public string? Server { get; init; }
    public required DateTimeOffset StatusAt { get; init; }
    public DateTimeOffset? SentAt { get; init; }
    public DateTimeOffset? OpenedAt { get; init; }
    public DateTimeOffset? ClickedAt { get; init; }
    public DateTimeOffset? UnsubscribedAt { get; init; }
    public DateTimeOffset? ComplainedAt { get; init; }

    /// <summary>What follows the @ of the address.</summary>
    public string Domain { get; init; } = "";
}

/// <summary>A page of the list.</summary>
/// <param name="Rows">In the order of addresses, of launch, or of the time of the first open or click, as the filter's index has them.</param>
/// <param name="Next">What to ask the next page with; null at the end.</param>
public sealed record DeliveryPage(IReadOnlyList<DeliveryRow> Rows, string? Next);

/// <summary>
/// Lists the deliveries of a campaign, page by page from where the last one ended (no offset, so page 1,000 costs what page 1 costs). Only in an
/// order that no index has, for campaigns of few, the place is a number of rows.
/// </summary>
public static class ListDeliveries
{
    /// <summary>Most rows of a page.</summary>
    public const int MaxPage = 500;

    /// <summary>Most rows of a page that the database sorts: each costs the reading of all, and an export takes few.</summary>
    private const int MaxSortedPage = 10_000;

    /// <summary>In the order that the filter's index has; null when the customer has no such campaign.</summary>
    public static Task<DeliveryPage?> RunAsync(
        CustomerId customer,
        CampaignId campaign,
        DeliveryFilter filter,
        string? after,
        int size,
        Store store,
        CancellationToken ct
    ) => RunAsync(customer, campaign, filter, null, after, size, store, ct);

    /// <summary>In an order; null when the customer has no such campaign.</summary>
    public static async Task<DeliveryPage?> RunAsync(
        CustomerId customer,
        CampaignId campaign,
        DeliveryFilter filter,
        DeliveryOrder? order,
        string? after,
        int size,
        Store store,
        CancellationToken ct
    )
    {
        await using var connection = await store.OpenAsync(ct);
        if (await DeliveryQuery.ChannelOfAsync(connection, customer, campaign, ct) is not { } channel)
            return null;
        var query = new DeliveryQuery(customer, campaign, channel, filter);
        var walks = order is null
            ? DeliveryWalk.Of(filter, await DeliveryQuery.ServersOfAsync(connection, customer, campaign, ct))
            : DeliveryWalk.Of(filter, order);
        var isSorted = walks is [{ Sort: not null }];
        size = Math.Clamp(size, 1, isSorted ? MaxSortedPage : MaxPage);
        var (first, key) = Parse(after);
        var page = new List<(int Walk, DeliveryRow Row)>();
        for (var (walk, from) = (first, key); walk < walks.Count && page.Count <= size; walk++, from = null)
        {
            await using var command = query.Command(connection, walks[walk], from, size + 1 - page.Count);
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                page.Add((walk, DeliveryQuery.Read(reader)));
        }
        if (page.Count <= size)
            return new DeliveryPage([.. page.Select(p => p.Row)], null);
        page.RemoveAt(size);
        var (at, last) = page[^1];
        var next = isSorted ? $"{DeliveryQuery.PlaceOf(key) + size}" : DeliveryQuery.KeyOf(walks[at], last);
        return new DeliveryPage([.. page.Select(p => p.Row)], $"{at}~{next}");
    }

    /// <summary>Where a page goes on: number of the walk, ~, key of the last row. Anything else begins from the start.</summary>
    private static (int Walk, string? Key) Parse(string? after) =>
        after?.Split('~', 2) is [var walk, var key] && int.TryParse(walk, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (number, key)
            : (0, null);
}
