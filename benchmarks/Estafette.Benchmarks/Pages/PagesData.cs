using System.IO.Compression;
using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Automations;
using Estafette.Core.Automations.Feeds;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Forms;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Demo;
using Estafette.Testing.Web;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Benchmarks.Pages;

/// <summary>Fills a data directory once: few things by the product's own use cases, the millions by <see cref="PagesRows"/>.</summary>
internal sealed class PagesData(string directory, int deliveries)
{
    public const string Email = "bench@example.test";
    public const string Password = "une phrase de mesure";

    /// <summary>What was made; its presence says that the directory is complete.</summary>
    private string Marker => Path.Combine(directory, $"pages-{deliveries}");

    /// <summary>First word of an address, or the name of a parameter, to a key of that kind.</summary>
    public async Task<Dictionary<string, long>> WriteAsync(CancellationToken ct)
    {
        if (File.Exists(Marker))
            return (await File.ReadAllLinesAsync(Marker, ct)).Select(l => l.Split(' ')).ToDictionary(l => l[0], l => long.Parse(l[1], null));
        Directory.CreateDirectory(directory);
        var ids = new Dictionary<string, long>(StringComparer.Ordinal);
        CustomerId customer;
        await using (var host = await WebHost.StartAsync(DatabaseKind.Sqlite, directory))
            customer = await FewAsync(host, ids, ct);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var rows = new PagesRows(customer, Math.Max(1000, deliveries / 10), deliveries, ids["automations"], ids["Step"], now);
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(directory, "estafette.db")};Pooling=False"))
        {
            await connection.OpenAsync(ct);
            await FillAsync(connection, rows, ct);
        }
        await using (var host = await WebHost.StartAsync(DatabaseKind.Sqlite, directory))
            await Recount.RepairAsync(new CampaignId(rows.Last), host.Services.GetRequiredService<WriteQueue>(), ct);
        (ids["campaigns"], ids["contacts"], ids["lists"], ids["deliveries"]) = (
            rows.Last,
            PagesRows.First + 17,
            PagesRows.First,
            rows.LastDelivery + 18
        );
        (ids["everybody"], ids["paused"], ids["imports"], ids["outbox"], ids["templates"], ids["media"]) = (
            PagesRows.First + 10,
            rows.Paused,
            PagesRows.First,
            PagesRows.First,
            PagesRows.First,
            PagesRows.First
        );
        await File.WriteAllLinesAsync(Marker, ids.Select(i => $"{i.Key} {i.Value}"), ct);
        return ids;
    }

    private static async Task FillAsync(SqliteConnection connection, PagesRows rows, CancellationToken ct)
    {
        async Task RunAsync(string sql)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.CommandTimeout = 0;
            if (sql.Contains("@source", StringComparison.Ordinal))
                command.Parameters.AddWithValue("@source", Message());
            await command.ExecuteNonQueryAsync(ct);
        }
        // Nobody else reads, and a file that was cut off is written anew.
        await RunAsync("PRAGMA journal_mode=DELETE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1000000; PRAGMA temp_store=MEMORY;");
        var indexes = new List<(string Name, string Sql)>();
        await using (var list = connection.CreateCommand())
        {
            list.CommandText = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('deliveries', 'tracking_events', 'attempts', 'contacts', 'subscriptions') AND sql IS NOT NULL";
            await using var reader = await list.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                indexes.Add((reader.GetString(0), reader.GetString(1)));
        }
        foreach (var (name, _) in indexes)
            await RunAsync($"DROP INDEX \"{name}\"");
        foreach (var statement in rows.Statements())
            await RunAsync(statement);
        foreach (var (_, sql) in indexes)
            await RunAsync(sql);
    }

    private static async Task<CustomerId> FewAsync(WebHost host, Dictionary<string, long> ids, CancellationToken ct)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var (db, clock) = (scope.ServiceProvider.GetRequiredService<EstafetteDb>(), TimeProvider.System);
        var administrator = await db.Set<User>().SingleAsync(u => u.Email == DemoSeeder.AdministratorEmail, ct);
        var customer = administrator.CustomerId;
        await host.AddUserAsync(customer, Email, UserRole.Administrator, Password);
        ids["users"] = administrator.Id;
        ids["senders"] = await db.Of<Core.Deliverability.SenderIdentity>(customer).Select(s => s.Id).FirstAsync(ct);
        ids["servers"] = (await db.Of<Core.Channels.SendingServer>(customer).Select(s => s.Id).FirstAsync(ct)).Value;
        var actor = new Actor(customer, "bench");
        var secrets = host.Services.GetRequiredService<Secrets>();
        var made = await CreateAutomation.RunAsync(actor, "Bienvenue", Recipe.Welcome, db, secrets, clock, ct);
        ids["automations"] = made.Value;
        var automation = await db.Of<Automation>(customer).SingleAsync(a => a.Id == made, ct);
        ids["Step"] = automation.ReadDraft().All().First().Step.Id;
        var feed = new FeedInput("Nouvelles", "https://example.test/feed", false, 0, 540, 10, false);
        ids["feeds"] = (await SaveFeed.RunAsync(actor, null, feed, db, host.Services.GetRequiredService<Signals>(), clock, ct))!.Value.Value;
        var list = await db.Of<Core.Contacts.ContactList>(customer).Select(l => l.Id).FirstAsync(ct);
        ids["forms"] = (await SaveForm.RunAsync(actor, null, new FormInput("Inscription", [list], FormDefaults.For("Bench")), db, clock, ct)).Id!.Value;
        foreach (var (name, condition) in Segments())
            ids["segments"] = (
                await SaveSegment.RunAsync(
                    actor,
                    null,
                    new SegmentInputs(name, null, new SegmentDefinition(new SegmentGroup(false, [condition]))),
                    db,
                    clock,
                    ct
                )
            )
                .Id!
                .Value.Value;
        return customer;
    }

    private static IEnumerable<(string Name, SegmentCondition Condition)> Segments()
    {
        yield return ("Anglophones", new SegmentCondition(SegmentSubject.Language, SegmentOperator.Is, Value: "en"));
        yield return ("Nom 12", new SegmentCondition(SegmentSubject.LastName, SegmentOperator.Starts, Value: "Nom12"));
        yield return (
            "Ville 7",
            new SegmentCondition(SegmentSubject.Attribute, SegmentOperator.Is, "ville", AttributeKind.Text, "Ville 7")
        );
    }

    private static byte[] Message()
    {
        using var bytes = new MemoryStream();
        using (var deflate = new DeflateStream(bytes, CompressionLevel.Fastest))
            deflate.Write(Encoding.UTF8.GetBytes("Subject: S\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Bonjour</p>\r\n"));
        return bytes.ToArray();
    }
}
