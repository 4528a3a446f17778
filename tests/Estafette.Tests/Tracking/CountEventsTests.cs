using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Statistics;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Journal;

namespace Estafette.Tests.Tracking;

public abstract class CountEventsTests(DatabaseKind kind) : DatabaseTests(kind), IAsyncLifetime
{
    private static readonly Metric[] TrackingMetrics =
    [
        Metric.Opened,
        Metric.OpenTotal,
        Metric.MachineOpenTotal,
        Metric.Clicked,
        Metric.ClickTotal,
        Metric.MachineClickTotal,
        Metric.LinkClickers,
        Metric.LinkClickTotal,
        Metric.AggregateOpenTotal,
        Metric.AggregateClickTotal,
    ];

    private TrackingSite Site { get; set; } = null!;
    private EventJournal Journal => App.Get<EventJournal>();

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Site = await TrackingSite.StartAsync(App);
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await Site.DisposeAsync();
        await DisposeAsync();
    }

    private JournalEvent Open(DeliveryId delivery) =>
        new(TokenPurpose.Open, MachineSign.None, App.Now.ToUnixTimeMilliseconds(), delivery.Value, 7, 0);

    // Whatever comes in whatever order and however it is cut into batches: rollups equal the rows.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Figures_equal_the_rows_after_a_storm(int seed)
    {
        var random = new Random(seed);
        var deliveries = new List<DeliveryId>();
        for (var i = 0; i < 20; i++)
            deliveries.Add(await Site.AddDeliveryAsync($"u{i}@x.test"));
        for (var round = 0; round < 6; round++)
        {
            var events = Enumerable.Range(0, random.Next(1, 80)).Select(_ => RandomEvent(random, deliveries)).ToList();
            foreach (var e in events)
                await Journal.AppendAsync(e);
            await Site.CountAsync();
        }

        var wrong = await Recount.RunAsync(Site.Campaign, App.Store, Token);
        wrong.Where(w => TrackingMetrics.Contains(w.Metric)).ShouldBeEmpty();
        (await Site.RollupAsync(Metric.Clicked)).ShouldBe(await App.CountAsync("deliveries WHERE clicked_at IS NOT NULL"));
        (await Site.RollupAsync(Metric.Opened)).ShouldBe(await App.CountAsync("deliveries WHERE opened_at IS NOT NULL"));
        (await Site.RollupAsync(Metric.MachineClickTotal)).ShouldBeGreaterThan(0);
    }

    private JournalEvent RandomEvent(Random random, List<DeliveryId> deliveries)
    {
        var at = App.Now.AddMilliseconds(random.Next(0, 8_000_000) / 500 * 500).ToUnixTimeMilliseconds();
        var sign = random.Next(6) == 0 ? (MachineSign)random.Next(0, 7) : MachineSign.None;
        var delivery = deliveries[random.Next(deliveries.Count)].Value;
        return random.Next(10) switch
        {
            0 => new JournalEvent(TokenPurpose.AggregateOpen, sign, at, Site.Campaign.Value, 7, 0),
            1 => new JournalEvent(TokenPurpose.AggregateClick, sign, at, Site.Campaign.Value, 7, random.Next(1, 4)),
            < 5 => new JournalEvent(TokenPurpose.Open, sign, at, delivery, 7, 0),
            _ => new JournalEvent(TokenPurpose.Click, sign, at, delivery, 7, random.Next(1, 6)),
        };
    }

    [Fact]
    public async Task Batch_counted_twice_counts_once()
    {
        var e = Open(await Site.AddDeliveryAsync("a@x.test"));
        var next = new JournalPosition(1, 100);
        (await CountEvents.RunAsync(App.Writes, "j", default, [e], next, Token)).ShouldBe(next);
        (await CountEvents.RunAsync(App.Writes, "j", default, [e], next, Token)).ShouldBe(next);
        (await Site.RollupAsync(Metric.OpenTotal)).ShouldBe(1);
    }

    [Fact]
    public async Task Events_survive_a_restart_before_they_are_counted()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        await Site.OpenAsync(delivery);
        await Site.DisposeAsync();
        await App.RestartAsync();
        Site = await TrackingSite.StartAsync(App);
        await Site.OpenAsync(delivery);
        (await Site.CountAsync()).ShouldBe(2);
        (await Site.CountAsync()).ShouldBe(0);
        (await App.CountAsync("tracking_events")).ShouldBe(2);
        Directory.GetFiles(Path.Combine(App.DataDirectory, "journal"), "tracking-*").Length.ShouldBe(1, "counted segments are deleted");
    }

    [Fact]
    public async Task Torn_record_of_a_crash_loses_nothing_before_and_after_it()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        await Site.OpenAsync(delivery);
        await Site.DisposeAsync();
        await App.RestartAsync();
        var segment = Directory.GetFiles(Path.Combine(App.DataDirectory, "journal"), "tracking-*.ev1").Single();
        await using (var file = new FileStream(segment, FileMode.Append))
            file.Write([60, 0, 1, 2, 3, 4, 1, 0]);
        Site = await TrackingSite.StartAsync(App);
        (await Site.CountAsync()).ShouldBe(1);
        await Site.OpenAsync(delivery);
        (await Site.CountAsync()).ShouldBe(1);
        (await App.CountAsync("tracking_events")).ShouldBe(2);
    }

    [Fact]
    public async Task Answers_go_on_while_the_database_cannot_be_written_and_everything_is_counted_afterwards()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        await App.ExecuteAsync("ALTER TABLE tracking_events RENAME TO away");
        await Site.OpenAsync(delivery);
        await Should.ThrowAsync<System.Data.Common.DbException>(() => Site.CountAsync());
        (await Site.OpenAsync(delivery)).IsSuccessStatusCode.ShouldBeTrue();
        (await App.CountAsync("rollups")).ShouldBe(0);

        await App.ExecuteAsync("ALTER TABLE away RENAME TO tracking_events");
        (await Site.CountAsync()).ShouldBe(2);
        (await Site.RollupAsync(Metric.OpenTotal)).ShouldBe(2);
        (await Site.RollupAsync(Metric.Opened)).ShouldBe(1);
    }

    [Fact]
    public async Task Background_loader_counts_without_being_asked()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        await App.StartAsync<TrackingLoader>();
        await Site.OpenAsync(delivery);
        await Testing.Eventually.TrueAsync(async () => await Site.RollupAsync(Metric.Opened) == 1);
        await App.StopAsync<TrackingLoader>();
    }
}

public sealed class CountEventsTestsOnSqlite() : CountEventsTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class CountEventsTestsOnPostgreSql() : CountEventsTests(DatabaseKind.PostgreSql);
