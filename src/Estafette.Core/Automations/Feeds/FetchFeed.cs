using System.IO.Compression;
using System.Net;
using Estafette.Core.Platform.Net;
using Estafette.Protocols.Feeds;

namespace Estafette.Core.Automations.Feeds;

/// <summary>What a look at a feed gave.</summary>
/// <param name="Document">Null when nothing changed since the last look, or it failed.</param>
/// <param name="Problem">Why it failed.</param>
internal sealed record FetchedFeed(FeedDocument? Document, string? Etag, string? LastModified, string? Problem);

/// <summary>Fetches a feed: guarded addresses at each of at most three redirects, 4 MB and 20 seconds at most, conditional when it was read before.</summary>
internal sealed class FetchFeed(NetworkOptions network) : IDisposable
{
    public const int MaxBytes = 4 * 1024 * 1024;
    private const int MaxRedirects = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly HttpMessageInvoker _http = new(GuardedHttp.CreateHandler(network, allowPrivate: true, connections: 2));

    public async Task<FetchedFeed> RunAsync(string url, string? etag, string? lastModified, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            return await FetchAsync(new Uri(url), etag, lastModified, patience.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Failed($"No answer within {Patience.TotalSeconds:0} seconds.");
        }
        catch (Exception failure)
            when (failure is HttpRequestException or IOException or UriFormatException or FormatException or InvalidDataException)
        {
            return Failed(failure.InnerException is AddressRefusedException refused ? refused.Message : failure.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<FetchedFeed> FetchAsync(Uri address, string? etag, string? lastModified, CancellationToken ct)
    {
        for (var hop = 0; ; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("User-Agent", "Estafette");
            request.Headers.TryAddWithoutValidation(
                "Accept",
                "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8"
            );
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
            if (etag is not null)
                request.Headers.TryAddWithoutValidation("If-None-Match", etag);
            if (lastModified is not null)
                request.Headers.TryAddWithoutValidation("If-Modified-Since", lastModified);
            using var response = await _http.SendAsync(request, ct);
            if (response.StatusCode == HttpStatusCode.NotModified)
                return new FetchedFeed(null, etag, lastModified, null);
            if ((int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } next && hop < MaxRedirects)
            {
                address = new Uri(address, next);
                if (address.Scheme is not ("http" or "https"))
                    return Failed($"The feed leads to {address.Scheme}:, which is not followed.");
                continue;
            }
            if (!response.IsSuccessStatusCode)
                return Failed($"The feed answered {(int)response.StatusCode}.");
            using var body = await ReadAsync(response, ct);
            return new FetchedFeed(FeedReader.Read(body, address), First(response, "ETag"), First(response, "Last-Modified"), null);
        }
    }

    private static async Task<MemoryStream> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var raw = await response.Content.ReadAsStreamAsync(ct);
        var packed = response.Content.Headers.ContentEncoding.Contains("gzip", StringComparer.OrdinalIgnoreCase);
        await using var source = packed ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await source.ReadAsync(buffer, ct)) > 0)
        {
            if (body.Length + read > MaxBytes)
                throw new InvalidDataException($"The feed is larger than {MaxBytes / 1024 / 1024} MB.");
            body.Write(buffer, 0, read);
        }
        body.Position = 0;
        return body;
    }

    private static string? First(HttpResponseMessage response, string name) =>
        (response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values))
        && values.FirstOrDefault() is { Length: <= 300 } value
            ? value
            : null;

    private static FetchedFeed Failed(string problem) => new(null, null, null, problem.Length > 500 ? problem[..500] : problem);
}
