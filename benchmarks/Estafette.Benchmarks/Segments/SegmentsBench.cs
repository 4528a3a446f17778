using System.Diagnostics;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Campaigns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Benchmarks.Segments;

/// <summary>Counts of ordinary filters over 1 M contacts and a sent campaign, of an audience, and the freezing of it; p95 of the runs and the fastest.</summary>
internal static class SegmentsBench
{
    private const int Runs = 11;

    /// <summary>A count that a person waits for.</summary>
    private const double CountBound = 500;

    public static async Task RunAsync(string[] args)
    {
        var contacts = args.Contains("--short") ? 200_000 : 1_000_000;
        foreach (var kind in args.Contains("--sqlite") ? [DatabaseKind.Sqlite] : Enum.GetValues<DatabaseKind>())
            await RunAsync(kind, contacts);
    }

    private static async Task RunAsync(DatabaseKind kind, int contacts)
    {
        var prefix = $"segments.{(kind == DatabaseKind.Sqlite ? "sqlite" : "postgres")}";
        await using var app = await TestApplication.StartAsync(kind);
        var scenario = new CampaignScenario(app);
        var list = await scenario.AddContactsAsync(contacts);
        var server = await scenario.AddSmtpAsync("s", 1);
        var sent = await scenario.AddCampaignAsync(list, [server], "<p>x</p>");
        await scenario.LaunchAsync(sent);
        Figure.Print($"{prefix}.freeze_list_s", await SecondsAsync(() => ExpandAsync(app)), "s");
        await SendAsync(app, sent);
        foreach (var name in (string[])["city", "points"])
            await using (var db = app.OpenDb())
                await ChooseIndexes.AddAsync(
                    new Actor(app.Customer, "bench"),
                    name,
                    name == "city" ? AttributeKind.Text : AttributeKind.Number,
                    db,
                    TimeProvider.System,
                    default
                );
        foreach (var (name, definition) in Filters(list, sent).Where(f => f.Name.StartsWith("unindexed", StringComparison.Ordinal)))
            await CountAsync(app, $"{prefix}.{name}_ms", definition);
        Figure.Print($"{prefix}.make_two_indexes_s", await SecondsAsync(() => IndexAsync(app)), "s");
        foreach (var (name, definition) in Filters(list, sent).Where(f => !f.Name.StartsWith("unindexed", StringComparison.Ordinal)))
            await CountAsync(app, $"{prefix}.{name}_ms", definition);
        await AudienceAsync(app, scenario, list, server, prefix);
    }

    private static IEnumerable<(string Name, SegmentDefinition Definition)> Filters(ListId list, CampaignId sent)
    {
        SegmentCondition Attribute(string name, AttributeKind kind, SegmentOperator op, string value) =>
            new(SegmentSubject.Attribute, op, name, kind, value);
        SegmentCondition In(SegmentSubject subject, SegmentOperator op) => new(subject, op, sent.ToString());
        var city = Attribute("city", AttributeKind.Text, SegmentOperator.Is, "Ville 7");
        var points = Attribute("points", AttributeKind.Number, SegmentOperator.AtLeast, "900");
        var confirmed = new SegmentCondition(SegmentSubject.List, SegmentOperator.Confirmed, list.ToString());
        yield return ("unindexed_city", All(city));
        yield return ("language", All(new SegmentCondition(SegmentSubject.Language, SegmentOperator.Is, Value: "fr")));
        yield return ("email_contains", All(new SegmentCondition(SegmentSubject.Email, SegmentOperator.Contains, Value: "99")));
        yield return ("last_name", All(new SegmentCondition(SegmentSubject.LastName, SegmentOperator.Starts, Value: "Nom12")));
        yield return ("added_last_30_days", All(new SegmentCondition(SegmentSubject.Created, SegmentOperator.LastDays, Value: "30")));
        yield return ("in_list", All(confirmed));
        yield return ("city", All(city));
        yield return ("points", All(points));
        yield return ("city_and_list", All(city, confirmed));
        yield return ("city_or_points", new SegmentDefinition(new SegmentGroup(true, [city, points])));
        yield return ("opened", All(In(SegmentSubject.Opened, SegmentOperator.InCampaign)));
        yield return ("not_opened", All(In(SegmentSubject.Opened, SegmentOperator.NotInCampaign)));
        yield return ("clicked_last_30_days", All(new SegmentCondition(SegmentSubject.Clicked, SegmentOperator.InDays, Value: "30")));
        yield return ("opened_and_city", All(In(SegmentSubject.Opened, SegmentOperator.InCampaign), city));
        yield return ("sent", All(In(SegmentSubject.Sent, SegmentOperator.InCampaign)));
    }

