using System.Globalization;
using System.Text.Json;
using Estafette.Api.Json;
using Estafette.Protocols.Csv;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>How the rows of one resource are put in order, filtered and written.</summary>
/// <typeparam name="TEntity">What is stored.</typeparam>
internal sealed class ListShape<TEntity>
    where TEntity : class
{
    /// <summary>The order when none is asked for; must be total, so that pages do not overlap.</summary>
    public required Func<IQueryable<TEntity>, IQueryable<TEntity>> DefaultOrder { get; init; }

    /// <summary>Rows after one, in the default order: how a list of any length is streamed.</summary>
    public required Func<IQueryable<TEntity>, TEntity, IQueryable<TEntity>> After { get; init; }

    /// <summary>Orders by field name; the flag says backwards.</summary>
    public Dictionary<string, Func<IQueryable<TEntity>, bool, IQueryable<TEntity>>> Orders { get; init; } = [];

    /// <summary>Filters by field name; null when the value is none of the field's.</summary>
    public Dictionary<string, Func<IQueryable<TEntity>, string, IQueryable<TEntity>?>> Filters { get; init; } = [];

    /// <summary>Columns of CSV: fields, those of nested objects with a dot.</summary>
    public required string[] Columns { get; init; }

    /// <summary>What some rows look like to the caller.</summary>
    public required Func<IReadOnlyList<TEntity>, CancellationToken, Task<IReadOnlyList<object>>> Rows { get; init; }
}

/// <summary>
/// Writes a list: a bare array with the number of all rows in X-Total-Count, streamed; or, when a page is asked for, one page in an envelope; or CSV.
/// </summary>
internal static class V1List
{
    public const int DefaultPageSize = 50;
    public const int MaxPageSize = 1000;
    private const int Batch = 1000;
    private const string CsvType = "text/csv; charset=utf-8";

    private sealed record Asked(int? Page, int PageSize, string? Ordering, bool IsCsv);

    public static async Task<IResult> WriteAsync<TEntity>(HttpContext http, IQueryable<TEntity> rows, ListShape<TEntity> shape)
        where TEntity : class
    {
        var faults = new FieldFaults();
        var asked = Read(http, shape.Orders.Keys, faults);
        rows = Filter(http, rows, shape, faults);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        var total = await rows.LongCountAsync(http.RequestAborted);
        if (asked.Page is { } page && !asked.IsCsv)
            return await PageAsync(http, rows, shape, asked, page, total);
        http.Response.Headers["X-Total-Count"] = total.ToString(CultureInfo.InvariantCulture);
        if (asked.IsCsv)
            await WriteCsvAsync(http, rows, shape, asked);
        else
            await WriteArrayAsync(http, rows, shape, asked);
        return Results.Empty;
    }

    /// <summary>Writes rows that are computed all at once, in their own order.</summary>
    public static async Task<IResult> WriteAsync(HttpContext http, IReadOnlyList<object> rows, string[] columns)
    {
        var faults = new FieldFaults();
        var asked = Read(http, [], faults);
        if (faults.Any)
            return ApiAnswers.Invalid(faults);
        if (asked.Page is { } page && !asked.IsCsv)
        {
            var pages = Pages(rows.Count, asked);
            return page > pages
                ? ApiAnswers.NotFound()
                : ApiAnswers.Ok(
                    EnvelopeOf(http, page, pages, rows.Count, [.. rows.Skip((page - 1) * asked.PageSize).Take(asked.PageSize)])
                );
        }
        http.Response.Headers["X-Total-Count"] = rows.Count.ToString(CultureInfo.InvariantCulture);
        if (!asked.IsCsv)
            return ApiAnswers.Ok(rows);
        http.Response.ContentType = CsvType;
        var text = new StringWriter(CultureInfo.InvariantCulture);
        var csv = new CsvRowWriter(text, ',');
        csv.Row(columns);
        WriteRows(csv, rows, columns);
        await http.Response.WriteAsync(text.ToString(), http.RequestAborted);
        return Results.Empty;
    }

    private static Asked Read(HttpContext http, IReadOnlyCollection<string> orders, FieldFaults faults)
    {
        var query = http.Request.Query;
        var isPaged = query.ContainsKey("page") || query.ContainsKey("page_size");
        var page = Positive(query["page"], 1, int.MaxValue, "page", faults);
        var size = Positive(query["page_size"], DefaultPageSize, MaxPageSize, "page_size", faults);
        var ordering = query["ordering"].ToString() is { Length: > 0 } given ? given : null;
        if (ordering is not null && !orders.Contains(ordering.TrimStart('-')))
            faults.AddText("ordering", "ordering", string.Join(", ", orders));
        var isCsv =
            query["format"] == "csv"
            || (
                !query.ContainsKey("format")
                && http.Request.Headers.Accept.ToString().Contains("text/csv", StringComparison.OrdinalIgnoreCase)
            );
        return new Asked(isPaged ? page : null, size, ordering, isCsv);
    }

    private static int Positive(string? text, int otherwise, int most, string field, FieldFaults faults)
    {
        if (string.IsNullOrEmpty(text))
            return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            return Math.Min(number, most);
        faults.AddText(field, "positive");
        return otherwise;
    }

