using System.Globalization;
using System.Text;
using Estafette.Protocols.Csv;
using Estafette.Protocols.Xlsx;

namespace Estafette.Web.Grids;

/// <summary>
/// Writes a list as a file: the rows that the page would show on all its pages, in its order, with its columns. CSV and XLSX are streamed, row by row,
/// in constant memory.
/// </summary>
internal static class GridExport
{
    /// <summary>Sends the file; a format that does not exist is a bad request.</summary>
    public static async Task<IResult> SendAsync<TRow>(HttpContext http, GridOf<TRow> grid, GridQuery query, GridScope scope, string format)
    {
        var columns = grid.Shown(query).Where(c => !c.NotExported).ToList();
        switch (format)
        {
            case "csv":
                Head(http, grid.Name, scope, "csv", "text/csv; charset=utf-8");
                await CsvAsync(http.Response.Body, grid, query, scope, columns);
                return Results.Empty;
            case "xlsx":
                Head(http, grid.Name, scope, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
                await XlsxAsync(http.Response.Body, grid, query, scope, columns);
                return Results.Empty;
            default:
                return Results.BadRequest();
        }
    }

    private static void Head(HttpContext http, string name, GridScope scope, string extension, string type)
    {
        var day = TimeZoneInfo.ConvertTime(scope.Clock.GetUtcNow(), scope.Zone);
        http.Response.ContentType = type;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = string.Create(
            CultureInfo.InvariantCulture,
            $"attachment; filename=\"{name}-{day:yyyy-MM-dd-HHmm}.{extension}\""
        );
    }

    private static async Task CsvAsync<TRow>(
        Stream output,
        GridOf<TRow> grid,
        GridQuery query,
        GridScope scope,
        List<GridColumn<TRow>> columns
    )
    {
        await using var text = new StreamWriter(output, new UTF8Encoding(true), 64 * 1024, leaveOpen: true);
        var csv = new CsvRowWriter(text);
        foreach (var column in columns)
            csv.Cell(column.Heading);
        csv.EndRow();
        var count = 0;
        await foreach (var row in grid.AllAsync(query, scope))
        {
            foreach (var column in columns)
                csv.Cell(Plain(column.Value(row), scope.Zone));
            csv.EndRow();
            // The writer holds its characters; Kestrel takes none without await.
            if (++count % 200 == 0)
                await text.FlushAsync(scope.Gone);
        }
    }

    private static async Task XlsxAsync<TRow>(
        Stream output,
        GridOf<TRow> grid,
        GridQuery query,
        GridScope scope,
        List<GridColumn<TRow>> columns
    )
    {
        await using var book = await XlsxWriter.CreateAsync(output, grid.Name, [.. columns.Select(c => c.Heading)], scope.Gone);
        await foreach (var row in grid.AllAsync(query, scope))
        {
            foreach (var column in columns)
                book.Cell(Local(column.Value(row), scope.Zone));
            await book.EndRowAsync(scope.Gone);
        }
        await book.FinishAsync(scope.Gone);
    }

    /// <summary>Spreadsheets know no zones: times are written as the clock of the customer shows them.</summary>
    private static object? Local(object? value, TimeZoneInfo zone) =>
        value switch
        {
            DateTimeOffset time => TimeZoneInfo.ConvertTime(time, zone).DateTime,
            bool => GridText.Of(value, zone),
            _ => value,
        };

    private static string Plain(object? value, TimeZoneInfo zone) =>
        value switch
        {
            DateTimeOffset time => TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            bool => GridText.Of(value, zone),
            IFormattable number => number.ToString(null, CultureInfo.CurrentCulture),
            _ => value?.ToString() ?? "",
        };
}
