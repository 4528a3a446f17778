using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Antiforgery;

namespace Estafette.Web.Contacts;

/// <summary>The two exchanges of an import that are files: the upload, written to disk as it arrives, and the report of rejected rows.</summary>
internal static class ImportEndpoints
{
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
        await ImportReportFile.WriteAsync(http, id, report);
        return TypedResults.Empty;
    }
}
