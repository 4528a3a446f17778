using System.Text;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Web.Account;
using Estafette.Web.Content;
using Estafette.Web.Grids;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Campaigns;

/// <summary>The answers about campaigns that are no pages: the stream of live figures, the framed preview, the CSV of deliveries.</summary>
internal static class CampaignEndpoints
{
    /// <summary>Live figures move at most twice a second.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    /// <summary>The rate is measured over this time.</summary>
    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(5);

    public static void MapCampaigns(this WebApplication app)
    {
        app.MapGet("/campaigns/{id:long}/live/stream", StreamAsync).RequireAuthorization();
        app.MapGet("/campaigns/{id:long}/preview/html", PreviewAsync).RequireAuthorization();
        app.MapGet("/templates/{id:long}/preview/html", PreviewAsync).RequireAuthorization();
        app.MapGridExport<DeliveryRow>("/campaigns/{id:long}/deliveries", DeliveriesAsync);
        app.MapGridExport<CampaignLine>(
            "/campaigns",
            async (_, scope) => await CampaignsGrid.MakeAsync(scope.Customer, scope.Db, scope.Gone)
        );
        app.MapGet("/campaigns/{id:long}/zones", ZonesAsync).RequireAuthorization();
        app.MapGet("/deliveries/{id:long}/source.eml", SourceAsync).RequireAuthorization();
        app.MapGet("/deliveries/{id:long}/copy", CopyAsync).RequireAuthorization();
    }

    private static async Task StreamAsync(
        long id,
        HttpContext http,
        CurrentUser user,
        IServiceScopeFactory scopes,
        ILoggerFactory loggers,
        IHostApplicationLifetime life,
        TimeProvider clock
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, life.ApplicationStopping);
        var (customer, campaign) = (user.CustomerId, new CampaignId(id));
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        if (await LiveState.ReadAsync(customer, campaign, db, stop.Token) is not { } first)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, loggers);
        try
        {
            await BeatAsync(http, renderer, customer, campaign, first.Status, db, clock, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    private static async Task BeatAsync(
        HttpContext http,
        HtmlRenderer renderer,
        CustomerId customer,
        CampaignId campaign,
        CampaignStatus status,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var seen = new Queue<(long At, long Done)>();
        string? last = null;
        while (await LiveState.ReadAsync(customer, campaign, db, ct) is { } state)
        {
            if (state.Status != status)
            {
                await SendAsync(http, "status", state.Status.ToString(), ct);
                return;
            }
            seen.Enqueue((clock.GetTimestamp(), state.Done));
            while (clock.GetElapsedTime(seen.Peek().At) > RateWindow)
                seen.Dequeue();
            var fragment = await RenderAsync(renderer, state with { PerSecond = Rate(seen, clock) });
            // A comment keeps the connection known to be alive.
            await (fragment == last ? http.Response.WriteAsync(":\n\n", ct) : SendAsync(http, "figures", fragment, ct));
            await http.Response.Body.FlushAsync(ct);
            last = fragment;
            await Task.Delay(Beat, clock, ct);
        }
    }

    private static double? Rate(Queue<(long At, long Done)> seen, TimeProvider clock)
    {
        if (seen.Count < 2)
            return null;
        var (first, last) = (seen.Peek(), seen.Last());
        var seconds = clock.GetElapsedTime(first.At, last.At).TotalSeconds;
        return seconds > 0 ? (last.Done - first.Done) / seconds : null;
    }

    private static Task<string> RenderAsync(HtmlRenderer renderer, LiveState state) =>
        renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(LiveFigures.State)] = state };
            var component = await renderer.RenderComponentAsync<LiveFigures>(ParameterView.FromDictionary(parameters));
            return component.ToHtmlString();
        });

    /// <summary>One event; each line of its data has its own field (HTML, server-sent events §9.2.6).</summary>
    private static async Task SendAsync(HttpContext http, string name, string data, CancellationToken ct)
    {
        var text = new StringBuilder().Append("event: ").Append(name).Append('\n');
        foreach (var line in data.ReplaceLineEndings("\n").Split('\n'))
            text.Append("data: ").Append(line).Append('\n');
        await http.Response.WriteAsync(text.Append('\n').ToString(), ct);
        await http.Response.Body.FlushAsync(ct);
    }

    private static async Task<IResult> PreviewAsync(
        long id,
        string? contact,
        string? dark,
        string? before,
        HttpContext http,
        CurrentUser user,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        ContactId? seenBy = ContactId.TryParse(contact, null, out var chosen) ? chosen : null;
        var preview = await PreviewContent.RunAsync(user.CustomerId, ContentForm.Target(http, id), seenBy, db, clock, ct);
        if (preview is null)
            return TypedResults.NotFound();
        SecurityHeaders.ForPreview(http.Response);
        var html = (before is null ? preview.Message.Html : preview.Source) ?? "";
        return TypedResults.Content(dark is null ? html : DarkView.Of(html), "text/html; charset=utf-8");
    }

    private static async Task<GridOf<DeliveryRow>?> DeliveriesAsync(HttpContext http, GridScope scope)
    {
        if (!CampaignId.TryParse($"{http.GetRouteValue("id")}", null, out var id))
            return null;
        var audience = await scope
            .Db.Of<Campaign>(scope.Customer)
            .Where(c => c.Id == id)
            .Select(c => (long?)c.Audience)
            .SingleOrDefaultAsync(scope.Gone);
        return audience is { } count ? new DeliveriesGrid(id, count) : null;
    }

    /// <summary>A content version with the share of each link on it, for the frame of the report.</summary>
    private static async Task<IResult> ZonesAsync(
        long id,
        long? version,
        HttpContext http,
        CurrentUser user,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var (customer, campaign) = (user.CustomerId, new CampaignId(id));
        if (await ReportCampaign.RunAsync(customer, campaign, db, ct) is not { } report)
            return TypedResults.NotFound();
        SecurityHeaders.ForPreview(http.Response);
        var content = ZoneMarks.Choose(report.Links, version ?? 0);
        var html = content is { } chosen
            ? await HotZones.RunAsync(customer, campaign, chosen, ZoneMarks.Of(ZoneMarks.LinksOf(report.Links, chosen)), db, ct)
            : null;
        return html is { Length: > 0 }
            ? TypedResults.Content(html, "text/html; charset=utf-8")
            : TypedResults.Content(Words.T("parts.zones-no-html"), "text/plain; charset=utf-8");
    }

    /// <summary>The source of a message, as a file of a mail program.</summary>
    private static async Task<IResult> SourceAsync(long id, CurrentUser user, DeliveryCopies copies, CancellationToken ct) =>
        await copies.SourceAsync(user.CustomerId, new DeliveryId(id), ct) is { } source
            ? TypedResults.Bytes(source.Bytes, "message/rfc822", $"message-{id}.eml")
            : TypedResults.NotFound();

    /// <summary>The message of a delivery as it went out, links inert, for the frame of its page.</summary>
    private static async Task<IResult> CopyAsync(long id, HttpContext http, CurrentUser user, DeliveryCopies copies, CancellationToken ct)
    {
        if (await copies.CopyAsync(user.CustomerId, new DeliveryId(id), ct) is not { } copy)
            return TypedResults.NotFound();
        SecurityHeaders.ForPreview(http.Response);
        return copy.Html is { } html
            ? TypedResults.Content(html, "text/html; charset=utf-8")
            : TypedResults.Content(copy.Text ?? Words.T("delivery.no-copy"), "text/plain; charset=utf-8");
    }
}
