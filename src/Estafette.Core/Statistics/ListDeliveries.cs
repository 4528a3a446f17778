using Estafette.Core.Delivery;
using Estafette.Core.Platform;

namespace Estafette.Core.Statistics;

/// <summary>What recipients did, as a filter.</summary>
public enum EngagementFilter
{
    Any = 0,
    Opened = 1,
    Clicked = 2,
    Unsubscribed = 3,
    Complained = 4,
}

/// <summary>Which deliveries of a campaign to list.</summary>
public sealed record DeliveryFilter
{
    public DeliveryStatus? Status { get; init; }
    public EngagementFilter Engagement { get; init; }

    /// <summary>Beginning of the address; case does not matter.</summary>
    public string? AddressPrefix { get; init; }
}

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
}

/// <summary>A page of the list.</summary>
/// <param name="Rows">In the order of addresses, or of launch when a status or an engagement is filtered.</param>
/// <param name="Next">What to ask the next page with; null at the end.</param>
public sealed record DeliveryPage(IReadOnlyList<DeliveryRow> Rows, string? Next);

/// <summary>
/// Lists the deliveries of a campaign, page by page from where the last one ended (no offset, so page 1,000 costs what page 1 costs).
/// </summary>
/// <remarks>
/// Without filter, or with a prefix that says something, the index of addresses is walked; a status or engagement has its own index in the
/// order of ids, which a prefix of one or two characters only thins out.
/// </remarks>
public static class ListDeliveries
{
    /// <summary>Most rows of a page.</summary>
    public const int MaxPage = 500;

    /// <summary>Null when the customer has no such campaign.</summary>
    public static async Task<DeliveryPage?> RunAsync(
        CustomerId customer,
        CampaignId campaign,
        DeliveryFilter filter,
        string? after,
        int size,
        Store store,
        CancellationToken ct
    )
    {
        await using var connection = await store.OpenAsync(ct);
        if (await DeliveryQuery.ChannelOfAsync(connection, customer, campaign, ct) is not { } channel)
            return null;
        size = Math.Clamp(size, 1, MaxPage);
        var query = new DeliveryQuery(customer, campaign, channel, filter);
        await using var command = query.Command(connection, after, size + 1);
        var page = new List<DeliveryRow>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                page.Add(DeliveryQuery.Read(reader));
        if (page.Count <= size)
            return new DeliveryPage(page, null);
        page.RemoveAt(size);
        return new DeliveryPage(page, query.KeyOf(page[^1]));
    }
}
