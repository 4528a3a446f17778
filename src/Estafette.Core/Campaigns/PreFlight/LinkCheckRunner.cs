using System.Net;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>
/// Asks the addresses of campaigns whether they answer: HEAD, then GET where HEAD is not understood, redirects followed by hand so that every address
/// on the way passes the guard. A few at a time, each with a deadline; nothing of a body is kept.
/// </summary>
internal sealed class LinkCheckRunner(IDbContextFactory<EstafetteDb> databases, NetworkOptions network, LoopContext context)
    : BackgroundLoop(context, Signal.CampaignChanged, TimeSpan.FromSeconds(2))
{
    private const int AtOnce = 4;
    private const int MaxRedirects = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _http = new(GuardedHttp.CreateHandler(network, allowPrivate: true, AtOnce));

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    protected override async Task<bool> PassAsync(CancellationToken ct) => await CheckSomeAsync(ct) > 0;

    /// <summary>Asks the addresses that have waited longest; returns how many.</summary>
    internal async Task<int> CheckSomeAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var waiting = await db.Set<CheckedLink>()
            .Where(l => l.State == LinkState.Waiting)
            .OrderBy(l => l.AskedAt)
            .Take(AtOnce)
            .ToListAsync(ct);
        var answers = await Task.WhenAll(waiting.Select(l => AskAsync(l.Url, ct)));
        for (var i = 0; i < waiting.Count; i++)
        {
            var (row, answer) = (waiting[i], answers[i]);
            (row.State, row.Code, row.Bytes, row.CheckedAt) = (answer.State, answer.Code, answer.Bytes, Clock.GetUtcNow());
            row.Detail = answer.Detail is { Length: > 300 } long_ ? long_[..300] : answer.Detail;
        }
        await db.SaveChangesAsync(ct);
        return waiting.Count;
    }

    private async Task<Answer> AskAsync(string url, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            var answer = await FollowAsync(HttpMethod.Head, new Uri(url), patience.Token);
            // Many sites answer HEAD with an error and GET well.
            return answer.State == LinkState.Good ? answer : await FollowAsync(HttpMethod.Get, new Uri(url), patience.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new Answer(LinkState.Unreachable, null, null, $"No answer within {Patience.TotalSeconds:N0} s.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or UriFormatException or InvalidOperationException)
        {
            return new Answer(LinkState.Unreachable, null, null, (failure.InnerException ?? failure).Message);
        }
    }

    private async Task<Answer> FollowAsync(HttpMethod method, Uri url, CancellationToken ct)
    {
        for (var hop = 0; hop <= MaxRedirects; hop++)
        {
            using var request = new HttpRequestMessage(method, url);
            request.Headers.UserAgent.ParseAdd("Estafette/1.0 (link check)");
            using var response = await _http.SendAsync(request, ct);
            var code = (int)response.StatusCode;
            if (code is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location)
            {
                url = new Uri(url, location);
                if (url.Scheme is not ("http" or "https"))
                    return new Answer(LinkState.Broken, code, null, $"It leads on to {url.Scheme}:");
                continue;
            }
            var good = response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotModified;
            return new Answer(good ? LinkState.Good : LinkState.Broken, code, response.Content.Headers.ContentLength, null);
        }
        return new Answer(LinkState.Broken, null, null, $"More than {MaxRedirects} redirects.");
    }

    private readonly record struct Answer(LinkState State, int? Code, long? Bytes, string? Detail);
}
