using System.Collections.Concurrent;
using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>
/// Gives the lanes work. Campaigns take turns, customer by customer, one claim each, so that a campaign of two million does not delay the next
/// customer's two hundred; messages outside campaigns go first. For each turn the server is chosen by smooth weighted round-robin among
/// the campaign's usable servers of the best priority; rows that a server refused are offered to the others, whatever their priority.
/// </summary>
internal sealed class Feeder(
    Store store,
    WriteQueue writes,
    IDbContextFactory<EstafetteDb> databases,
    CompositionLoader loader,
    DeliveryOptions options,
    TimeProvider clock
)
{
    private const int SmallCampaign = 2000;
    private const int SmallTurn = 20;
    private static readonly TimeSpan RateAhead = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<CustomerId, TimeZoneInfo> _zones = new();
    private readonly Dictionary<(CustomerId, SingleMessage), (Composition Composition, DateTimeOffset Until)> _singles = [];

    /// <summary>One turn for everybody; returns how many rows were claimed.</summary>
    public async Task<int> FeedAsync(
        IReadOnlyList<CampaignRun> runs,
        IReadOnlyCollection<Lane> lanes,
        CustomerId? only,
        CancellationToken ct
    )
    {
        var claimed = await FeedSinglesAsync(lanes, only, ct);
        foreach (var run in runs)
            claimed += await FeedCampaignAsync(run, lanes, ct);
        return claimed;
    }

    /// <summary>Forgets what depends on settings of customers.</summary>
    public void Forget() => _zones.Clear();

    private async Task<int> FeedCampaignAsync(CampaignRun run, IReadOnlyCollection<Lane> lanes, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var usable = lanes
            .Where(l => l.Owned.Customer == run.Customer && run.Servers.ContainsKey(l.Owned.Server) && l.IsUsable(now))
            .ToList();
        if (usable.Count == 0 || run.Composition is not { } composition)
            return 0;
        var best = usable.Min(l => l.Server.Priority);
        var group = usable.Where(l => l.Server.Priority == best && l.Room(now) > 0).ToList();
        var claimed = 0;
        if (group.Count > 0)
            claimed = await ClaimAsync(run, composition, Pick(run, group), onlyTried: false, now, ct);
        if (claimed > 0 || usable.Count == 1)
            return claimed;
        foreach (var other in usable.Where(l => l.Room(now) > 0))
            claimed += await ClaimAsync(run, composition, other, onlyTried: other.Server.Priority != best, now, ct);
        return claimed;
    }

    /// <summary>Smooth weighted round-robin: each gets its weight in credit, the richest goes and pays the sum.</summary>
    private static Lane Pick(CampaignRun run, List<Lane> group)
    {
        var sum = 0;
        Lane? richest = null;
        foreach (var lane in group)
        {
            var server = run.Servers[lane.Owned.Server];
            var weight = Math.Max(1, server.Settings.Weight ?? lane.Server.Weight);
            sum += weight;
            server.Credit += weight;
            if (richest is null || server.Credit > run.Servers[richest.Owned.Server].Credit)
                richest = lane;
        }
        run.Servers[richest!.Owned.Server].Credit -= sum;
        return richest;
    }

    private async Task<int> ClaimAsync(
        CampaignRun run,
        Composition composition,
        Lane lane,
        bool onlyTried,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var server = run.Servers[lane.Owned.Server];
        var turn = run.Audience <= SmallCampaign ? SmallTurn : options.ClaimSize;
        var wanted = server.Pacer.TakeUpTo(Math.Min(lane.Room(now), turn), RateAhead);
        if (wanted == 0)
            return 0;
        var caps = await CapsAsync(lane, run.Id, server.Settings.DailyMaximum, now, ct);
        var rows = await ClaimDeliveries.RunAsync(new ClaimRequest(lane.Owned, run.Id, wanted, onlyTried, caps), store, writes, now, ct);
        server.Pacer.Return(wanted - rows.Count);
        run.Took(rows.Count);
        lane.Accept(rows.Select(r => new Work(r, run.Customer, run, composition) { Caps = caps }));
        return rows.Count;
    }

    private async Task<IReadOnlyList<DailyCap>> CapsAsync(
        Lane lane,
        CampaignId? campaign,
        int? campaignMaximum,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (lane.Server.DailyMaximum is null && campaignMaximum is null)
            return [];
        var day = await DayAsync(lane.Owned.Customer, now, ct);
        var caps = new List<DailyCap>(2);
        if (campaignMaximum is { } own)
            caps.Add(new DailyCap(lane.Owned.Server, campaign, day, own));
        if (lane.Server.DailyMaximum is { } all)
            caps.Add(new DailyCap(lane.Owned.Server, null, day, all));
        return caps;
    }

    /// <summary>The civil day of the customer, as yyyyMMdd.</summary>
    private async ValueTask<int> DayAsync(CustomerId customer, DateTimeOffset now, CancellationToken ct)
    {
        if (!_zones.TryGetValue(customer, out var zone))
        {
            await using var db = await databases.CreateDbContextAsync(ct);
            var name = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.TimeZone).SingleAsync(ct);
            _zones[customer] = zone = TimeZoneInfo.FindSystemTimeZoneById(name);
        }
        return int.Parse(
            TimeZoneInfo.ConvertTime(now, zone).ToString("yyyyMMdd", CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture
        );
    }

    private async Task<int> FeedSinglesAsync(IReadOnlyCollection<Lane> lanes, CustomerId? only, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var claimed = 0;
        foreach (var customer in await WaitingCustomersAsync(now, ct))
        {
            if (only is not null && only != customer)
                continue;
            var usable = lanes.Where(l => l.Owned.Customer == customer && l.IsUsable(now)).ToList();
            foreach (var lane in usable.Where(l => l.Room(now) > 0).OrderBy(l => l.Server.Priority))
                claimed += await ClaimSinglesAsync(customer, lane, usable.Select(l => l.Owned.Server).ToHashSet(), now, ct);
        }
        return claimed;
    }

    private async Task<int> ClaimSinglesAsync(
        CustomerId customer,
        Lane lane,
        HashSet<ServerId> usable,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var caps = await CapsAsync(lane, null, null, now, ct);
        var rows = await ClaimDeliveries.RunAsync(
            new ClaimRequest(lane.Owned, null, Math.Min(lane.Room(now), options.ClaimSize), false, caps),
            store,
            writes,
            now,
            ct
        );
        var work = new List<Work>(rows.Count);
        foreach (var row in rows.Where(r => r.Single is not null))
            work.Add(new Work(row, customer, null, await SingleAsync(customer, row.Single!, usable, now, ct)) { Caps = caps });
        lane.Accept(work);
        return rows.Count;
    }

    private async Task<Composition> SingleAsync(
        CustomerId customer,
        SingleMessage single,
        HashSet<ServerId> usable,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (_singles.TryGetValue((customer, single), out var known) && known.Until > now)
            return known.Composition;
        if (_singles.Count > 100)
            _singles.Clear();
        var composition = await loader.ForSingleAsync(customer, single, usable, ct);
        _singles[(customer, single)] = (composition, now.AddSeconds(10));
        return composition;
    }

    private async Task<List<CustomerId>> WaitingCustomersAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Delivery/customers-with-singles");
        command.Set("@now", now.ToUnixTimeMilliseconds());
        var customers = new List<CustomerId>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            customers.Add(new(reader.GetInt64(0)));
        return customers;
    }
}
