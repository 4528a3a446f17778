using System.Globalization;
using Estafette.Core.Platform;
using Estafette.Protocols.Csv;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Suppression;

/// <summary>An order of suppressions, each that of an index.</summary>
public enum SuppressionOrder
{
    Newest,
    Oldest,

    /// <summary>Channel by channel.</summary>
    Address,
    AddressBackwards,
}

/// <summary>Which suppressions to show, after the place where the page before ended.</summary>
public sealed record ListSuppressionsRequest(
    Channel? Channel = null,
    SuppressionReason? Reason = null,
    string? Search = null,
    string? After = null,
    int Take = 50
)
{
    public SuppressionOrder Order { get; init; }
}

/// <summary>Pages through the suppressed addresses of a customer; the search is the beginning of an address.</summary>
public static class ListSuppressions
{
    private const int MaxTake = 1000;

    public static Task<IReadOnlyList<SuppressedAddress>> RunAsync(
        CustomerId customer,
        ListSuppressionsRequest request,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var rows = Filter(customer, request, db).AsNoTracking();
        var take = Math.Clamp(request.Take, 1, MaxTake);
        return request.Order is SuppressionOrder.Newest or SuppressionOrder.Oldest
            ? ByTimeAsync(rows, request, take, ct)
            : ByAddressAsync(rows, request, take, ct);
    }

    /// <summary>What the page after this row is asked with.</summary>
    public static string PlaceOf(SuppressedAddress row, SuppressionOrder order) =>
        order is SuppressionOrder.Newest or SuppressionOrder.Oldest
            ? row.Id.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{(short)row.Channel}~{row.AddressKey}");

    private static async Task<IReadOnlyList<SuppressedAddress>> ByTimeAsync(
        IQueryable<SuppressedAddress> rows,
        ListSuppressionsRequest request,
        int take,
        CancellationToken ct
    )
    {
        var isOldest = request.Order == SuppressionOrder.Oldest;
        if (long.TryParse(request.After, NumberStyles.None, CultureInfo.InvariantCulture, out var last))
            rows = isOldest ? rows.Where(s => s.Id > last) : rows.Where(s => s.Id < last);
        return await (isOldest ? rows.OrderBy(s => s.Id) : rows.OrderByDescending(s => s.Id)).Take(take).ToListAsync(ct);
    }

    // The index has the channel before the address: one range of it for each channel.
    private static async Task<IReadOnlyList<SuppressedAddress>> ByAddressAsync(
        IQueryable<SuppressedAddress> rows,
        ListSuppressionsRequest request,
        int take,
        CancellationToken ct
    )
    {
        var isBackwards = request.Order == SuppressionOrder.AddressBackwards;
        IEnumerable<Channel> channels = Enum.GetValues<Channel>();
        if (isBackwards)
            channels = channels.Reverse();
        string? last = null;
        if (request.After?.Split('~', 2) is [var number, var key] && Enum.TryParse<Channel>(number, out var started))
            (last, channels) = (key, channels.SkipWhile(c => c != started));
        var page = new List<SuppressedAddress>();
        foreach (var channel in channels.TakeWhile(_ => page.Count < take))
        {
            var range = rows.Where(s => s.Channel == channel);
#pragma warning disable CA1309 // Translated to SQL, where the column compares byte by byte.
            if (last is not null)
                range = isBackwards
                    ? range.Where(s => string.Compare(s.AddressKey, last) < 0)
                    : range.Where(s => string.Compare(s.AddressKey, last) > 0);
#pragma warning restore CA1309
            var ordered = isBackwards ? range.OrderByDescending(s => s.AddressKey) : range.OrderBy(s => s.AddressKey);
            page.AddRange(await ordered.Take(take - page.Count).ToListAsync(ct));
            last = null;
        }
        return page;
    }

    /// <summary>Those of the request, in no order.</summary>
    public static IQueryable<SuppressedAddress> Filter(CustomerId customer, ListSuppressionsRequest request, EstafetteDb db)
    {
        var rows = db.Of<SuppressedAddress>(customer);
        if (request.Channel is { } channel)
            rows = rows.Where(s => s.Channel == channel);
        if (request.Reason is { } reason)
            rows = rows.Where(s => s.Reason == reason);
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
