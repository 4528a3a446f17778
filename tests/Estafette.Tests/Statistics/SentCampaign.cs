using System.Text;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Statistics;

/// <summary>A campaign with rows as the delivery engine leaves them, and no rollups: a recount makes those.</summary>
internal sealed class SentCampaign
{
    private readonly TestApplication _app;

    private SentCampaign(TestApplication app, CampaignId id) => (_app, Id) = (app, id);

    public CampaignId Id { get; }

    public static async Task<SentCampaign> AddAsync(TestApplication app)
    {
        await using var db = app.OpenDb();
        var campaign = new Campaign(app.Customer, "Rentrée", app.Now);
        db.Add(campaign);
        await db.SaveChangesAsync();
        await app.ExecuteAsync(
            $"INSERT INTO sending_servers (id, customer_id, name, kind, active, settings, created_at, updated_at) VALUES (5, {app.Customer}, 'Relais', 1, {(app.Store.Kind == DatabaseKind.Sqlite ? "1" : "true")}, '{"{}"}', 0, 0) ON CONFLICT DO NOTHING"
        );
        return new SentCampaign(app, campaign.Id);
    }

    /// <summary>Adds deliveries with these addresses, one attempt each unless suppressed or rejected by ourselves.</summary>
    public async Task<List<DeliveryId>> AddAsync(
        IEnumerable<string> addresses,
        DeliveryStatus status = DeliveryStatus.Sent,
        DeliveryTracking tracking = DeliveryTracking.Individual
    )
    {
        var at = _app.Now.AddMinutes(-10).ToUnixTimeMilliseconds();
        var id = await _app.ScalarAsync<long>("SELECT coalesce(max(id), 0) FROM deliveries");
        var attempted = status is not (DeliveryStatus.Suppressed or DeliveryStatus.Rejected or DeliveryStatus.Pending);
        var outcome = status is DeliveryStatus.Sent or DeliveryStatus.Delivered ? 1 : 3;
        var sql = new StringBuilder();
        var ids = new List<DeliveryId>();
        foreach (var address in addresses)
        {
            ids.Add(new DeliveryId(++id));
            sql.Append(
                $"INSERT INTO deliveries (id, customer_id, campaign_id, channel, address, address_key, status, tracking, attempts, content_id, server_id, created_at, status_at, sent_at) VALUES ({id}, {_app.Customer}, {Id}, 1, '{address}', '{address.ToLowerInvariant()}', {(int)status}, {(int)tracking}, {(attempted ? 1 : 0)}, 7, {(attempted ? "5" : "NULL")}, {at}, {at}, {(outcome == 1 ? at : "NULL")});"
            );
            if (attempted)
                sql.Append(
                    $"INSERT INTO attempts (delivery_id, attempt, customer_id, campaign_id, server_id, started_at, duration_ms, outcome, phase, code, text, cause) VALUES ({id}, 1, {_app.Customer}, {Id}, 5, {at}, 20, {outcome}, 10, {(outcome == 1 ? 250 : 550)}, 'words', {(outcome == 1 ? "NULL" : "1")});"
                );
        }
        await _app.ExecuteAsync(sql.ToString());
        return ids;
    }

    /// <summary>Adds events of people.</summary>
    public Task AddEventsAsync(IEnumerable<DeliveryId> deliveries, int kind, int link = 0, int times = 1)
    {
        var sql = new StringBuilder();
        foreach (var delivery in deliveries)
            for (var i = 0; i < times; i++)
                sql.Append(
                    $"INSERT INTO tracking_events (customer_id, campaign_id, delivery_id, content_id, kind, link_no, at) VALUES ({_app.Customer}, {Id}, {delivery}, 7, {kind}, {link}, {_app.Now.AddMinutes(i).ToUnixTimeMilliseconds()});"
                );
        return _app.ExecuteAsync(sql.ToString());
    }
}
