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
    private readonly FrozenDictionary<string, Asset> _assets;
    private readonly FrozenSet<string> _files;

    public Bundle()
    {
        using var manifest = Home.GetManifestResourceStream(Prefix + "manifest.json");
        _assets = (
            manifest is null
                ? new Dictionary<string, Asset>(StringComparer.Ordinal) { ["app.css"] = new(Fallback, 0, 0, []) }
                : JsonSerializer.Deserialize<Dictionary<string, Asset>>(manifest, JsonSerializerOptions.Web)!
        ).ToFrozenDictionary(StringComparer.Ordinal);
        _files = _assets.Values.Select(a => a.File).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The address of an asset, or null when the bundle was not built (no Node.js on the building machine).</summary>
    public string? Url(string name) => _assets.TryGetValue(name, out var asset) ? "/assets/" + asset.File : null;

    /// <summary>What is known of an asset, by its plain name.</summary>
    public Asset? Find(string name) => _assets.GetValueOrDefault(name);

    /// <summary>Addresses of the scripts that app.js needs before it runs, to be fetched together with it.</summary>
    public IEnumerable<string> Preloads() => Find("app.js")?.Imports.Select(file => "/assets/" + file) ?? [];

    /// <summary>Serves one asset.</summary>
    public async Task ServeAsync(HttpContext http, string name)
    {
        if (!_files.Contains(name))
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

/// <summary>One file of the bundle: its name with the hash, its size in bytes as it goes over the wire, and the scripts it needs at once.</summary>
internal sealed record Asset(string File, int Gzip, int Brotli, string[] Imports);
