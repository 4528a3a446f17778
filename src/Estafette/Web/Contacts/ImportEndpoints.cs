using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Estafette.Web.Contacts;

/// <summary>The two exchanges of an import that are files: the upload, written to disk as it arrives, and the report of rejected rows.</summary>
internal static class ImportEndpoints
{
    private const string TokenField = "__RequestVerificationToken";
    private const int MaxTokenBytes = 4096;

    public static void MapImports(this WebApplication app)
    {
        app.MapPost("/imports/upload", UploadAsync).RequireAuthorization();
        app.MapGet("/imports/{id:long}/report", ReportAsync).RequireAuthorization();
    }

    /// <summary>
    /// Reads the parts in the order in which a browser sends them: the antiforgery token, then the file. The file is refused before its
    /// first byte is read unless a valid token came before it.
    /// </summary>
    private static async Task<IResult> UploadAsync(
        HttpContext http,
        CurrentUser user,
        EstafetteDb db,
        ImportFiles files,
        IAntiforgery antiforgery,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        if (
            !MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary
        )
            return TypedResults.BadRequest();
        var parts = new MultipartReader(boundary, http.Request.Body);
        var trusted = false;
        while (await parts.ReadNextSectionAsync(ct) is { } part)
        {
            if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition))
                continue;
            var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value;
            if (name == TokenField)
            {
                http.Request.Headers["RequestVerificationToken"] = await ReadTokenAsync(part.Body, ct);
                trusted = await antiforgery.IsRequestValidAsync(http);
                continue;
            }
            if (!trusted)
                return TypedResults.BadRequest();
            if (name != "file")
                continue;
            var fileName = (disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value?.Trim('"');
            if (string.IsNullOrWhiteSpace(fileName))
                return TypedResults.LocalRedirect("/imports/new?error=empty");
            var uploaded = await UploadImport.RunAsync(
                user.CustomerId,
                new UploadImportRequest(fileName, part.Body, user.Name),
                db,
                files,
                clock,
                ct
            );
            return TypedResults.LocalRedirect(
                uploaded.Id is { } id
                    ? $"/imports/{id}/format"
                    : $"/imports/new?error={uploaded.Error!.Code}&file={Uri.EscapeDataString(fileName)}"
            );
        }
        return trusted ? TypedResults.LocalRedirect("/imports/new?error=empty") : TypedResults.BadRequest();
    }

    private static async Task<string> ReadTokenAsync(Stream body, CancellationToken ct)
    {
        var buffer = new byte[MaxTokenBytes];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return System.Text.Encoding.ASCII.GetString(buffer, 0, length);
    }

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
