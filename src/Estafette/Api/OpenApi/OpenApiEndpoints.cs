using Estafette.Web;

namespace Estafette.Api.OpenApi;

/// <summary>The description of the API for programs, and the page that shows it to people and tries it out.</summary>
internal static class OpenApiEndpoints
{
    public static void MapOpenApi(this WebApplication app)
    {
        app.MapGet("/api/openapi.json", (OpenApiDocument document) => Results.Bytes(document.Bytes, "application/json; charset=utf-8"))
            .AllowAnonymous();
        app.MapGet("/api/docs", Docs).AllowAnonymous();
    }

    /// <summary>An empty page with the script that fills it: everything is fetched from here, and a call goes here with the key that was typed.</summary>
    private static IResult Docs(HttpContext http, Bundle bundle)
    {
        if (bundle.Url("reference.js") is not { } script)
            return ApiAnswers.NotFound();
        SecurityHeaders.ForReference(http);
        var language = System.Globalization.CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;
        var title = System.Net.WebUtility.HtmlEncode(Texts.Get("keys.reference-title"));
        return Results.Content(
            $"""
            <!doctype html>
            <html lang="{language}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <link rel="icon" href="data:,">
            <title>{title}</title>
            </head>
            <body>
            <div id="reference" data-url="/api/openapi.json"></div>
            <noscript>{System.Net.WebUtility.HtmlEncode(
                Texts.Get("keys.reference-script")
            )} <a href="/api/openapi.json">openapi.json</a></noscript>
            <script nonce="{SecurityHeaders.Nonce(http)}" src="{script}"></script>
            </body>
            </html>
            """,
            "text/html; charset=utf-8"
        );
    }
}
