using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Channels;

/// <summary>A captured message as a list shows it.</summary>
public sealed record CapturedRow(
    long Id,
    ServerId Server,
    DeliveryId Delivery,
    CampaignId? Campaign,
    string Recipient,
    string Subject,
    DateTimeOffset At
);

/// <summary>Captured messages in the order of time, page by page.</summary>
public static class ListCaptured
{
    private const int MaxCount = 1001;

    /// <param name="Customer">The owner.</param>
    /// <param name="Campaign">Only of this campaign; null for all.</param>
    /// <param name="Search">Part of recipient or subject; null for all.</param>
    /// <param name="After">The last id of the page before; null for the first page.</param>
    /// <param name="Count">Rows, 1 to 1001.</param>
    public sealed record Request(
        CustomerId Customer,
        CampaignId? Campaign = null,
        string? Search = null,
        long? After = null,
        int Count = 50
    )
    {
        /// <summary>Only those of this server.</summary>
        public ServerId? Server { get; init; }

        /// <summary>From the first message to the last; otherwise the newest comes first.</summary>
        public bool OldestFirst { get; init; }
    }

    public static async Task<IReadOnlyList<CapturedRow>> RunAsync(Request request, EstafetteDb db, CancellationToken ct)
    {
        var messages = Filter(request, db);
        if (request.After is { } last)
            messages = request.OldestFirst ? messages.Where(m => m.Id > last) : messages.Where(m => m.Id < last);
        return await (request.OldestFirst ? messages.OrderBy(m => m.Id) : messages.OrderByDescending(m => m.Id))
            .Take(Math.Clamp(request.Count, 1, MaxCount))
            .Select(m => new CapturedRow(m.Id, m.ServerId, m.DeliveryId, m.CampaignId, m.Recipient, m.Subject, m.At))
            .ToListAsync(ct);
    }

    /// <summary>Those of the request on all its pages, in no order.</summary>
    public static IQueryable<CapturedMessage> Filter(Request request, EstafetteDb db)
    {
        var messages = db.Of<CapturedMessage>(request.Customer);
        if (request.Campaign is { } campaign)
            messages = messages.Where(m => m.CampaignId == campaign);
        if (request.Server is { } server)
            messages = messages.Where(m => m.ServerId == server);
        if (!string.IsNullOrWhiteSpace(request.Search))
        {
            var pattern = $"%{Escape(FoldedText.Of(request.Search.Trim()))}%";
            messages = messages.Where(m =>
                EF.Functions.Like(FoldedText.Of(m.Recipient), pattern, "\\") || EF.Functions.Like(FoldedText.Of(m.Subject), pattern, "\\")
            );
        }
        return messages;
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal);
}
