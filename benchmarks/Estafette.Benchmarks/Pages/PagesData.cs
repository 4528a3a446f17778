using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Statistics;
using Estafette.Demo;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Benchmarks.Pages;

/// <summary>A customer that has used the product for years: contacts in ten lists and campaigns of the same size, sent one a day, the last one with events.</summary>
internal sealed class PagesData(WebHost host, int contacts, int deliveries)
{
    private const int PerCampaign = 100_000;

    /// <summary>First key of what is written here, above everything the demo wrote.</summary>
    private const long First = 1_000_000;

    public CustomerId Customer { get; private set; }

    public int Campaigns => Math.Max(1, deliveries / PerCampaign);

    /// <summary>First word of an address to a key of that kind.</summary>
    public Dictionary<string, long> Ids { get; } = new(StringComparer.Ordinal);

    public async Task WriteAsync(CancellationToken ct)
    {
        await using (var scope = host.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
            Customer = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync(ct);
        }
        var store = host.Services.GetRequiredService<Store>();
        await using (var connection = await store.OpenAsync(ct))
        {
            foreach (var statement in Statements())
            {
                await using var command = connection.CreateCommand();
                command.CommandText = statement;
                command.CommandTimeout = 3600;
                await command.ExecuteNonQueryAsync(ct);
            }
        }
        var last = new CampaignId(First + Campaigns - 1);
        await Recount.RepairAsync(last, host.Services.GetRequiredService<WriteQueue>(), ct);
        (Ids["campaigns"], Ids["contacts"], Ids["lists"], Ids["deliveries"]) = (last.Value, First + 17, First, First + deliveries - 17);
    }

    private IEnumerable<string> Statements()
    {
        var day = 86_400_000L;
        var start = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - Campaigns * day;
        yield return $"""
            INSERT INTO lists (id, customer_id, name, created_at)
            {Numbers(10)} SELECT {First} + v, {Customer}, 'Liste ' || v, {start} FROM n
            """;
        yield return $"""
            INSERT INTO contacts (id, customer_id, contact_key, email, first_name, last_name, language, attributes, tracking_consent, created_at, updated_at)
            {Numbers(contacts)}
            SELECT {First} + v, {Customer}, 'personne' || v || '@exemple' || v % 40 || '.test', 'personne' || v || '@exemple' || v % 40 || '.test',
              'Prénom' || v % 500, 'Nom' || v % 9000, CASE v % 5 WHEN 0 THEN 'en' ELSE 'fr' END, json_object('ville', 'Ville ' || v % 300), 1, {start} + v, {start} + v
            FROM n
            """;
        yield return $"""
            INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at)
            {Numbers(
                contacts
            )} SELECT {First} + v % 10, {First} + v, {Customer}, CASE v % 30 WHEN 0 THEN 2 ELSE 1 END, 1, {start} + v, {start} + v FROM n
            """;
        yield return $"""
            INSERT INTO contents (id, customer_id, campaign_id, version, subject, html, processed, created_at)
            {Numbers(
                Campaigns
            )} SELECT {First} + v, {Customer}, {First} + v, 1, 'Objet ' || v, '<p>Bonjour</p>', json_object(), {start} + v * {day} FROM n
            """;
        yield return $"""
            INSERT INTO campaigns (id, customer_id, name, status, from_email, from_name, subject, html, content_id, launched_at, finished_at, expanded_at, audience, created_by, created_at, updated_at)
            {Numbers(Campaigns)}
            SELECT {First} + v, {Customer}, 'Campagne ' || v, 4, 'bonjour@example.test', 'Atelier', 'Objet ' || v, '<p>Bonjour</p>', {First} + v, {start} + v * {day},
              {start} + v * {day} + 3600000, {start} + v * {day}, {PerCampaign}, 'bench', {start} + v * {day}, {start} + v * {day} FROM n
            """;
        yield return $"""
            INSERT INTO content_links (content_id, link_no, url) {Numbers(20)} SELECT {First
                + Campaigns
                - 1}, v + 1, 'https://example.test/' || v FROM n
            """;
        yield return $"""
            INSERT INTO deliveries (id, customer_id, campaign_id, contact_id, channel, address, address_key, status, tracking, attempts, content_id, server_id, created_at, status_at, sent_at, opened_at, clicked_at)
            {Numbers(deliveries)}
            SELECT {First} + v, {Customer}, {First} + v / {PerCampaign}, {First} + v * 7 % {contacts}, 1,
              'personne' || (v * 7 % {contacts}) || '@exemple' || (v * 7 % {contacts} % 40) || '.test', 'personne' || v || '@exemple.test', CASE v % 50 WHEN 0 THEN 7 ELSE 2 END, 2, 1,
              {First} + v / {PerCampaign}, (SELECT min(id) FROM sending_servers WHERE customer_id = {Customer}), {start} + v / {PerCampaign} * {day},
              {start} + v / {PerCampaign} * {day} + v % 3600000, {start} + v / {PerCampaign} * {day} + v % 3600000,
              CASE WHEN v % 3 = 0 AND v % 50 > 0 THEN {start} + v / {PerCampaign} * {day} + 3600000 + v % 180000 * 1000 END,
              CASE WHEN v % 9 = 0 AND v % 50 > 0 THEN {start} + v / {PerCampaign} * {day} + 3600000 + v % 180000 * 1000 END
            FROM n
            """;
        var lastId = First + Campaigns - 1;
        yield return $"""
            INSERT INTO attempts (delivery_id, attempt, customer_id, campaign_id, server_id, content_id, started_at, duration_ms, outcome, phase, code, text, cause)
            SELECT id, 1, customer_id, campaign_id, server_id, content_id, sent_at, 20, CASE status WHEN 7 THEN 3 ELSE 1 END, 10,
              CASE status WHEN 7 THEN 550 ELSE 250 END, 'words', CASE status WHEN 7 THEN 1 END
            FROM deliveries WHERE campaign_id = {lastId}
            """;
        yield return $"""
            INSERT INTO tracking_events (customer_id, campaign_id, delivery_id, content_id, kind, link_no, machine, at)
            SELECT customer_id, campaign_id, id, content_id, 1, 0, CASE id % 11 WHEN 0 THEN 2 ELSE 0 END, opened_at FROM deliveries
            WHERE campaign_id = {lastId} AND opened_at IS NOT NULL
            UNION ALL
            SELECT customer_id, campaign_id, id, content_id, 2, 1 + id % 20, 0, clicked_at FROM deliveries
            WHERE campaign_id = {lastId} AND clicked_at IS NOT NULL
            """;
        // What the writers would have counted of the older campaigns: sent, opened and clicked, in the hours after their start.
        yield return $"""
            INSERT INTO rollups (campaign_id, metric, hour, dimension, customer_id, count)
            {Numbers(Campaigns - 1)}
            SELECT {First} + v, m.metric, ({start} + v * {day}) / 3600000 + m.late, 0, {Customer}, m.count
            FROM n CROSS JOIN (
              SELECT {(int)Metric.Sent} AS metric, 0 AS late, {PerCampaign * 98 / 100} AS count
              UNION ALL SELECT {(int)Metric.HardBounced}, 0, {PerCampaign / 50}) m
            """;
        yield return "ANALYZE";
    }

    private static string Numbers(int count) => $"WITH RECURSIVE n(v) AS (SELECT 0 UNION ALL SELECT v + 1 FROM n WHERE v + 1 < {count})";
}
