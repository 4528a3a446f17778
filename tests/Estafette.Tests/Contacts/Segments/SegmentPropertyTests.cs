using System.Diagnostics.CodeAnalysis;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Tests.Delivery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Contacts.Segments;

/// <summary>Whatever the segment: what is counted, what is shown, what is frozen and what plain C# says are the same people.</summary>
[SuppressMessage("Security", "CA5394", Justification = "Test data, the same in every run.")]
public abstract class SegmentPropertyTests(DatabaseKind kind) : CampaignTests(kind)
{
    private readonly Random _random = new(20260303);
    private readonly Dictionary<long, SegmentDefinition> _segments = [];
    private SegmentWorld _world = null!;
    private RandomSegments _made = null!;

    private SegmentOracle Oracle => new(_world, App.Now, _segments);

    [Fact]
    public async Task Every_operator_of_every_subject_counts_and_shows_whom_the_definition_names()
    {
        await FillAsync();
        await SaveAsync(
            new SegmentDefinition(new(false, [new SegmentCondition(SegmentSubject.Language, SegmentOperator.Is, Value: "fr")]))
        );
        _made.Known.Add(new SegmentId(_segments.Keys.Single()));
        foreach (var definition in _made.Each())
            await CheckAsync(definition);
    }

    [Fact]
    public async Task Random_segments_count_and_show_whom_the_definition_names()
    {
        await FillAsync();
        for (var i = 0; i < 120; i++)
            await CheckAsync(_made.Next());
    }

    [Fact]
    public async Task Segments_over_indexed_attributes_hold_the_same_people()
    {
        await FillAsync();
        (string Name, AttributeKind Kind)[] chosen =
        [
            ("city", AttributeKind.Text),
            ("points", AttributeKind.Number),
            ("birthday", AttributeKind.Date),
            ("member", AttributeKind.Boolean),
            ("tags", AttributeKind.Text),
        ];
        await using (var db = App.OpenDb())
            foreach (var (name, kind) in chosen)
                (await ChooseIndexes.AddAsync(new Actor(App.Customer, "test"), name, kind, db, Clock, Token)).ShouldBeTrue();
        var indexer = App.Services.GetServices<IHostedService>().OfType<AttributeIndexer>().Single();
        while (await indexer.WorkAsync(Token)) { }
        (await App.CountAsync("indexed_attributes WHERE status = 1")).ShouldBe(chosen.Length);
        var made = new RandomSegments(_world, _random, App.Now) { AttributesOnly = true };
        foreach (var definition in made.Each())
            await CheckAsync(definition);
        for (var i = 0; i < 120; i++)
            await CheckAsync(made.Next());
        await CheckAsync(new(new(true, [City("Paris"), City("lyon"), Points("10")])));
        await CheckAsync(new(new(false, [new SegmentGroup(true, [City("Paris"), Points("10")]), Points("5")])));
    }

    private static SegmentCondition City(string name) =>
        new(SegmentSubject.Attribute, SegmentOperator.Is, "city", AttributeKind.Text, name);

    private static SegmentCondition Points(string least) =>
        new(SegmentSubject.Attribute, SegmentOperator.AtLeast, "points", AttributeKind.Number, least);

    [Fact]
    public async Task Audience_of_random_lists_and_segments_is_frozen_as_it_was_counted()
    {
        await FillAsync();
        for (var i = 0; i < 10; i++)
            _made.Known.Add(await SaveAsync(_made.Next()));
        var server = await Scenario.AddSmtpAsync("s", 1);
        for (var i = 0; i < 12; i++)
        {
            var targets = new AudienceTargets(Some(_world.Lists, 35), Some(_world.Lists, 20), Some(_made.Known, 25), Some(_made.Known, 12));
            if (targets.Lists.Count + targets.Segments.Count == 0)
                targets = targets with { Segments = [_made.Known[0]] };
            targets = targets with
            {
                Lists = [.. targets.Lists.Except(targets.ExcludedLists)],
                Segments = [.. targets.Segments.Except(targets.ExcludedSegments)],
            };
            if (targets.Lists.Count + targets.Segments.Count > 0)
                await CheckFreezeAsync(targets, server);
        }
    }

    private async Task FillAsync()
    {
        _world = new SegmentWorld(App, _random);
        await _world.FillAsync();
        _made = new RandomSegments(_world, _random, App.Now);
    }

    private List<T> Some<T>(IEnumerable<T> of, int percent) => [.. of.Where(_ => _random.Next(100) < percent)];

    private async Task<SegmentId> SaveAsync(SegmentDefinition definition)
    {
        await using var db = App.OpenDb();
        var saved = await SaveSegment.RunAsync(
            new Actor(App.Customer, "test"),
            null,
            new SegmentInputs($"S{_segments.Count}", null, definition),
            db,
            Clock,
            Token
        );
        saved.Faults.ShouldBeEmpty(definition.ToJson());
        _segments[saved.Id!.Value.Value] = definition;
        return saved.Id.Value;
    }

    private async Task CheckAsync(SegmentDefinition definition)
    {
        await using var db = App.OpenDb();
        (await CheckSegment.RunAsync(App.Customer, null, definition, db, Token)).ShouldBeEmpty(definition.ToJson());
        SegmentDefinition.Parse(definition.ToJson()).ShouldBe(definition);
        var expected = _world.People.Where(p => Oracle.Holds(definition.Root, p)).Select(p => p.Id).ToList();
        var counted = await CountSegment.RunAsync(App.Customer, definition, true, db, Clock, Token);
        var shown = counted.Sample.Select(r => r.Id.Value).ToList();
        shown.ShouldBe(expected.OrderDescending().Take(20), definition.ToJson());
        counted.Contacts.ShouldBe(expected.Count, definition.ToJson());
    }

    private async Task CheckFreezeAsync(AudienceTargets targets, ServerId server)
    {
        var id = await Scenario.AddCampaignAsync(_world.Lists[0], [server], Html);
        await using (var db = App.OpenDb())
            (await SetCampaignTargets.RunAsync(App.Customer, id, targets, db, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        var expected = _world
            .People.Select(p => (p.Id, Reason: Oracle.Reason(targets, p)))
            .Where(p => p.Reason is not null)
            .ToDictionary(p => p.Id, p => p.Reason!.Value);
        await using var read = App.OpenDb();
        var audience = await CountAudience.RunAsync(App.Customer, id, QueryTime.Asked, read, Clock, Token);
        audience.Recipients.ShouldBe(expected.Values.Count(r => r == 0));
        audience
            .Excluded.Select(e => ((int)e.Reason, e.Contacts))
            .ShouldBe(expected.Values.Where(r => r != 0).CountBy(r => r).OrderBy(r => r.Key).Select(r => (r.Key, (long)r.Value)));
        await Scenario.LaunchAsync(id);
        await ExpandAsync();
        var frozen = await DeliveriesAsync(id);
        frozen
            .Where(d => d.Status == DeliveryStatus.Pending)
            .Select(d => d.ContactId!.Value.Value)
            .Order()
            .ShouldBe(expected.Where(e => e.Value == 0).Select(e => e.Key).Order());
        frozen
            .Where(d => d.Status == DeliveryStatus.Suppressed)
            .Select(d => d.ContactId!.Value.Value)
            .Order()
            .ShouldBe(expected.Where(e => e.Value > 10).Select(e => e.Key).Order());
    }
}

public sealed class SegmentPropertyTestsOnSqlite() : SegmentPropertyTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class SegmentPropertyTestsOnPostgreSql() : SegmentPropertyTests(DatabaseKind.PostgreSql);
