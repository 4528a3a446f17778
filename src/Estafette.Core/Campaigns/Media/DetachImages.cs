using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Media;

/// <summary>
/// Takes images out of a message: those written into it as <c>data:</c> always, those of other sites when asked for. Each is stored once and its
/// address takes its place. What is no image that mail programs show, or cannot be fetched, stays as it is and is told by the checks of the content.
/// </summary>
public sealed partial class DetachImages : IDisposable
{
    private const int MaxFetched = 100;
    private const int AtOnce = 6;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);

    private readonly IDbContextFactory<EstafetteDb> _databases;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    public DetachImages(IDbContextFactory<EstafetteDb> databases, NetworkOptions network, TimeProvider clock)
    {
        (_databases, _clock) = (databases, clock);
        _http = new HttpClient(GuardedHttp.CreateHandler(network, allowPrivate: true, AtOnce))
        {
            MaxResponseContentBufferSize = UploadImage.MaxBytes,
            Timeout = TimeSpan.FromSeconds(10),
        };
    }

    /// <summary>The markup with the addresses of stored images.</summary>
    /// <param name="actor">Whose library they go to.</param>
    /// <param name="html">Markup as it was given.</param>
    /// <param name="fetches">Images of other sites are copied too.</param>
    /// <param name="ct">Ends the fetching.</param>
    public async Task<string> RunAsync(Actor actor, string html, bool fetches, CancellationToken ct)
    {
        var found = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (Match match in Inline().Matches(html))
            if (!found.ContainsKey(match.Value) && Decode(match.Groups["data"].Value) is { } bytes)
                found[match.Value] = bytes;
        if (fetches)
            foreach (var (address, bytes) in await FetchAsync(html, ct))
                found[address] = bytes;
        if (found.Count == 0)
            return html;
        foreach (var (written, stored) in await StoreAsync(actor, found, ct))
            html = html.Replace(written, stored, StringComparison.Ordinal);
        return html;
    }

    private static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(WebUtility.HtmlDecode(text), bytes, out var length) ? bytes[..length] : null;
    }

    private async Task<IReadOnlyDictionary<string, byte[]>> FetchAsync(string html, CancellationToken ct)
    {
        var fetched = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
        var addresses = Linked().Matches(html).Select(m => m.Groups["url"].Value).Distinct(StringComparer.Ordinal).Take(MaxFetched);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Budget);
        try
        {
            await Parallel.ForEachAsync(
                addresses,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = limit.Token },
                async (address, stop) =>
                {
                    if (await FetchOneAsync(WebUtility.HtmlDecode(address), stop) is { } bytes)
                        fetched[address] = bytes;
                }
            );
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The others stay where they are.
        }
        return fetched;
    }

    private async Task<byte[]?> FetchOneAsync(string address, CancellationToken ct)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
            return null;
        try
        {
            using var answer = await _http.GetAsync(uri, ct);
            return answer.StatusCode == HttpStatusCode.OK ? await answer.Content.ReadAsByteArrayAsync(ct) : null;
        }
        catch (Exception failure)
            when (failure is HttpRequestException or AddressRefusedException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<List<(string Written, string Stored)>> StoreAsync(
        Actor actor,
        Dictionary<string, byte[]> found,
        CancellationToken ct
    )
    {
        var stored = new List<(string, string)>();
        await using var db = await _databases.CreateDbContextAsync(ct);
        foreach (var (written, bytes) in found)
        {
            var known = await UploadImage.RunAsync(actor, new ImageUpload("message", "", "", bytes), db, _clock, ct);
            if (known.Image is { } image)
                stored.Add((written, image.Url));
        }
        return stored;
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("""data:image/[a-z0-9.+-]{1,30};base64,(?<data>[A-Za-z0-9+/=\s]{8,})""", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();

    [GeneratedRegex(
        """<img\b[^>]{0,2000}?\ssrc\s*=\s*(?:"(?<url>https?://[^"{}<>\s]+)"|'(?<url>https?://[^'{}<>\s]+)')""",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Linked();
}
