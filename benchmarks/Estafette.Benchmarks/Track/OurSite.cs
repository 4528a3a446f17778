using System.Globalization;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Benchmarks.Track;

/// <summary>The whole application on SQLite with a campaign that was sent, loader included.</summary>
internal sealed class OurSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly int _deliveries;

    private OurSite(WebApplication app, int deliveries) => (_app, _deliveries) = (app, deliveries);

    public string Url => _app.Urls.First();

    public TrackingTokens Tokens => _app.Services.GetRequiredService<TrackingTokens>();

    public long Appended => _app.Services.GetRequiredService<EventJournal>().Appended;

    public static async Task<OurSite> StartAsync(string directory, int deliveries)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["Data:Directory"] = directory;
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = ServerHost.Build(builder);
        await Migrator.RunAsync(app.Services.GetRequiredService<Store>(), CancellationToken.None);
        await SeedAsync(app.Services.GetRequiredService<WriteQueue>(), deliveries);
        await app.StartAsync();
        return new OurSite(app, deliveries);
    }

    public List<string> PixelUrls(int count) => Paths(count, id => $"/o/{Tokens.Text(TokenPurpose.Open, id, new ContentId(7))}");

    public List<string> LinkUrls(int count) =>
        Paths(count, id => $"/l/{Tokens.Text(TokenPurpose.Click, id, new ContentId(7), (int)(id % 5) + 1)}");

    /// <summary>Counts what is left in the journal.</summary>
    public Task<long> CountAllAsync() =>
        _app.Services.GetServices<IHostedService>().OfType<TrackingLoader>().Single().CountAllAsync(CancellationToken.None);

    public async Task<long> EventsAsync()
    {
        await using var connection = await _app.Services.GetRequiredService<Store>().OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM tracking_events";
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private List<string> Paths(int count, Func<long, string> path) =>
        Enumerable.Range(0, count).Select(i => path(1 + (i * 7919L % _deliveries))).ToList();

    private static Task SeedAsync(WriteQueue writes, int deliveries) =>
        writes.RunAsync(
            async session =>
            {
                await using var command = session.Connection.CreateCommand();
                command.Transaction = session.Transaction;
                command.CommandText = $"""
                    INSERT INTO customers (id, name, created_at) VALUES (900, 'Bench', 0);
                    INSERT INTO campaigns (id, customer_id, name, status, created_at, updated_at) VALUES (900, 900, 'Bench', 4, 0, 0);
                    INSERT INTO contents (id, customer_id, campaign_id, version, subject, processed, created_at) VALUES (7, 900, 900, 1, 'S', '', 0);
                    WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 5)
                    INSERT INTO content_links (content_id, link_no, url) SELECT 7, value, 'https://example.test/landing?i=' || value FROM n;
                    WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {deliveries})
                    INSERT INTO deliveries (id, customer_id, campaign_id, channel, address, address_key, status, tracking, created_at, status_at, sent_at)
                    SELECT value, 900, 900, 1, 'u' || value || '@example.test', 'u' || value || '@example.test', 2, 2, 0, 0, 0 FROM n;
                    """;
                await command.ExecuteNonQueryAsync();
            },
            CancellationToken.None
        );
}
