using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Estafette.Web.Account;
using static Estafette.Web.Words;

namespace Estafette.Web.Content;

/// <summary>
/// The document around the visual editor, shown in a frame of the content page. It is the only one of our documents whose policy lets a page
/// write its own styles, because the editor makes style elements and attributes; script still needs the nonce, so that no script of a content
/// runs here.
/// </summary>
internal static class VisualFrame
{
    private static readonly string[] Keys =
    [
        "block-button",
        "block-conditional",
        "block-conditional-text",
        "block-links",
        "block-text",
        "block-title",
        "canvas",
        "condition",
        "condition-always",
        "condition-equals",
        "condition-field",
        "condition-has",
        "condition-not",
        "condition-value",
        "insert-field",
        "link-unsubscribe",
        "link-web",
        "pick-alt",
        "pick-alt-help",
        "pick-alt-ok",
        "pick-cancel",
        "pick-close",
        "pick-empty",
        "pick-image",
        "pick-search",
        "pick-upload",
        "pick-uploading",
        "view-blocks",
        "view-layers",
        "view-settings",
        "view-style",
    ];

    public static void Map(WebApplication app) => app.MapGet("/content/visual", Show).RequireAuthorization();

    private static IResult Show(HttpContext http, Bundle bundle, Microsoft.AspNetCore.Antiforgery.IAntiforgery antiforgery)
    {
        SecurityHeaders.ForEditor(http);
        var html = HtmlEncoder.Default;
        var language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;
        var theme = Preferences.ThemeOf(http);
        var words = JsonSerializer.Serialize(Keys.ToDictionary(key => key, key => T("compose." + key), StringComparer.Ordinal));
        var token = antiforgery.GetAndStoreTokens(http);
        var nonce = SecurityHeaders.Nonce(http);
        return TypedResults.Content(
            $"""
            <!DOCTYPE html>
            <html lang="{language}" data-theme="{theme}" data-bs-theme="{(theme == "dark" ? "dark" : "light")}">
            <head>
            <meta charset="utf-8">
            <title>{html.Encode(T("compose.visual"))}</title>
            <link rel="stylesheet" href="{bundle.Url("app.css")}">
            <script src="{bundle.Url("theme.js")}" nonce="{nonce}"></script>
            <script type="module" src="{bundle.Url("app.js")}" nonce="{nonce}"></script>
            </head>
            <body class="visual">
            <input type="hidden" name="{token.FormFieldName}" value="{html.Encode(token.RequestToken ?? "")}">
            <main class="visual-mount" data-island="visual" data-words="{html.Encode(words)}"></main>
            </body>
            </html>
            """,
            "text/html; charset=utf-8"
        );
    }
}
