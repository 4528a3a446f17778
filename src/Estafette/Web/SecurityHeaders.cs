using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Estafette.Web;

/// <summary>Headers that keep hostile content harmless: scripts only from our bundle, no frames around our pages, no guessing of types.</summary>
internal static class SecurityHeaders
{
    private const string NonceKey = "estafette.nonce";

    /// <summary>The number used once that scripts of this response carry.</summary>
    public static string Nonce(HttpContext http)
    {
        if (http.Items[NonceKey] is string known)
            return known;
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        http.Items[NonceKey] = nonce;
        return nonce;
    }

    /// <summary>For pages. They are set when the answer begins, so that the page of a failure has them too.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) =>
        app.UseHeaders(http =>
        {
            var headers = http.Response.Headers;
            headers.TryAdd("Referrer-Policy", "same-origin");
            headers.TryAdd("Cross-Origin-Opener-Policy", "same-origin");
            headers.TryAdd("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
            headers.TryAdd(
                HeaderNames.ContentSecurityPolicy,
                OfPage(http, "style-src 'self'; img-src 'self' data:; font-src 'self'; frame-ancestors 'none'")
            );
        });

    /// <summary>For answers to programs: no browser keeps, frames or runs what it may be shown of them.</summary>
    public static IApplicationBuilder UseProgramHeaders(this IApplicationBuilder app) =>
        app.UseHeaders(http =>
        {
            http.Response.Headers.TryAdd(HeaderNames.CacheControl, "no-store");
            http.Response.Headers.TryAdd(HeaderNames.ContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'");
        });

    /// <summary>What an endpoint says itself stays.</summary>
    private static IApplicationBuilder UseHeaders(this IApplicationBuilder app, Action<HttpContext> add) =>
        app.Use(
            (http, next) =>
            {
                http.Response.OnStarting(() =>
                {
                    http.Response.Headers.XContentTypeOptions = "nosniff";
                    add(http);
                    return Task.CompletedTask;
                });
                return next(http);
            }
        );

    /// <summary>
    /// For the frame of the visual editor, which writes style elements and attributes and shows the images of the message. Script is allowed
    /// as everywhere: only with the nonce of the response, so that none of the message runs.
    /// </summary>
    public static void ForEditor(HttpContext http)
    {
        http.Response.Headers.ContentSecurityPolicy = OfPage(
            http,
            "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https: http:; font-src 'self' data:; frame-ancestors 'self'"
        );
        http.Response.Headers.CacheControl = "no-store";
    }

    /// <summary>
    /// For the reference of the API, whose script writes style elements: it runs only with the nonce of the response, fetches from here alone,
    /// and nobody frames the page into which a key is typed.
    /// </summary>
    public static void ForReference(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = OfPage(
            http,
            "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'none'"
        );
        headers.CacheControl = "no-store";
    }

    private static string OfPage(HttpContext http, string looks) =>
        $"default-src 'none'; script-src 'nonce-{Nonce(http)}'; {looks}; connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'";

    /// <summary>
    /// For a message that was sent, shown in a frame of our pages: an opaque origin without script, forms or navigation. Nothing is loaded
    /// from the network, so that looking at a message counts no open.
    /// </summary>
    public static void ForSentMessage(HttpResponse response) => ForFrame(response, "data:");

    /// <summary>For a message that is still being written: the same, but its images are shown; it has no pixel yet.</summary>
    public static void ForPreview(HttpResponse response) => ForFrame(response, "data: https: http:");

    /// <summary>For an image of a content: shown by mail programs and by web versions everywhere, and nothing but an image.</summary>
    public static void ForImage(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
    }

    /// <summary>For a page whose address is a secret: no cache keeps it and no other page learns it.</summary>
    public static void ForSecretLink(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
    }

    private static void ForFrame(HttpResponse response, string images)
    {
        response.Headers.ContentSecurityPolicy =
            $"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src {images}; font-src data:; frame-ancestors 'self'";
        response.Headers.CacheControl = "no-store";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
