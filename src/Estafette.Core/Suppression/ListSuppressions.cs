using Estafette.Core.Platform;
using Estafette.Protocols.Csv;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Suppression;

/// <summary>Which suppressions to show: newest first, below the id of the last one shown.</summary>
public sealed record ListSuppressionsRequest(
    Channel? Channel = null,
    SuppressionReason? Reason = null,
    string? Search = null,
    long? Below = null,
    int Take = 50
);

/// <summary>Pages through the suppressed addresses of a customer; the search is the beginning of an address.</summary>
public static class ListSuppressions
{
    public static async Task<IReadOnlyList<SuppressedAddress>> RunAsync(
        CustomerId customer,
        ListSuppressionsRequest request,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        await Filter(customer, request, db)
            .AsNoTracking()
            .OrderByDescending(s => s.Id)
            .Take(Math.Clamp(request.Take, 1, 1000))
            .ToListAsync(ct);

    /// <summary>Those of the request, in no order.</summary>
    public static IQueryable<SuppressedAddress> Filter(CustomerId customer, ListSuppressionsRequest request, EstafetteDb db)
    {
        var rows = db.Of<SuppressedAddress>(customer);
        if (request.Channel is { } channel)
            rows = rows.Where(s => s.Channel == channel);
        if (request.Reason is { } reason)
            rows = rows.Where(s => s.Reason == reason);
        if (request.Below is { } below)
            rows = rows.Where(s => s.Id < below);
        if (request.Search?.Trim().ToLowerInvariant() is not { Length: > 0 } from)
            return rows;
        var to = from + char.ConvertFromUtf32(0x10FFFF);
#pragma warning disable CA1309 // Translated to SQL, where the column compares byte by byte.
        return rows.Where(s => string.Compare(s.AddressKey, from) >= 0 && string.Compare(s.AddressKey, to) < 0);
#pragma warning restore CA1309
    }
}

/// <summary>Writes every suppressed address of a customer as CSV, row by row.</summary>
public static class ExportSuppressions
{
    public static async Task RunAsync(CustomerId customer, TextWriter output, EstafetteDb db, CancellationToken ct)
    {
        var csv = new CsvRowWriter(output);
        csv.Row("address", "channel", "reason", "origin", "since", "evidence");
        var rows = db.Of<SuppressedAddress>(customer).AsNoTracking().OrderBy(s => s.Id).AsAsyncEnumerable();
        await foreach (var row in rows.WithCancellation(ct))
            csv.Row(row.AddressKey, $"{row.Channel}", $"{row.Reason}", $"{row.Origin}", row.CreatedAt.ToString("O"), row.Evidence);
        await output.FlushAsync(ct);
    }
}
