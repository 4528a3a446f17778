using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;

namespace Estafette.Benchmarks.Pages;

/// <summary>
/// The rows of a customer that has used the product for a hundred days, as statements for SQLite: a campaign a day, the last one to everybody with
/// attempts and events, the others to a tenth; one campaign is paused with its queue full.
/// </summary>
internal sealed class PagesRows(CustomerId customer, int contacts, int deliveries, long automation, long step, long now)
{
    /// <summary>First key of what is written here, above everything the demo wrote.</summary>
    public const long First = 1_000_000;

    private const long Day = 86_400_000;

    private int Small => Math.Max(1, contacts / 10);

    private int Older => Math.Max(1, (deliveries - contacts) / Small);

    private long Start => now - (Older + 2) * Day;

    /// <summary>The campaign that went to everybody.</summary>
    public long Last => First + Older;

    /// <summary>The campaign that is paused.</summary>
    public long Paused => Last + 1;

    public long LastDelivery => First + (long)Older * Small;

    /// <summary>All of it; the indexes of deliveries are made anew at the end, which takes a fifth of the time of keeping them.</summary>
    public IEnumerable<string> Statements() => [.. People(), .. Campaigns(), .. Deliveries(), .. Rest()];

    private IEnumerable<string> People()
    {
        yield return $"INSERT INTO lists (id, customer_id, name, created_at) {Numbers(10)} SELECT {First} + v, {customer}, 'Liste ' || v, {Start} FROM n";
        yield return $"""
            INSERT INTO contacts (id, customer_id, contact_key, email, first_name, first_name_folded, last_name, language, attributes, tracking_consent, created_at, updated_at)
            {Numbers(contacts)}
            SELECT {First} + v, {customer}, 'personne' || v || '@exemple' || (v % 40) || '.test', 'personne' || v || '@exemple' || (v % 40) || '.test',
              'Prénom' || (v % 500), 'prenom' || (v % 500), 'Nom' || (v % 9000), CASE v % 5 WHEN 0 THEN 'en' ELSE 'fr' END, json_object('ville', 'Ville ' || (v % 300), 'points', v % 1000), 1,
              {Start} + v * 5000, {Start} + v * 5000 FROM n
            """;
        yield return $"""
            INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at)
            {Numbers(contacts)}
            SELECT {First} + v % 10, {First} + v, {customer}, CASE v % 30 WHEN 0 THEN 2 WHEN 1 THEN 0 ELSE 1 END, 1, {Start} + v * 5000, {Start} + v * 5000 FROM n
            """;
        // One list of everybody beside the ten.
        yield return $"INSERT INTO lists (id, customer_id, name, created_at) VALUES ({First + 10}, {customer}, 'Tout le monde', {Start})";
        yield return $"""
            INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at)
            {Numbers(contacts)} SELECT {First
                + 10}, {First} + v, {customer}, CASE v % 40 WHEN 0 THEN 2 ELSE 1 END, 1, {Start} + v * 5000, {Start} + v * 5000 FROM n
            """;
        yield return $"""
            INSERT INTO suppressions (id, customer_id, channel, address_key, reason, origin, created_at)
            {Numbers(contacts / 20)} SELECT {First} + v, {customer}, 1, 'parti' || v || '@exemple.test', 1, 1, {Start} + v * 5000 FROM n
            """;
        yield return $"""
            INSERT INTO imports (id, customer_id, list_id, file_name, file_path, format, mapping, known_contacts, subscription_status, default_country, status, bytes_total, rows_read, rows_added, created_at, finished_at)
            {Numbers(300)}
            SELECT {First} + v, {customer}, {First} + v % 10, 'clients-' || v || '.csv', '', 'Csv', '[]', 0, 1, 'FR', 4, 1000000, 10000, 9000, {Start} + v * 5000, {Start} + v * 5000 FROM n
            """;
    }

