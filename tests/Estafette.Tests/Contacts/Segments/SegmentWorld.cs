using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Contacts.Segments;

/// <summary>What is known of a person, in memory, beside the rows that say the same in the database.</summary>
internal sealed record Person
{
    public long Id { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? First { get; init; }
    public string? Last { get; init; }
    public string? Language { get; init; }
    public JsonObject? Attributes { get; init; }
    public TrackingConsent Consent { get; init; }
    public DateTimeOffset Created { get; init; }
    public DateTimeOffset Updated { get; init; }
    public long? Import { get; init; }
    public int? LastOpenDay { get; init; }
    public int? Suppression { get; init; }
    public Dictionary<long, (SubscriptionStatus Status, DateTimeOffset Since)> Lists { get; } = [];
    public List<Got> Deliveries { get; } = [];

    public string Key => Email ?? "tel:" + Phone;
}

/// <summary>A delivery of a campaign to a person.</summary>
internal sealed record Got(long Campaign, int Status, DateTimeOffset? Sent, DateTimeOffset? Opened, DateTimeOffset? Clicked);

/// <summary>People, lists, imports and campaigns made by chance from a seed, the same in memory and in the database.</summary>
internal sealed class SegmentWorld(TestApplication app, Random random)
{
    public static readonly string[] Cities = ["Paris", "paris", "Lyon", "Saint-Étienne", "Nice", ""];
    public static readonly string[] Domains = ["r.test", "mail.example", "orange.example"];
    public const int PeopleCount = 160;

    public List<Person> People { get; } = [];
    public List<ListId> Lists { get; } = [];
    public List<long> Imports { get; } = [1, 2];

    /// <summary>Launched campaigns with the time of their launch, the last one first.</summary>
    public List<(long Id, DateTimeOffset At)> Campaigns { get; } = [];

    public async Task FillAsync()
    {
        foreach (var name in new[] { "Clients", "Prospects", "Presse" })
            Lists.Add(await app.AddListAsync(name));
        var sql = new StringBuilder();
        foreach (var import in Imports)
            sql.Append(
                CultureInfo.InvariantCulture,
                $"INSERT INTO imports (id, customer_id, file_name, file_path, format, mapping, known_contacts, subscription_status, default_country, status, bytes_total, created_at) VALUES ({import}, {app.Customer}, 'f', 'f', 'csv', '[]', 0, 1, 'FR', 2, 0, 0);"
            );
        for (var i = 0; i < 5; i++)
        {
            var at = app.Now.AddDays(-(3 + i * 11)).AddHours(-i);
            Campaigns.Add((100 + i, at));
            sql.Append(
                CultureInfo.InvariantCulture,
                $"INSERT INTO campaigns (id, customer_id, name, status, launched_at, finished_at, created_at, updated_at) VALUES ({100 + i}, {app.Customer}, 'Old {i}', 4, {at.ToUnixTimeMilliseconds()}, {at.AddDays(12).ToUnixTimeMilliseconds()}, 0, 0);"
            );
        }
        for (var i = 0; i < PeopleCount; i++)
            Add(1000 + i, sql);
        await app.ExecuteAsync(sql.ToString());
    }

    private T Pick<T>(params ReadOnlySpan<T> of) => of[random.Next(of.Length)];

    private bool Chance(int percent) => random.Next(100) < percent;

    private void Add(long id, StringBuilder sql)
    {
        var hasEmail = Chance(92);
        var person = new Person
        {
            Id = id,
            Email = hasEmail ? $"{Pick("ana", "bob", "chloe", "dan")}{id}@{Pick<string>(Domains)}" : null,
            Phone = !hasEmail || Chance(30) ? $"+336{id:00000000}" : null,
            First = Pick(null, "Ana", "Bob", "Chloé", "chloe", "DAN", ""),
            Last = Pick(null, "Martin", "martin", "Dupont", "Émery", "O'Neil"),
            Language = Pick(null, "fr", "en"),
            Attributes = Chance(85) ? Attributes() : null,
            Consent = (TrackingConsent)random.Next(3),
            Created = At(200),
            Updated = At(50),
            Import = Pick<long?>(null, 1, 2),
            LastOpenDay = Chance(50) ? Day(app.Now) - random.Next(120) : null,
            Suppression = Chance(15) ? random.Next(1, 6) : null,
        };
        foreach (var list in Lists.Where(_ => Chance(45)))
            person.Lists[list.Value] = ((SubscriptionStatus)random.Next(3), At(100));
        foreach (var (campaign, at) in Campaigns.Where(_ => Chance(60)))
        {
            DateTimeOffset? sent = Chance(85) ? at.AddHours(random.Next(200)) : null;
            DateTimeOffset? opened = sent is not null && Chance(50) ? sent.Value.AddHours(random.Next(300)) : null;
            DateTimeOffset? clicked = opened is not null && Chance(40) ? opened.Value.AddHours(random.Next(50)) : null;
            person.Deliveries.Add(new Got(campaign, sent is null ? Pick(0, 3, 8) : Pick(2, 5, 5, 6, 7), sent, opened, clicked));
        }
        People.Add(person);
        Write(person, sql);
    }

