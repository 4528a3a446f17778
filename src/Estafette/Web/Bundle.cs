using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Text.Json;
using Microsoft.Net.Http.Headers;

namespace Estafette.Web;

/// <summary>
/// Style, script and icons, embedded in the assembly in compressed form so that the single file serves them too. Names carry a hash of the
/// content, so a browser keeps them for a year; an unknown name is a 404, never a file of the disk.
/// </summary>
internal sealed class Bundle
{
    private const string Prefix = "dist/";
    private const string Fallback = "fallback.css";

    private static readonly Assembly Home = typeof(Bundle).Assembly;
    private readonly FrozenDictionary<string, string> _names;

    public Bundle()
    {
        using var manifest = Home.GetManifestResourceStream(Prefix + "manifest.json");
        _names = (
            manifest is null
                ? new Dictionary<string, string>(StringComparer.Ordinal) { ["app.css"] = Fallback }
                : JsonSerializer.Deserialize<Dictionary<string, string>>(manifest)!
        ).ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The address of an asset, or null when the bundle was not built (no Node.js on the building machine).</summary>
    public string? Url(string name) => _names.TryGetValue(name, out var hashed) ? "/assets/" + hashed : null;

    /// <summary>Serves one asset.</summary>
    public async Task ServeAsync(HttpContext http, string name)
    {
        if (!_names.Values.Contains(name, StringComparer.Ordinal))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var headers = http.Response.Headers;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.Vary = HeaderNames.AcceptEncoding;
        http.Response.ContentType = Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
        var accepted = http.Request.Headers.AcceptEncoding.ToString();
        if (name == Fallback)
            await SendAsync(http, name);
        else if (accepted.Contains("br", StringComparison.Ordinal))
            await SendAsync(http, name + ".br", "br");
        else if (accepted.Contains("gzip", StringComparison.Ordinal))
            await SendAsync(http, name + ".gz", "gzip");
        else
            await SendPlainAsync(http, name + ".gz");
    }

    private static async Task SendAsync(HttpContext http, string resource, string? encoding = null)
    {
        await using var stored = Home.GetManifestResourceStream(Prefix + resource)!;
        if (encoding is not null)
            http.Response.Headers.ContentEncoding = encoding;
        http.Response.ContentLength = stored.Length;
        await stored.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    private static async Task SendPlainAsync(HttpContext http, string resource)
    {
        await using var stored = Home.GetManifestResourceStream(Prefix + resource)!;
        await using var plain = new GZipStream(stored, CompressionMode.Decompress);
        await plain.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
