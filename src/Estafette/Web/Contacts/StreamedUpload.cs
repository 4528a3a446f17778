using System.Text;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Estafette.Web.Contacts;

/// <summary>A file that arrives, with the fields that stood before it in the form.</summary>
internal sealed record ArrivingFile(string Name, Stream Body, IReadOnlyDictionary<string, string> Fields);

/// <summary>
/// Reads a form with a file of any size: the parts in the order in which a browser sends them, the antiforgery token first. The file is refused before
/// its first byte is read unless a valid token came before it.
/// </summary>
internal static class StreamedUpload
{
    private const string TokenField = "__RequestVerificationToken";
    private const int MaxFieldBytes = 4096;
    private const int MaxFields = 20;

    /// <param name="http">The request.</param>
    /// <param name="antiforgery">Says whether the token is good.</param>
    /// <param name="empty">Where a form without a file leads.</param>
    /// <param name="take">Takes the file as it arrives and answers.</param>
    /// <param name="ct">The visitor went away.</param>
    public static async Task<IResult> RunAsync(
        HttpContext http,
        IAntiforgery antiforgery,
        string empty,
        Func<ArrivingFile, Task<IResult>> take,
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
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var trusted = false;
        while (await parts.ReadNextSectionAsync(ct) is { } part)
        {
            if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition))
                continue;
            var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
            if (name == TokenField)
            {
                http.Request.Headers["RequestVerificationToken"] = await ReadFieldAsync(part.Body, ct);
                trusted = await antiforgery.IsRequestValidAsync(http);
                continue;
            }
            if (!trusted)
                return TypedResults.BadRequest();
            if (name != "file")
            {
                if (fields.Count < MaxFields)
                    fields[name] = await ReadFieldAsync(part.Body, ct);
                continue;
            }
            var fileName = (disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value?.Trim('"');
            return string.IsNullOrWhiteSpace(fileName)
                ? TypedResults.LocalRedirect(empty)
                : await take(new ArrivingFile(fileName, part.Body, fields));
        }
        return trusted ? TypedResults.LocalRedirect(empty) : TypedResults.BadRequest();
    }

    private static async Task<string> ReadFieldAsync(Stream body, CancellationToken ct)
    {
        var buffer = new byte[MaxFieldBytes];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
