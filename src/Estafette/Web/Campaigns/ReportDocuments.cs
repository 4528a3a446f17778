using System.Globalization;
using System.Text;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Estafette.Web.Campaigns;

/// <summary>A report as a document: the PDF for those who sign in, the shared page and its PDF for those who have a link.</summary>
internal static class ReportDocuments
{
    public static void MapReportDocuments(this WebApplication app)
    {
        app.MapGet("/campaigns/{id:long}/report.pdf", PdfAsync).RequireAuthorization();
        app.MapGet("/r/{token}", SharedAsync).AllowAnonymous();
        app.MapGet("/r/{token}/report.pdf", SharedPdfAsync).AllowAnonymous();
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> PdfAsync(
        long id,
        CurrentUser user,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    ) =>
        await ReportSheet.ReadAsync(user.CustomerId, new CampaignId(id), Language, db, clock, ct) is { } sheet
            ? Pdf(sheet)
            : TypedResults.NotFound();

    private static async Task<Results<ContentHttpResult, NotFound>> SharedAsync(
        string token,
        HttpContext http,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        Harden(http.Response);
        if (await ShareReport.OpenAsync(token, Language, db, clock, ct) is not { } sheet)
            return TypedResults.NotFound();
        http.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        var html = HtmlSheet.Write(sheet, [($"/r/{token}/report.pdf", Words.T("share.pdf"))], isPage: true);
        return TypedResults.Content(html, "text/html; charset=utf-8", Encoding.UTF8);
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> SharedPdfAsync(
        string token,
        HttpContext http,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        Harden(http.Response);
        return await ShareReport.OpenAsync(token, Language, db, clock, ct) is { } sheet ? Pdf(sheet) : TypedResults.NotFound();
    }

    private static string Language => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;

    /// <summary>No search engine keeps it, no cache, and the token is told to nobody the reader goes on to.</summary>
    private static void Harden(HttpResponse response)
    {
        response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
    }

    private static FileContentHttpResult Pdf(ReportSheet sheet) =>
        TypedResults.File(PdfSheet.Write(sheet), "application/pdf", $"{FileName(sheet.Name)}.pdf");

    private static string FileName(string name)
    {
        var plain = new string([.. name.Select(c => char.IsLetterOrDigit(c) ? c : '-')]).Trim('-');
        return plain.Length == 0 ? "report" : plain[..Math.Min(60, plain.Length)];
    }
}
