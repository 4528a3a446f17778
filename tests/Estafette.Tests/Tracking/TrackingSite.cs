using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Journal;
using Estafette.Testing;
using Estafette.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Tests.Tracking;

/// <summary>The tracking endpoints on a real port, over a test application, with a campaign that was sent.</summary>
internal sealed class TrackingSite : IAsyncDisposable
{
    public const string Browser =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";

    private readonly TestApplication _app;
    private readonly WebApplication _web;

    private TrackingSite(TestApplication app, WebApplication web)
    {
        (_app, _web) = (app, web);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(web.Urls.First()),
        };
        Http.DefaultRequestHeaders.UserAgent.ParseAdd(Browser);
    }

    public HttpClient Http { get; }

    public TrackingTokens Tokens => _app.Get<TrackingTokens>();

    public CampaignId Campaign { get; private set; }

    public static async Task<TrackingSite> StartAsync(TestApplication app, Action<IServiceCollection>? services = null)
    {
        await app.Get<TrackingTokens>().EnsureLoadedAsync(CancellationToken.None);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(app.Get<TrackingTokens>());
        builder.Services.AddSingleton(app.Get<LinkTargets>());
        builder.Services.AddSingleton(app.Get<EventJournal>());
        builder.Services.AddSingleton(app.Get<TimeProvider>());
        builder.Services.AddSingleton(app.Store);
        builder.Services.AddSingleton(app.Writes);
        builder.Services.AddSingleton(app.Get<IDbContextFactory<EstafetteDb>>());
        services?.Invoke(builder.Services);
        var web = builder.Build();
        web.MapTracking();
        await web.StartAsync();
        var site = new TrackingSite(app, web);
        await site.AddCampaignAsync();
        return site;
    }

    /// <summary>Counts what the journal holds, as the background loader does.</summary>
    public Task<long> CountAsync() =>
        _app.Services.GetServices<IHostedService>().OfType<TrackingLoader>().Single().CountAllAsync(CancellationToken.None);

    /// <summary>A delivery sent a minute ago.</summary>
    public async Task<DeliveryId> AddDeliveryAsync(string address, int tracking = 2, ContactId? contact = null, int status = 2)
    {
        var sent = _app.Now.AddMinutes(-1).ToUnixTimeMilliseconds();
        var id = 1 + await _app.ScalarAsync<long>("SELECT coalesce(max(id), 0) FROM deliveries");
        await _app.ExecuteAsync(
            $"INSERT INTO deliveries (id, customer_id, campaign_id, contact_id, channel, address, address_key, status, tracking, attempts, content_id, created_at, status_at, sent_at) VALUES ({id}, {_app.Customer}, {Campaign}, {(contact is { } c ? c.ToString() : "NULL")}, 1, '{address}', '{address}', {status}, {tracking}, 1, 7, {sent}, {sent}, {sent})"
        );
        return new DeliveryId(id);
    }

    public string Url(char kind, TokenPurpose purpose, DeliveryId delivery, int link = 0) =>
        $"/{kind}/{Tokens.Text(purpose, delivery.Value, new ContentId(7), link)}";

    public Task<HttpResponseMessage> OpenAsync(DeliveryId delivery) => Http.GetAsync(Url('o', TokenPurpose.Open, delivery));

    public Task<HttpResponseMessage> ClickAsync(DeliveryId delivery, int link) =>
        Http.GetAsync(Url('l', TokenPurpose.Click, delivery, link));

    public Task<long> RollupAsync(Core.Platform.Rollups.Metric metric) =>
        _app.ScalarAsync<long>($"SELECT coalesce(sum(count), 0) FROM rollups WHERE campaign_id = {Campaign} AND metric = {(int)metric}");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _web.DisposeAsync();
    }

    private async Task AddCampaignAsync()
    {
        await using var db = _app.OpenDb();
        var campaign = new Campaign(_app.Customer, "Rentrée", _app.Now);
        db.Add(campaign);
        await db.SaveChangesAsync();
        Campaign = campaign.Id;
        await _app.ExecuteAsync(
            $"""
            INSERT INTO contents (id, customer_id, campaign_id, version, subject, processed, created_at) VALUES (7, {_app.Customer}, {Campaign}, 1, 'S', 'x', 0) ON CONFLICT DO NOTHING;
            INSERT INTO content_links (content_id, link_no, url) VALUES
              (7, 1, 'https://shop.example/a?x=1&y=2'), (7, 2, 'https://shop.example/b'), (7, 3, 'https://shop.example/b'),
              (7, 4, 'https://shop.example/é à'), (7, 5, 'javascript:alert(1)'), (7, 6, 'https://shop.example/{"{{contact.id}}"}') ON CONFLICT DO NOTHING
            """
        );
    }
}
