using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Benchmarks.Report;

/// <summary>Rows of a campaign that was sent over ten hours: one in fifty bounced, two events per delivery over fifty hours, twenty links.</summary>
internal static class ReportData
{
    public static async Task<CampaignId> AddAsync(TestApplication app, int deliveries)
    {
        await using var db = app.OpenDb();
        var campaign = new Campaign(app.Customer, "Bench", app.Now);
        db.Add(campaign);
        await db.SaveChangesAsync();
        var (id, customer, start) = (campaign.Id, app.Customer, app.Now.ToUnixTimeMilliseconds());
        var numbers = $"WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < {deliveries})";
        await app.ExecuteAsync(
            $"""
            INSERT INTO sending_servers (id, customer_id, name, kind, active, settings, created_at, updated_at)
            VALUES (1, {customer}, 'A', 1, 1, '', 0, 0), (2, {customer}, 'B', 1, 1, '', 0, 0);
            INSERT INTO contents (id, customer_id, campaign_id, version, subject, processed, created_at) VALUES (7, {customer}, {id}, 1, 'S', '', 0);
            WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 20)
            INSERT INTO content_links (content_id, link_no, url) SELECT 7, v, 'https://example.test/' || v FROM n;
            {numbers}
            INSERT INTO deliveries (id, customer_id, campaign_id, channel, address, address_key, status, tracking, attempts, content_id, server_id, created_at, status_at, sent_at, opened_at, clicked_at)
            SELECT v, {customer}, {id}, 1, 'user' || v || '@' || CASE WHEN v % 5 < 2 THEN 'gmail.com' ELSE 'example' || v % 7 || '.test' END, 'user' || v || '@' || CASE WHEN v % 5 < 2 THEN 'gmail.com' ELSE 'example' || v % 7 || '.test' END, CASE v % 50 WHEN 0 THEN 7 ELSE 2 END, 2, 1, 7,
              1 + v % 2, {start}, {start} + v % 36000 * 1000, {start} + v % 36000 * 1000,
              CASE WHEN v % 3 = 0 AND v % 50 > 0 THEN {start} + 36000000 + v % 180000 * 1000 END,
              CASE WHEN v % 9 = 0 AND v % 50 > 0 THEN {start} + 36000000 + v % 180000 * 1000 END
            FROM n;
            INSERT INTO campaign_domains (campaign_id, domain, no, customer_id)
            SELECT {id}, domain, row_number() OVER (), {customer} FROM (SELECT DISTINCT domain FROM deliveries WHERE campaign_id = {id});
            {numbers}
            INSERT INTO attempts (delivery_id, attempt, customer_id, campaign_id, server_id, content_id, started_at, duration_ms, outcome, phase, code, text, cause)
            SELECT v, 1, {customer}, {id}, 1 + v % 2, 7, {start} + v % 36000 * 1000, 20, CASE v % 50 WHEN 0 THEN 3 ELSE 1 END, 10,
              CASE v % 50 WHEN 0 THEN 550 ELSE 250 END, 'words', CASE v % 50 WHEN 0 THEN 1 END
            FROM n;
            WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < {2 * deliveries})
            INSERT INTO tracking_events (customer_id, campaign_id, delivery_id, content_id, kind, link_no, machine, at)
            SELECT {customer}, {id}, v % {deliveries} / 3 * 3 + 3, 7, 1 + (v % 3 = 0), CASE WHEN v % 3 = 0 THEN 1 + v % 20 ELSE 0 END,
              CASE v % 11 WHEN 0 THEN 2 ELSE 0 END, {start} + 36000000 + v % 180000 * 1000
            FROM n;
            """
        );
        return id;
    }
}
