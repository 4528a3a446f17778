using System.Globalization;
using System.Resources;
using Estafette.Web.Public;

namespace Estafette.Web.Tracking;

/// <summary>Texts of the public pages, from TrackingTexts.resx (English) and TrackingTexts.fr.resx.</summary>
internal sealed class TrackingTexts(string language)
{
    private static readonly ResourceManager Resources = new("Estafette.Web.Tracking.TrackingTexts", typeof(TrackingTexts).Assembly);
    private readonly CultureInfo _culture = CultureInfo.GetCultureInfo(language);

    /// <summary>"fr" or "en".</summary>
    public string Language { get; } = language;

    /// <summary>A text, its placeholders filled.</summary>
    public string this[string key, params object[] values] =>
        string.Format(_culture, Resources.GetString(key, _culture) ?? throw new MissingManifestResourceException(key), values);

    /// <summary>The language a browser asks for; French when it asks for neither.</summary>
    public static TrackingTexts For(HttpRequest request)
    {
        foreach (var wanted in request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1))
            if (
                wanted.Value.StartsWith("fr", StringComparison.OrdinalIgnoreCase)
                || wanted.Value.StartsWith("en", StringComparison.OrdinalIgnoreCase)
            )
                return new TrackingTexts(wanted.Value.Value![..2].ToLowerInvariant());
        return new TrackingTexts("fr");
    }
}

/// <summary>The plain page for a link that leads nowhere.</summary>
internal static class NotFoundPage
{
    public static Task WriteAsync(HttpContext context)
    {
        var texts = TrackingTexts.For(context.Request);
        return PublicPage.WriteAsync(
            context,
            StatusCodes.Status404NotFound,
            new PageFrame(texts.Language),
            texts["NotFoundTitle"],
            PublicPage.Paragraph(texts["NotFoundText"])
        );
    }
}
