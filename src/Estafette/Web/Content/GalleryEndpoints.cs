using System.Globalization;
using Estafette.Core.Messages.Gallery;

namespace Estafette.Web.Content;

/// <summary>A template of the gallery as a page, for its preview, and as data, for the visual editor.</summary>
internal static class GalleryEndpoints
{
    public static void MapGallery(this WebApplication app)
    {
        app.MapGet("/gallery/{gallery}", Show).RequireAuthorization();
        app.MapGet("/gallery/{gallery}.json", Read).RequireAuthorization();
    }

    private static IResult Show(string gallery, string? language, HttpContext http)
    {
        if (GalleryTemplates.Find(gallery, Language(language)) is not { } template)
            return TypedResults.NotFound();
        SecurityHeaders.ForPreview(http.Response);
        return TypedResults.Content(template.Html, "text/html; charset=utf-8");
    }

    private static IResult Read(string gallery, string? language) =>
        GalleryTemplates.Find(gallery, Language(language)) is { } template
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
