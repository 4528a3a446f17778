using System.Globalization;
using Estafette.Core.Messages.Gallery;

namespace Estafette.Web.Content;

/// <summary>A template of the gallery as a page, for its preview, and as data, for the visual editor.</summary>
internal static class GalleryEndpoints
{
    public static void MapGallery(this WebApplication app)
    {
        app.MapGet("/gallery/{key}", Show).RequireAuthorization();
        app.MapGet("/gallery/{key}.json", Read).RequireAuthorization();
    }

    private static IResult Show(string key, string? language, HttpContext http)
    {
        if (GalleryTemplates.Find(key, Language(language)) is not { } template)
            return TypedResults.NotFound();
        SecurityHeaders.ForPreview(http.Response);
        return TypedResults.Content(template.Html, "text/html; charset=utf-8");
    }

    private static IResult Read(string key, string? language) =>
        GalleryTemplates.Find(key, Language(language)) is { } template
            ? TypedResults.Json(
                new
                {
                    mjml = template.Mjml,
                    subject = template.Subject,
                    preheader = template.Preheader,
                }
            )
            : TypedResults.NotFound();

    private static string Language(string? asked) => asked is "fr" or "en" ? asked : CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;
}
