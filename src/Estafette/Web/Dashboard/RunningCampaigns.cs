using System.Text;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Web.Account;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Dashboard;

/// <summary>A campaign that is being sent, at one moment.</summary>
public sealed record RunningCampaign(CampaignId Id, string Name, CampaignStatus Status, long Audience, long Done, double? PerSecond)
{
    /// <summary>Time the rest will take at the present rate; null when nothing moves.</summary>
    public TimeSpan? Remaining => PerSecond is > 0 and { } rate ? TimeSpan.FromSeconds(Math.Max(0, Audience - Done) / rate) : null;
}

/// <summary>The campaigns that are being sent, and the stream that keeps the dashboard up to date about them.</summary>
internal static class RunningCampaigns
{
    private const int MaxShown = 10;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(5);

    public static void MapDashboard(this WebApplication app) => app.MapGet("/dashboard/stream", StreamAsync).RequireAuthorization();

    public static async Task<List<RunningCampaign>> ReadAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var active = await db.Of<Campaign>(customer)
            .Where(c => c.Kind == CampaignKind.Ordinary)
            .AsNoTracking()
            .Where(c => c.Status == CampaignStatus.Running || c.Status == CampaignStatus.Paused)
            .OrderByDescending(c => c.Id)
            .Take(MaxShown)
            .Select(c => new
            {
                c.Id,
                c.Name,
                c.Status,
            })
            .ToListAsync(ct);
        var running = new List<RunningCampaign>();
        foreach (var campaign in active)
            if (await ReadProgress.RunAsync(customer, campaign.Id, db, ct) is { } progress)
                running.Add(new(campaign.Id, campaign.Name, campaign.Status, progress.Audience, progress.Done, null));
        return running;
    }

    private static async Task StreamAsync(
        HttpContext http,
        CurrentUser user,
        IServiceScopeFactory scopes,
        ILoggerFactory loggers,
        IHostApplicationLifetime life,
        TimeProvider clock
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, life.ApplicationStopping);
        var customer = user.CustomerId;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, loggers);
        try
        {
            await BeatAsync(http, renderer, customer, db, clock, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    private static async Task BeatAsync(
        HttpContext http,
        HtmlRenderer renderer,
        CustomerId customer,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var seen = new Dictionary<CampaignId, Queue<(long At, long Done)>>();
        string? last = null;
        while (!ct.IsCancellationRequested)
        {
            var running = (await ReadAsync(customer, db, ct)).ConvertAll(c => c with { PerSecond = Rate(seen, c, clock) });
            var fragment = await RenderAsync(renderer, running);
            // A comment keeps the connection known to be alive.
            var text = fragment == last ? ":\n\n" : Event(fragment);
            await http.Response.WriteAsync(text, ct);
            await http.Response.Body.FlushAsync(ct);
            last = fragment;
            // When nothing is sent, looking now and then is enough.
            await Task.Delay(running.Count > 0 ? Beat : RateWindow, clock, ct);
        }
    }

    private static double? Rate(Dictionary<CampaignId, Queue<(long At, long Done)>> all, RunningCampaign campaign, TimeProvider clock)
    {
        if (!all.TryGetValue(campaign.Id, out var seen))
            all.Add(campaign.Id, seen = new Queue<(long, long)>());
        seen.Enqueue((clock.GetTimestamp(), campaign.Done));
        while (clock.GetElapsedTime(seen.Peek().At) > RateWindow)
            seen.Dequeue();
        if (seen.Count < 2)
            return null;
        var (first, last) = (seen.Peek(), seen.Last());
        var seconds = clock.GetElapsedTime(first.At, last.At).TotalSeconds;
        return seconds > 0 ? (last.Done - first.Done) / seconds : null;
    }

    private static Task<string> RenderAsync(HtmlRenderer renderer, List<RunningCampaign> running) =>
        renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(RunningFigures.All)] = running };
            var component = await renderer.RenderComponentAsync<RunningFigures>(ParameterView.FromDictionary(parameters));
            return component.ToHtmlString();
        });

    private static string Event(string data)
    {
        var text = new StringBuilder("event: figures\n");
        foreach (var line in data.ReplaceLineEndings("\n").Split('\n'))
            text.Append("data: ").Append(line).Append('\n');
        return text.Append('\n').ToString();
    }
}