    private IEnumerable<string> Campaigns()
    {
        yield return $"""
            INSERT INTO contents (id, customer_id, campaign_id, version, subject, html, processed, created_at)
            {Numbers(
                Older + 2
            )} SELECT {First} + v, {customer}, {First} + v, 1, 'Objet ' || v, '<p>Bonjour</p>', '', {Start} + v * {Day} FROM n
            """;
        yield return $"""
            INSERT INTO campaigns (id, customer_id, name, status, from_email, from_name, subject, html, content_id, launched_at, finished_at, expanded_at, audience, created_by, created_at, updated_at)
            {Numbers(Older + 2)}
            SELECT {First} + v, {customer}, 'Campagne ' || v, CASE {First} + v WHEN {Paused} THEN 3 ELSE 4 END, 'bonjour@example.test', 'Atelier', 'Objet ' || v, '<p>Bonjour</p>', {First} + v,
              {Start} + v * {Day}, CASE {First} + v WHEN {Paused} THEN NULL ELSE {Start} + v * {Day} + 3600000 END, {Start} + v * {Day},
              CASE {First} + v WHEN {Last} THEN {contacts} ELSE {Small} END, 'bench', {Start} + v * {Day}, {Start} + v * {Day} FROM n
            """;
        yield return $"INSERT INTO campaign_lists (campaign_id, list_id, customer_id) {Numbers(Older + 2)} SELECT {First} + v, {First} + v % 10, {customer} FROM n";
        yield return $"INSERT INTO campaign_servers (campaign_id, server_id, customer_id) {Numbers(Older + 2)} SELECT {First} + v, {Server}, {customer} FROM n";
        yield return $"INSERT INTO content_links (content_id, link_no, url) {Numbers(20)} SELECT {Last}, v + 1, 'https://example.test/' || v FROM n";
        yield return $"INSERT INTO campaign_domains (campaign_id, domain, no, customer_id) {Numbers(40)} SELECT {Last}, 'exemple' || v || '.test', v + 1, {customer} FROM n";
        // What the writers counted of the older campaigns.
        yield return $"""
            INSERT INTO rollups (campaign_id, metric, hour, dimension, customer_id, count)
            {Numbers(Older)}, h(late) AS (SELECT 0 UNION ALL SELECT late + 1 FROM h WHERE late < 47)
            SELECT {First} + v, m.metric, ({Start} + v * {Day}) / 3600000 + late, 0, {customer}, m.count
            FROM n CROSS JOIN (
              SELECT {(int)Metric.Audience} AS metric, 1 AS hours, {Small} AS count UNION ALL SELECT {(int)Metric.Sent}, 1, {Small
                * 98
                / 100}
              UNION ALL SELECT {(int)Metric.SentTracked}, 1, {Small * 98 / 100} UNION ALL SELECT {(int)Metric.HardBounced}, 1, {Small / 50}
              UNION ALL SELECT {(int)Metric.Opened}, 48, {Small / 150} UNION ALL SELECT {(int)Metric.Clicked}, 48, {Small / 450}
              UNION ALL SELECT {(int)Metric.OpenTotal}, 48, {Small / 100} UNION ALL SELECT {(int)Metric.ClickTotal}, 48, {Small / 300}) m
            JOIN h ON h.late < m.hours
            """;
    }

