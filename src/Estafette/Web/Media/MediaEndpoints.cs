using System.Globalization;
using Estafette.Core.Campaigns.Media;
using Estafette.Core.Messages.Gallery;
using Estafette.Core.Platform;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Media;

/// <summary>Images: to everybody at <c>/m/</c> under the hash of their bytes, and what the library and the picker of the editor ask for.</summary>
internal static class MediaEndpoints
{
    private const string ForEver = "public, max-age=31536000, immutable";
    private const long MaxRequest = 2 * UploadImage.MaxBytes + 64 * 1024;

    public static void MapMedia(this WebApplication app)
    {
        app.MapMethods("/m/{file}", ["GET", "HEAD"], ShowAsync).AllowAnonymous();
        app.MapMethods("/m/gallery/{picture}", ["GET", "HEAD"], ShowGallery).AllowAnonymous();
        app.MapGet("/media/choices", ChoicesAsync).RequireAuthorization();
        app.MapPost("/media/upload", UploadAsync).RequireAuthorization();
    }

    private static async Task<IResult> ShowAsync(string file, HttpContext http, EstafetteDb db, CancellationToken ct)
    {
        if (file.Length > 64 || await db.Set<MediaFile>().AsNoTracking().SingleOrDefaultAsync(f => f.Name == file, ct) is not { } found)
            return TypedResults.NotFound();
        SecurityHeaders.ForImage(http.Response);
        http.Response.Headers.CacheControl = ForEver;
        return TypedResults.Bytes(found.Bytes, found.ContentType);
    }

    private static IResult ShowGallery(string picture, HttpContext http)
    {
        if (GalleryTemplates.Picture(picture) is not { } found)
            return TypedResults.NotFound();
        SecurityHeaders.ForImage(http.Response);
        http.Response.Headers.CacheControl = "public, max-age=86400";
        return TypedResults.Stream(found, "image/png");
    }

    private static async Task<IResult> ChoicesAsync(string? q, CurrentUser user, EstafetteDb db, CancellationToken ct) =>
        TypedResults.Json((await ListImages.RunAsync(user.CustomerId, new ListImagesRequest(q), db, ct)).Select(Choice));

    /// <summary>The posted form; null when it cannot be read or does not come from our page.</summary>
    private static async Task<IFormCollection?> ReadAsync(HttpContext http, IAntiforgery antiforgery, CancellationToken ct)
    {
        try
        {
            return await antiforgery.IsRequestValidAsync(http) ? await http.Request.ReadFormAsync(ct) : null;
        }
        catch (Exception unreadable) when (unreadable is AntiforgeryValidationException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>From the page with its script (asks for JSON) or without (goes back to the page).</summary>
    private static async Task<IResult> UploadAsync(
        HttpContext http,
        CurrentUser user,
        EstafetteDb db,
        IAntiforgery antiforgery,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var asksJson = http.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.Ordinal);
        if (http.Request.ContentLength > MaxRequest)
            return asksJson ? Fault("size") : TypedResults.LocalRedirect("/media?fault=size");
        if (await ReadAsync(http, antiforgery, ct) is not { } form)
            return TypedResults.BadRequest();
        if (form.Files["file"] is not { Length: > 0 } file)
            return asksJson ? Fault("kind") : TypedResults.LocalRedirect("/media?fault=kind");
        var upload = new ImageUpload(
            form["name"].ToString() is { Length: > 0 } name ? name : Path.GetFileName(file.FileName),
            form["alt"].ToString(),
            form["folder"].ToString(),
            await BytesAsync(file, ct),
            form.Files["narrow"] is { } narrow ? await BytesAsync(narrow, ct) : null
        )
        {
            Replaces = long.TryParse(form["replace"], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null,
        };
        var result = await UploadImage.RunAsync(user.Actor, upload, db, clock, ct);
        if (result.Image is { } image)
            return asksJson ? TypedResults.Json(Choice(image)) : TypedResults.LocalRedirect($"/media/{image.Id}?saved=1");
        return asksJson ? Fault(result.Fault!) : TypedResults.LocalRedirect($"/media?fault={result.Fault}");
    }

    private static IResult Fault(string code) => TypedResults.Json(new { fault = T("media.fault-" + code) }, statusCode: 422);

    private static object Choice(MediaImage image) =>
        new
        {
            id = image.Id,
            url = image.Url,
            thumb = image.Thumb,
            name = image.Name,
            alt = image.Alt,
            width = image.Width,
            height = image.Height,
        };

    private static async Task<byte[]> BytesAsync(IFormFile file, CancellationToken ct)
    {
        using var bytes = new MemoryStream((int)Math.Min(file.Length, UploadImage.MaxBytes + 1));
        await file.CopyToAsync(bytes, ct);
        return bytes.ToArray();
    }
}