    private static SegmentDefinition All(params SegmentNode[] nodes) => new(new SegmentGroup(false, nodes));

    private static async Task CountAsync(TestApplication app, string name, SegmentDefinition definition)
    {
        var times = new List<double>();
        try
        {
            for (var i = 0; i < Runs; i++)
                times.Add(
                    1000
                        * await SecondsAsync(async () =>
                        {
                            await using var db = app.OpenDb();
                            await CountSegment.RunAsync(app.Customer, definition, false, db, TimeProvider.System, default);
                        })
                );
        }
        catch (QueryTooSlowException)
        {
            times.Add(CountSegment.Limit.TotalMilliseconds);
        }
        Figure.Print(name, times.Order().ElementAt((int)Math.Ceiling(times.Count * 0.95) - 1), "ms", CountBound);
        Figure.Print(name + ".fastest", times.Min(), "ms");
    }

    private static async Task AudienceAsync(TestApplication app, CampaignScenario scenario, ListId list, ServerId server, string prefix)
    {
        SegmentId segment;
        await using (var db = app.OpenDb())
            segment = (
                await SaveSegment.RunAsync(
                    new Actor(app.Customer, "bench"),
                    null,
                    new SegmentInputs(
                        "Good",
                        null,
                        All(new SegmentCondition(SegmentSubject.Attribute, SegmentOperator.AtLeast, "points", AttributeKind.Number, "100"))
                    ),
                    db,
                    TimeProvider.System,
                    default
                )
            )
                .Id!
                .Value;
        async Task CountAsync(string name, AudienceTargets targets) =>
            Figure.Print(
                $"{prefix}.{name}_ms",
                1000
                    * await SecondsAsync(async () =>
                    {
                        await using var db = app.OpenDb();
                        await CountAudience.RunAsync(app.Customer, targets, QueryTime.Asked, app.Now, db, default);
                    }),
                "ms"
            );
        await CountAsync("audience_list", new AudienceTargets([list], [], [], []));
        var both = new AudienceTargets([list], [], [], [segment]);
        await CountAsync("audience_list_less_segment", both);
        var targets = new AudienceTargets([], [], [segment], []);
        await CountAsync("audience_segment", targets);
        var id = await scenario.AddCampaignAsync(list, [server], "<p>x</p>");
        await using (var db = app.OpenDb())
            await SetCampaignTargets.RunAsync(app.Customer, id, targets, db, TimeProvider.System, default);
        await scenario.LaunchAsync(id);
        Figure.Print($"{prefix}.freeze_segment_s", await SecondsAsync(() => ExpandAsync(app)), "s");
    }

    private static async Task SendAsync(TestApplication app, CampaignId campaign)
    {
        var now = app.Now.ToUnixTimeMilliseconds();
        await app.ExecuteAsync(
            $"""
            DELETE FROM delivery_queue;
            UPDATE deliveries SET status = 2, sent_at = {now} - 86400000, opened_at = CASE WHEN id % 3 = 0 THEN {now} - 3600000 END,
              clicked_at = CASE WHEN id % 9 = 0 THEN {now} - 3600000 END WHERE campaign_id = {campaign};
            UPDATE campaigns SET status = 4, launched_at = {now} - 90000000, finished_at = {now} WHERE id = {campaign};
            """
        );
        if (app.Store.Kind == DatabaseKind.PostgreSql)
            await app.ExecuteAsync("ANALYZE");
    }

    private static async Task ExpandAsync(TestApplication app)
    {
        var expander = app.Services.GetServices<IHostedService>().OfType<CampaignExpander>().Single();
        while (await expander.ExpandSomeAsync(default)) { }
    }

    private static async Task IndexAsync(TestApplication app)
    {
        var indexer = app.Services.GetServices<IHostedService>().OfType<AttributeIndexer>().Single();
        while (await indexer.WorkAsync(default)) { }
    }

    private static async Task<double> SecondsAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
