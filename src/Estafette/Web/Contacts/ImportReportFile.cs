using System.Text;
using Estafette.Core.Contacts.Import;
using Estafette.Protocols.Csv;
using static Estafette.Web.Words;

namespace Estafette.Web.Contacts;

/// <summary>The rows of an import that did not go in, or not whole, as a CSV file with their reasons in the language of the reader; streamed.</summary>
internal static class ImportReportFile
{
    private const int ReportBuffer = 64 * 1024;

    public static async Task WriteAsync(HttpContext http, long id, StoredReport report)
    {
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"import-{id}-report.csv\"";
        await using var text = new StreamWriter(http.Response.Body, new UTF8Encoding(true), ReportBuffer, leaveOpen: true);
        // Rows are written here and sent together: the response is never written to synchronously.
        using var pending = new StringWriter();
        var csv = new CsvRowWriter(pending);
        csv.Row(T("imports.report-line"), T("imports.report-outcome"), T("imports.report-reason"), T("imports.report-row"));
        foreach (var row in report.Rows())
        {
            var outcome = row.IsImported ? T("imports.report-imported") : T("imports.report-rejected");
            csv.Row(row.Line, outcome, ImportWords.Of(row.Reasons), row.Raw);
            if (pending.GetStringBuilder().Length < ReportBuffer / 2)
                continue;
            await text.WriteAsync(pending.GetStringBuilder(), http.RequestAborted);
            await text.FlushAsync(http.RequestAborted);
            pending.GetStringBuilder().Clear();
        }
        await text.WriteAsync(pending.GetStringBuilder(), http.RequestAborted);
    }
}
