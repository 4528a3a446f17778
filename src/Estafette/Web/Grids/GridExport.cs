using System.Globalization;
using System.Text;
using Estafette.Protocols.Csv;
using Estafette.Protocols.Xls;
using Estafette.Protocols.Xlsx;
using static Estafette.Web.Words;

namespace Estafette.Web.Grids;

/// <summary>
/// Writes a list as a file: the rows that the page would show on all its pages, in its order, with its columns. CSV and XLSX are streamed, row by row,
/// in constant memory.
/// </summary>
internal static class GridExport
{
    /// <summary>Rows of an XLS file, which is made in memory: three full sheets.</summary>
    public const int MostXlsRows = 3 * (XlsWriter.MaxRows - 1);

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
            case "xls":
                if (await XlsAsync(grid, query, scope, columns) is not { } book)
                    return Results.Text(T("grid.too-many-xls", N(MostXlsRows)), "text/plain; charset=utf-8", Encoding.UTF8, 422);
                Head(http, grid.Name, scope, "xls", "application/vnd.ms-excel");
                await http.Response.Body.WriteAsync(book, scope.Gone);
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
        using var book = XlsxWriter.Create(output, grid.Name, [.. columns.Select(c => c.Heading)]);
        await foreach (var row in grid.AllAsync(query, scope))
        {
            foreach (var column in columns)
                book.Cell(Local(column.Value(row), scope.Zone));
            await book.EndRowAsync(scope.Gone);
        }
        await book.FinishAsync(scope.Gone);
    }

    /// <summary>The whole file, or null when there are too many rows.</summary>
    private static async Task<byte[]?> XlsAsync<TRow>(GridOf<TRow> grid, GridQuery query, GridScope scope, List<GridColumn<TRow>> columns)
    {
        var book = new XlsWriter(grid.Name, [.. columns.Select(c => c.Heading)]);
        var count = 0;
        await foreach (var row in grid.AllAsync(query, scope))
        {
            if (++count > MostXlsRows)
                return null;
            foreach (var column in columns)
                book.Cell(Local(column.Value(row), scope.Zone));
            book.EndRow();
        }
        return book.Finish();
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