    private static int Day(DateTimeOffset at) => (int)(at.ToUnixTimeSeconds() / 86400);

    private DateTimeOffset At(int days) =>
        DateTimeOffset.FromUnixTimeMilliseconds(app.Now.AddMinutes(-random.Next(days * 1440)).ToUnixTimeMilliseconds());

    private JsonObject Attributes()
    {
        var json = new JsonObject();
        if (Chance(80))
            json["city"] = Pick<string>(Cities);
        if (Chance(70))
            json["points"] = Pick<JsonNode?>(
                random.Next(50),
                random.Next(50) + 0.5,
                $"{random.Next(50)}",
                "12.5",
                "-3",
                "many",
                "1-2",
                ".",
                null
            );
        if (Chance(70))
            json["birthday"] = Pick<JsonNode?>(
                DateOnly.FromDateTime(app.Now.Date).AddDays(random.Next(-400, 60)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                DateOnly.FromDateTime(app.Now.Date).AddDays(random.Next(-30, 30)).ToString("dd/MM/yyyy", CultureInfo.InvariantCulture),
                "1984-02-29T10:00:00Z",
                "soon",
                null
            );
        if (Chance(70))
            json["member"] = Pick<JsonNode?>(true, false, "oui", "Non", 1, 0, "perhaps", null);
        if (Chance(70))
            json["tags"] = Pick<JsonNode?>(new JsonArray("Red", "green"), new JsonArray(), new JsonArray("blue"), "red", null);
        return json;
    }

    private void Write(Person p, StringBuilder sql)
    {
        sql.Append(
            CultureInfo.InvariantCulture,
            $"INSERT INTO contacts (id, customer_id, contact_key, email, phone, first_name, last_name, first_name_folded, last_name_folded, language, attributes, tracking_consent, last_open_day, import_id, last_import_id, created_at, updated_at) VALUES ({p.Id}, {app.Customer}, {Text(p.Key)}, {Text(p.Email)}, {Text(p.Phone)}, {Text(p.First)}, {Text(p.Last)}, {Text(FoldedText.UnlessAscii(p.First))}, {Text(FoldedText.UnlessAscii(p.Last))}, {Text(p.Language)}, {Text(p.Attributes?.ToJsonString())}, {(int)p.Consent}, {Number(p.LastOpenDay)}, {Number(p.Import)}, NULL, {p.Created.ToUnixTimeMilliseconds()}, {p.Updated.ToUnixTimeMilliseconds()});"
        );
        foreach (var (list, (status, since)) in p.Lists)
            sql.Append(
                CultureInfo.InvariantCulture,
                $"INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at) VALUES ({list}, {p.Id}, {app.Customer}, {(int)status}, 2, {since.ToUnixTimeMilliseconds()}, 0);"
            );
        foreach (var d in p.Deliveries)
            sql.Append(
                CultureInfo.InvariantCulture,
                $"INSERT INTO deliveries (customer_id, campaign_id, contact_id, channel, address, address_key, status, tracking, created_at, status_at, sent_at, opened_at, clicked_at) VALUES ({app.Customer}, {d.Campaign}, {p.Id}, 1, {Text(p.Key)}, {Text(p.Key)}, {d.Status}, 2, 0, 0, {Time(d.Sent)}, {Time(d.Opened)}, {Time(d.Clicked)});"
            );
        if (p.Suppression is { } reason && p.Email is not null)
            sql.Append(
                CultureInfo.InvariantCulture,
                $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, created_at) VALUES ({app.Customer}, 1, {Text(p.Key)}, {reason}, 7, 0);"
            );
    }

    private static string Text(string? value) => value is null ? "NULL" : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "NULL";

    private static string Time(DateTimeOffset? value) => Number(value?.ToUnixTimeMilliseconds());
}
