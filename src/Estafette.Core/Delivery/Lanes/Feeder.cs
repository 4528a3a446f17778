using Estafette.Core.Delivery.Render;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>
/// Gives the lanes work. Campaigns take turns, customer by customer, one claim each, so that a campaign of two million does not delay the next
/// customer's two hundred; messages outside campaigns go first. For each turn the server is chosen by smooth weighted round-robin among
/// the campaign's usable servers of the best priority; rows that a server refused are offered to the others, whatever their priority.
/// </summary>
internal sealed class Feeder(Store store, LaneClaims claims, SinglesFeeder singles, DeliveryOptions options, TimeProvider clock)
{
    private const int SmallCampaign = 2000;
    private const int SmallTurn = 20;
    private const int BulkTurn = 20;

    /// <summary>How much of a campaign's own rate is taken at once: it is the burst the rate may have.</summary>
    internal static readonly TimeSpan RateAhead = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a server whose daily maximum was reached is left out before it is asked again.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(ServerId, CampaignId), DateTimeOffset> _usedUp = [];

    private long _turn;

    /// <summary>In the last turn a campaign's own rate held something back.</summary>
    public bool WaitsForRate { get; private set; }

    /// <summary>The run has taken all that it may.</summary>
    public bool IsSpent => claims.Left == 0;

    /// <summary>One turn for everybody; returns how many rows were claimed.</summary>
    public async Task<int> FeedAsync(
        IReadOnlyList<CampaignRun> runs,
        IReadOnlyCollection<Lane> lanes,
        CustomerId? only,
        CancellationToken ct
    )
    {
        WaitsForRate = false;
        var claimed = await singles.FeedAsync(lanes, only, ct);
        foreach (var run in await InTurnAsync(runs, ct))
            claimed += await FeedCampaignAsync(run, lanes, ct);
        return claimed;
    }

    /// <summary>
    /// Steps of automations that have something due, then the campaigns; every twentieth turn the campaigns first, so that a crowd in an
    /// automation leaves them a share.
    /// </summary>
    private async Task<IEnumerable<CampaignRun>> InTurnAsync(IReadOnlyList<CampaignRun> runs, CancellationToken ct)
    {
        if (!runs.Any(r => r.IsTriggered))
            return runs;
        var due = await DueTriggeredAsync(clock.GetUtcNow(), ct);
        foreach (var run in runs)
            run.HasDue = run.IsTriggered && due.Contains(run.Id.Value);
        var bulkFirst = ++_turn % BulkTurn == 0;
        return runs.Where(r => !r.IsTriggered || r.HasDue).OrderBy(r => r.IsTriggered == bulkFirst ? 1 : 0);
    }

    private async Task<HashSet<long>> DueTriggeredAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = store.Sql("Delivery/due-triggered");
        command.Set("@now", now.ToUnixTimeMilliseconds());
        var due = new HashSet<long>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            due.Add(reader.GetInt64(0));
        return due;
    }

    /// <summary>Forgets what depends on settings of customers.</summary>
    public void Forget() => claims.Forget();

    private async Task<int> FeedCampaignAsync(CampaignRun run, IReadOnlyCollection<Lane> lanes, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var usable = lanes
            .Where(l =>
                l.Owned.Customer == run.Customer && run.Servers.ContainsKey(l.Owned.Server) && l.IsUsable(now) && HasQuota(l, run, now)
            )
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
        var turn = run.Audience <= SmallCampaign && !run.IsTriggered ? SmallTurn : options.ClaimSize;
        var room = (int)Math.Min(claims.Left, Math.Min(lane.Room(now), turn));
        var wanted = server.Pacer.TakeUpTo(room, RateAhead);
        WaitsForRate |= wanted < room;
        if (wanted == 0)
            return 0;
        var caps = await claims.CapsAsync(lane, run.Id, server.Settings.DailyMaximum, ct);
        var taken = await claims.TakeAsync(new ClaimRequest(lane.Owned, run.Id, wanted, onlyTried, caps), run.LocalTimes, ct);
        if (taken.MaximumReached)
            _usedUp[(lane.Owned.Server, run.Id)] = now + AskAgain;
        server.Pacer.Return(wanted - taken.Rows.Count);
        run.Took(taken.Rows.Count);
        lane.Accept(taken.Rows.Select(r => new Work(r, run.Customer, run, run.Of(r.Variant, composition)) { Caps = caps }));
        return taken.Claimed;
    }

    /// <summary>The servers of the next priority take over when those of the best have reached their daily maximum.</summary>
    private bool HasQuota(Lane lane, CampaignRun run, DateTimeOffset now) =>
        !_usedUp.TryGetValue((lane.Owned.Server, run.Id), out var until) || until <= now;
}
