using System.Globalization;
using System.Resources;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

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

/// <summary>One small page without any outside part.</summary>
internal static class PageAnswer
{
    private const string Policy =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private const string Style = """
        :root{color-scheme:light dark}*{box-sizing:border-box}
        body{margin:0;font:1.0625rem/1.55 system-ui,sans-serif;background:#f3f5f8;color:#1b2430}
        main{max-width:34rem;margin:8vh auto 2rem;padding:2rem;background:#fff;border:1px solid #d9dfe7;border-radius:.75rem}
        h1{margin:0 0 .75rem;font-size:1.45rem;line-height:1.25}p{margin:.6rem 0}small{color:#566273}
        form{margin:1.25rem 0 0}hr{border:0;border-top:1px solid #d9dfe7;margin:1.75rem 0 0}
        button{font:inherit;padding:.65rem 1.15rem;border-radius:.5rem;border:1px solid #1f5fbf;background:#1f5fbf;color:#fff;cursor:pointer}
        button.quiet{background:transparent;color:#1f5fbf}button:focus-visible{outline:3px solid #f2a93b;outline-offset:2px}
        @media(prefers-color-scheme:dark){body{background:#12161c;color:#e7ebf0}main{background:#1b212a;border-color:#313a47}
        hr{border-color:#313a47}small{color:#a3aebd}button{background:#3f83e8;border-color:#3f83e8;color:#071120}button.quiet{color:#8ab8ff}}
        @media(max-width:40rem){main{margin:0;border:0;border-radius:0;min-height:100vh;padding:1.5rem}}
        """;

    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Writes the page; a HEAD request gets its headers.</summary>
    public static async Task WriteAsync(HttpContext context, int status, TrackingTexts texts, string title, string body)
    {
        var html = $"""
            <!doctype html>
            <html lang="{texts.Language}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">
            <title>{Html.Encode(title)}</title><style>{Style}</style></head>
            <body><main><h1>{Html.Encode(title)}</h1>
            {body}</main></body>
            </html>

            """;
        context.Response.StatusCode = status;
        Harden(context.Response, Policy);
        var bytes = Encoding.UTF8.GetBytes(html);
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>Headers of every public page: nothing loaded, nothing framed, nothing cached, the token in no Referer.</summary>
    public static void Harden(HttpResponse response, string policy)
    {
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = policy;
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["X-Robots-Tag"] = "noindex";
    }

    /// <summary>A paragraph of plain text.</summary>
    public static string Paragraph(string text) => $"<p>{Html.Encode(text)}</p>\n";

    /// <summary>A form that posts one action to the address it stands at.</summary>
    public static string Button(string action, string label, bool quiet = false) =>
        $"""<form method="post"><button{(quiet ? " class=\"quiet\"" : "")} name="action" value="{action}">{Html.Encode(label)}</button></form>{"\n"}""";
}

/// <summary>The plain page for a link that leads nowhere.</summary>
internal static class NotFoundPage
{
    public static Task WriteAsync(HttpContext context)
    {
        var texts = TrackingTexts.For(context.Request);
        return PageAnswer.WriteAsync(
            context,
            StatusCodes.Status404NotFound,
            texts,
            texts["NotFoundTitle"],
            PageAnswer.Paragraph(texts["NotFoundText"])
        );
    }
}
