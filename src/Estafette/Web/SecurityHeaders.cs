using System.Security.Cryptography;

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

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) =>
        app.Use(
            (http, next) =>
            {
                var headers = http.Response.Headers;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "same-origin";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
                headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
                headers.ContentSecurityPolicy =
                    "default-src 'none'; "
                    + $"script-src 'nonce-{Nonce(http)}'; "
                    + "style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
                    + "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'";
                return next(http);
            }
        );

    /// <summary>
    /// For a message that was sent, shown in a frame of our pages: an opaque origin without script, forms or navigation. Nothing is loaded
    /// from the network, so that looking at a message counts no open.
    /// </summary>
    public static void ForSentMessage(HttpResponse response) => ForFrame(response, "data:");

    /// <summary>For a message that is still being written: the same, but its images are shown; it has no pixel yet.</summary>
    public static void ForPreview(HttpResponse response) => ForFrame(response, "data: https: http:");

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
