using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Protocols.Bounces;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Inbound.Mail;

/// <summary>A message that came back, with whom our message was for.</summary>
public sealed record ReturnedRow(KeptMail Mail, string? Recipient);

/// <summary>What to show, after the place where the page before ended.</summary>
/// <param name="Kind">Only what is of this kind.</param>
/// <param name="Search">Part of the sender, the subject or the address our message was for.</param>
/// <param name="After">The last id of the page before.</param>
/// <param name="Count">Rows, 1 to 1001.</param>
/// <param name="OldestFirst">From the first message to the last.</param>
internal sealed record ListReturnedRequest(
    ReturnedKind? Kind = null,
    string? Search = null,
    long? After = null,
    int Count = 50,
    bool OldestFirst = false
);

/// <summary>Pages through the mail that came back about messages of one customer; customer 0 has what is about nobody.</summary>
internal static class ListReturned
{
    private const int MaxCount = 1001;

    public static async Task<IReadOnlyList<ReturnedRow>> RunAsync(
        CustomerId customer,
        ListReturnedRequest request,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var rows = Filter(customer, request, db);
        if (request.After is { } last)
            rows = request.OldestFirst ? rows.Where(r => r.Mail.Id > last) : rows.Where(r => r.Mail.Id < last);
        return await (request.OldestFirst ? rows.OrderBy(r => r.Mail.Id) : rows.OrderByDescending(r => r.Mail.Id))
            .Take(Math.Clamp(request.Count, 1, MaxCount))
            .Select(r => new ReturnedRow(r.Mail, r.Recipient))
            .ToListAsync(ct);
    }

    /// <summary>Those of the request on all its pages, in no order.</summary>
    public static IQueryable<Found> Filter(CustomerId customer, ListReturnedRequest request, EstafetteDb db)
    {
        var kept = db.Of<KeptMail>(customer).AsNoTracking();
        if (request.Kind is { } kind)
            kept = kept.Where(m => m.Kind == kind);
        var rows =
            from mail in kept
            join delivery in db.Of<DeliveryRecord>(customer) on mail.DeliveryId equals (DeliveryId?)delivery.Id into deliveries
            from delivery in deliveries.DefaultIfEmpty()
            select new Found { Mail = mail, Recipient = delivery == null ? null : delivery.Address };
        if (string.IsNullOrWhiteSpace(request.Search))
            return rows;
        var pattern = $"%{Escape(FoldedText.Of(request.Search.Trim()))}%";
        return rows.Where(r =>
            EF.Functions.Like(FoldedText.Of(r.Mail.Sender ?? ""), pattern, "\\")
            || EF.Functions.Like(FoldedText.Of(r.Mail.Subject ?? ""), pattern, "\\")
            || EF.Functions.Like(FoldedText.Of(r.Recipient ?? ""), pattern, "\\")
        );
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal);

    /// <summary>A row while it is looked for.</summary>
    internal sealed class Found
    {
        public required KeptMail Mail { get; init; }
        public string? Recipient { get; init; }
    }
}
