using System.Text;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Protocols.Csv;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Antiforgery;
using static Estafette.Web.Words;

namespace Estafette.Web.Contacts;

/// <summary>The two exchanges of an import that are files: the upload, written to disk as it arrives, and the report of rejected rows.</summary>
internal static class ImportEndpoints
{
    private const int ReportBuffer = 64 * 1024;

    public static void MapImports(this WebApplication app)
    {
        app.MapPost("/imports/upload", UploadAsync).RequireAuthorization();
        app.MapGet("/imports/{id:long}/report", ReportAsync).RequireAuthorization();
    }

    private static Task<IResult> UploadAsync(
        HttpContext http,
        CurrentUser user,
        EstafetteDb db,
        ImportFiles files,
        IAntiforgery antiforgery,
        TimeProvider clock,
        CancellationToken ct
    ) =>
        StreamedUpload.RunAsync(
            http,
            antiforgery,
            "/imports/new?error=empty",
            async arriving =>
            {
                var upload = new UploadImportRequest(arriving.Name, arriving.Body, user.Name);
                var uploaded = await UploadImport.RunAsync(user.CustomerId, upload, db, files, clock, ct);
                return TypedResults.LocalRedirect(
                    uploaded.Id is { } id
                        ? $"/imports/{id}/format"
                        : $"/imports/new?error={uploaded.Error!.Code}&file={Uri.EscapeDataString(arriving.Name)}"
                );
            },
            ct
        );

    /// <summary>The rows that did not go in, or not whole, with their reasons in the language of the user; streamed.</summary>
    private static async Task<IResult> ReportAsync(
        long id,
        HttpContext http,
        CurrentUser user,
        EstafetteDb db,
        ImportFiles files,
        CancellationToken ct
    )
    {
        if (await ImportProgress.ReportAsync(user.CustomerId, new ImportId(id), db, files, ct) is not { } report)
            return TypedResults.NotFound();
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
            await text.WriteAsync(pending.GetStringBuilder(), ct);
            await text.FlushAsync(ct);
            pending.GetStringBuilder().Clear();
        }
        await text.WriteAsync(pending.GetStringBuilder(), ct);
        return TypedResults.Empty;
    }
}