    private IEnumerable<string> Deliveries()
    {
        for (var campaign = First; campaign <= Paused; campaign++)
        {
            var at = Start + (campaign - First) * Day;
            var (count, first) = campaign == Last ? (contacts, LastDelivery) : (Small, First + (campaign - First) * Small);
            if (campaign == Paused)
                first = LastDelivery + contacts;
            var sent = campaign != Paused;
            yield return $"""
                INSERT INTO deliveries (id, customer_id, campaign_id, contact_id, channel, address, address_key, status, tracking, attempts, content_id, server_id, created_at, status_at, sent_at, opened_at, clicked_at)
                {Numbers(count)}, p(v, who) AS (SELECT v, (v + {campaign * 7}) * 7 % {contacts} FROM n)
                SELECT {first} + v, {customer}, {campaign}, {First} + who, 1, 'personne' || who || '@exemple' || (who % 40) || '.test', 'personne' || who || '@exemple' || (who % 40) || '.test',
                  {(sent ? "CASE v % 50 WHEN 0 THEN 7 ELSE 2 END" : "0")}, 2, {(sent ? 1 : 0)}, {campaign}, {(
                    sent ? Server : "NULL"
                )}, {at}, {at} + v % 3600000, {(sent ? $"{at} + v % 3600000" : "NULL")},
                  CASE WHEN {(sent ? 1 : 0)} AND v % 3 = 0 AND v % 50 > 0 THEN {at} + 3600000 + v % 180000 * 1000 END,
                  CASE WHEN {(sent ? 1 : 0)} AND v % 9 = 0 AND v % 50 > 0 THEN {at} + 3600000 + v % 180000 * 1000 END
                FROM p
                """;
        }
        yield return $"""
            INSERT INTO delivery_queue (campaign_id, due_at, delivery_id, customer_id, band)
            SELECT campaign_id, created_at, id, customer_id, 1 FROM deliveries WHERE id >= {LastDelivery + contacts}
            """;
        yield return $"""
            INSERT INTO attempts (delivery_id, attempt, customer_id, campaign_id, server_id, content_id, started_at, duration_ms, outcome, phase, code, text, cause)
            SELECT id, 1, customer_id, campaign_id, server_id, content_id, sent_at, 20, CASE status WHEN 7 THEN 3 ELSE 1 END, 10,
              CASE status WHEN 7 THEN 550 ELSE 250 END, 'words', CASE status WHEN 7 THEN 1 END
            FROM deliveries WHERE id >= {LastDelivery} AND id < {LastDelivery + contacts}
            """;
        yield return $"""
            INSERT INTO tracking_events (customer_id, campaign_id, delivery_id, content_id, kind, link_no, machine, at)
            SELECT customer_id, campaign_id, id, content_id, 1, 0, CASE id % 11 WHEN 0 THEN 2 ELSE 0 END, opened_at FROM deliveries
            WHERE id >= {LastDelivery} AND id < {LastDelivery + contacts} AND opened_at IS NOT NULL
            UNION ALL
            SELECT customer_id, campaign_id, id, content_id, 2, 1 + id % 20, 0, clicked_at FROM deliveries
            WHERE id >= {LastDelivery} AND id < {LastDelivery + contacts} AND clicked_at IS NOT NULL
            """;
    }

    private IEnumerable<string> Rest()
    {
        yield return $"""
            INSERT INTO captured_messages (id, customer_id, server_id, delivery_id, campaign_id, recipient, subject, source, at)
            {Numbers(
                contacts / 10
            )} SELECT {First} + v, {customer}, {Server}, {LastDelivery} + v, {Last}, 'personne' || v || '@exemple.test', 'Objet ' || (v % 100), @source, {Start} + v * 5000 FROM n
            """;
        yield return $"""
            INSERT INTO templates (id, customer_id, name, subject, html, created_at, updated_at)
            {Numbers(
                200
            )} SELECT {First} + v, {customer}, 'Modèle ' || v, 'Objet', '<p>Bonjour</p>' || hex(zeroblob(10000)), {Start}, {Start} + v FROM n
            """;
        yield return $"""
            INSERT INTO media_images (id, customer_id, name, alt, folder, file, width, height, size, created_by, created_at, updated_at)
            {Numbers(
                500
            )} SELECT {First} + v, {customer}, 'Image ' || v, '', '', 'bench' || v || '.png', 600, 400, 90000, 'bench', {Start}, {Start} + v FROM n
            """;
        yield return $"""
            INSERT INTO audit_log (customer_id, user_name, at, action, object)
            {Numbers(
                contacts / 10
            )} SELECT {customer}, 'bench' || (v % 5), {Start} + v * 5000, 'campaign.launch', 'campaign ' || ({First} + v % {Older}) FROM n
            """;
        yield return $"""
            INSERT INTO automation_enrolments (automation_id, customer_id, contact_id, round, entry_key, step_id, status, due_at, entered_at)
            {Numbers(contacts / 5)} SELECT {automation}, {customer}, {First} + v, 0, 0, {step}, v % 2, {now} + v * 1000, {Start} + v FROM n
            """;
    }

    private string Server => $"(SELECT min(id) FROM sending_servers WHERE customer_id = {customer})";

    private static string Numbers(int count) => $"WITH RECURSIVE n(v) AS (SELECT 0 UNION ALL SELECT v + 1 FROM n WHERE v + 1 < {count})";
}