    private static IQueryable<TEntity> Filter<TEntity>(
        HttpContext http,
        IQueryable<TEntity> rows,
        ListShape<TEntity> shape,
        FieldFaults faults
    )
        where TEntity : class
    {
        foreach (var (field, filter) in shape.Filters)
            if (http.Request.Query[field].ToString() is { Length: > 0 } value)
            {
                if (!value.Contains('\0') && filter(rows, value) is { } filtered)
                    rows = filtered;
                else
                    faults.AddText(field, "filter-value", value);
            }
        return rows;
    }

    private static IQueryable<TEntity> Order<TEntity>(IQueryable<TEntity> rows, ListShape<TEntity> shape, Asked asked)
        where TEntity : class =>
        asked.Ordering is { } ordering ? shape.Orders[ordering.TrimStart('-')](rows, ordering[0] == '-') : shape.DefaultOrder(rows);

    private static async Task<IResult> PageAsync<TEntity>(
        HttpContext http,
        IQueryable<TEntity> rows,
        ListShape<TEntity> shape,
        Asked asked,
        int page,
        long total
    )
        where TEntity : class
    {
        var pages = Pages(total, asked);
        if (page > pages)
            return ApiAnswers.NotFound();
        var found = await Order(rows, shape, asked).Skip((page - 1) * asked.PageSize).Take(asked.PageSize).ToListAsync(http.RequestAborted);
        return ApiAnswers.Ok(EnvelopeOf(http, page, pages, total, await shape.Rows(found, http.RequestAborted)));
    }

    private static long Pages(long total, Asked asked) => Math.Max(1, (total + asked.PageSize - 1) / asked.PageSize);

    private static Envelope EnvelopeOf(HttpContext http, int page, long pages, long total, IReadOnlyList<object> rows) =>
        new(total, page < pages ? Address(http, page + 1) : null, page > 1 ? Address(http, page - 1) : null, pages, rows);

    private sealed record Envelope(long Count, string? Next, string? Previous, long PageCount, IReadOnlyList<object> Results);

    /// <summary>The same request for another page, below the public address.</summary>
    private static string Address(HttpContext http, int page)
    {
        var root = http.RequestServices.GetRequiredService<V1Links>().Root;
        var path = http.Request.Path.Value!["/api/v1/".Length..];
        var query = http
            .Request.Query.Where(q => q.Key != "page")
            .SelectMany(q => q.Value, (q, value) => KeyValuePair.Create(q.Key, value))
            .Append(new("page", page.ToString(CultureInfo.InvariantCulture)));
        return root + path + QueryString.Create(query);
    }

    private static async IAsyncEnumerable<IReadOnlyList<object>> BatchesAsync<TEntity>(
        HttpContext http,
        IQueryable<TEntity> rows,
        ListShape<TEntity> shape,
        Asked asked
    )
        where TEntity : class
    {
        TEntity? last = null;
        for (var skipped = 0; ; skipped += Batch)
        {
            var next =
                asked.Ordering is not null ? Order(rows, shape, asked).Skip(skipped)
                : last is null ? shape.DefaultOrder(rows)
                : shape.DefaultOrder(shape.After(rows, last));
            var found = await next.Take(Batch).ToListAsync(http.RequestAborted);
            if (found.Count > 0)
                yield return await shape.Rows(found, http.RequestAborted);
            if (found.Count < Batch)
                yield break;
            last = found[^1];
        }
    }

    private static async Task WriteArrayAsync<TEntity>(HttpContext http, IQueryable<TEntity> rows, ListShape<TEntity> shape, Asked asked)
        where TEntity : class
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        var writer = http.Response.BodyWriter;
        var json = new Utf8JsonWriter(writer);
        await using var _ = json;
        json.WriteStartArray();
        await foreach (var batch in BatchesAsync(http, rows, shape, asked))
        {
            foreach (var row in batch)
                JsonSerializer.Serialize(json, row, row.GetType(), ApiJson.Options);
            await json.FlushAsync(http.RequestAborted);
            await writer.FlushAsync(http.RequestAborted);
        }
        json.WriteEndArray();
    }

    private static async Task WriteCsvAsync<TEntity>(HttpContext http, IQueryable<TEntity> rows, ListShape<TEntity> shape, Asked asked)
        where TEntity : class
    {
        http.Response.ContentType = CsvType;
        // Row by row into memory, batch by batch to the caller: the response takes no synchronous writes.
        var text = new StringWriter(CultureInfo.InvariantCulture);
        var csv = new CsvRowWriter(text, ',');
        csv.Row(shape.Columns);
        await foreach (var batch in BatchesAsync(http, rows, shape, asked))
        {
            WriteRows(csv, batch, shape.Columns);
            await http.Response.WriteAsync(text.ToString(), http.RequestAborted);
            text.GetStringBuilder().Clear();
        }
        await http.Response.WriteAsync(text.ToString(), http.RequestAborted);
    }

    private static void WriteRows(CsvRowWriter csv, IReadOnlyList<object> rows, string[] columns)
    {
        foreach (var row in rows)
        {
            var json = JsonSerializer.SerializeToElement(row, row.GetType(), ApiJson.Options);
            csv.Row([.. columns.Select(column => Cell(json, column))]);
        }
    }

    /// <summary>A field of a row as text; arrays and objects as JSON.</summary>
    private static string? Cell(JsonElement row, string column)
    {
        foreach (var name in column.Split('.'))
            if (row.ValueKind != JsonValueKind.Object || !row.TryGetProperty(name, out row))
                return null;
        return row.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => row.GetString(),
            _ => row.GetRawText(),
        };
    }
}
