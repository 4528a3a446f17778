using System.Collections.Concurrent;
using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
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
    ErasedAddresses erased,
    DeliveryOptions options,
    TimeProvider clock
)
{
    private const int SmallCampaign = 2000;
    private const int SmallTurn = 20;
    private const int BulkTurn = 20;

    /// <summary>How much of a campaign's own rate is taken at once: it is the burst the rate may have.</summary>
    internal static readonly TimeSpan RateAhead = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a server whose daily maximum was reached is left out before it is asked again.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<CustomerId, CustomerPace> _paces = new();
    private readonly Dictionary<(ServerId, CampaignId), DateTimeOffset> _usedUp = [];
    private readonly Dictionary<(CustomerId, SingleMessage), (Composition Composition, DateTimeOffset Until)> _singles = [];

    private long _turn;

    /// <summary>In the last turn a campaign's own rate held something back.</summary>
    public bool WaitsForRate { get; private set; }

    /// <summary>Messages that may still be taken in this run.</summary>
    public required long Left { get; set; }

    /// <summary>One turn for everybody; returns how many rows were claimed.</summary>
    public async Task<int> FeedAsync(
        IReadOnlyList<CampaignRun> runs,
        IReadOnlyCollection<Lane> lanes,
        CustomerId? only,
        CancellationToken ct
    )
    {
        WaitsForRate = false;
        var claimed = await FeedSinglesAsync(lanes, only, ct);
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
    public void Forget() => _paces.Clear();

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

    /// <summary>A person who was erased gets nothing, whoever brought the address back and by whatever door.</summary>
    private async Task SuppressErasedAsync(CustomerId customer, IReadOnlyList<ClaimedDelivery> rows, CancellationToken ct)
    {
        if (rows.Count == 0)
            return;
        var found = await erased.FindAsync(customer, Channel.Email, rows.Select(r => r.AddressKey), ct);
        if (found.Count == 0)
            return;
        foreach (var row in rows.Where(r => found.ContainsKey(r.AddressKey)))
            row.Suppressed ??= SuppressionReason.OptOut;
    }

    /// <summary>Claimed rows that no lane has yet go back when the stop comes between, or anything fails.</summary>
    private async Task GivingBackAsync(IReadOnlyList<ClaimedDelivery> rows, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch
        {
            await ClaimDeliveries.GiveBackAsync([.. rows.Select(r => r.Id.Value)], writes);
            throw;
        }
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
        var room = (int)Math.Min(Left, Math.Min(lane.Room(now), turn));
        var wanted = server.Pacer.TakeUpTo(room, RateAhead);
        WaitsForRate |= wanted < room;
        if (wanted == 0)
            return 0;
        var caps = await CapsAsync(lane, run.Id, server.Settings.DailyMaximum, now, ct);
        var request = new ClaimRequest(lane.Owned, run.Id, wanted, onlyTried, caps);
        var (rows, maximumReached) = await ClaimDeliveries.RunAsync(request, store, writes, now, ct);
        var claimed = rows.Count;
        var taken = rows;
        await GivingBackAsync(
            taken,
            async () =>
            {
                await SuppressErasedAsync(run.Customer, taken, ct);
                if (run.LocalTimes is { } times && claimed > 0)
                    rows = await PostponeAsync(run, lane, times, taken, caps, now, ct);
            }
        );
        if (maximumReached)
            _usedUp[(lane.Owned.Server, run.Id)] = now + AskAgain;
        server.Pacer.Return(wanted - rows.Count);
        run.Took(rows.Count);
        Left -= rows.Count;
        lane.Accept(rows.Select(r => new Work(r, run.Customer, run, run.Of(r.Variant, composition)) { Caps = caps }));
        return claimed;
    }

    /// <summary>Gives back, until their time, the rows of recipients whose own clock does not allow it now; returns the others.</summary>
    private async Task<IReadOnlyList<ClaimedDelivery>> PostponeAsync(
        CampaignRun run,
        Lane lane,
        LocalTimes times,
        IReadOnlyList<ClaimedDelivery> rows,
        IReadOnlyList<DailyCap> caps,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var byTime = rows.ToLookup(r => times.DueAt(r.Fields.Attributes, now));
        var later = byTime.Where(g => g.Key > now).ToList();
        if (later.Count == 0)
            return rows;
        await writes.RunAsync(
            async session =>
            {
                foreach (var group in later)
                    await session
                        .Statement("Delivery/postpone-claims")
                        .Set("@campaign", run.Id.Value)
                        .Set("@lane", lane.Owned.Lane.Value)
                        .Set("@epoch", lane.Owned.Epoch)
                        .Set("@now", now.ToUnixTimeMilliseconds())
                        .Set("@due", group.Key.ToUnixTimeMilliseconds())
                        .Set("@ids", ClaimDeliveries.IdList(session.Store.Kind, group.Select(r => r.Id.Value)))
                        .ExecuteNonQueryAsync(ct);
                foreach (var cap in caps)
                    await ClaimDeliveries.ReturnAsync(session, cap, later.Sum(g => g.Count()), ct);
            },
            ct
        );
        return [.. byTime.Where(g => g.Key <= now).SelectMany(g => g)];
    }

    /// <summary>The servers of the next priority take over when those of the best have reached their daily maximum.</summary>
    private bool HasQuota(Lane lane, CampaignRun run, DateTimeOffset now) =>
        !_usedUp.TryGetValue((lane.Owned.Server, run.Id), out var until) || until <= now;

    private async Task<IReadOnlyList<DailyCap>> CapsAsync(
        Lane lane,
        CampaignId? campaign,
        int? campaignMaximum,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var pace = await PaceAsync(lane.Owned.Customer, ct);
        if (lane.Server.DailyMaximum is null && campaignMaximum is null && !pace.IsLimited)
            return [];
        var day = pace.Day(now);
        var caps = new List<DailyCap>(4);
        caps.AddRange(pace.Caps(lane.Owned.Customer, day));
        if (campaignMaximum is { } own)
            caps.Add(new DailyCap(lane.Owned.Server, campaign, day, own));
        if (lane.Server.DailyMaximum is { } all)
            caps.Add(new DailyCap(lane.Owned.Server, null, day, all));
        return caps;
    }

    private async ValueTask<CustomerPace> PaceAsync(CustomerId customer, CancellationToken ct)
    {
        if (_paces.TryGetValue(customer, out var known))
            return known;
        await using var db = await databases.CreateDbContextAsync(ct);
        return _paces[customer] = CustomerPace.Of(await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct));
    }

    private async Task<int> FeedSinglesAsync(IReadOnlyCollection<Lane> lanes, CustomerId? only, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var claimed = 0;
        var anyRoom = Left > 0 && lanes.Any(l => l.Room(now) > 0);
        foreach (var customer in anyRoom ? await WaitingCustomersAsync(now, ct) : [])
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
        var wanted = (int)Math.Min(Left, Math.Min(lane.Room(now), options.ClaimSize));
        var (rows, _) = await ClaimDeliveries.RunAsync(new ClaimRequest(lane.Owned, null, wanted, false, caps), store, writes, now, ct);
        await GivingBackAsync(rows, () => SuppressErasedAsync(lane.Owned.Customer, rows, ct));
        Left -= rows.Count;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            try
            {
                var composition = await SingleAsync(customer, row.Single!, usable, now, ct);
                lane.Accept([new Work(row, customer, null, composition) { Caps = caps }]);
            }
            catch (CannotComposeException problem)
            {
                await RejectAsync(customer, lane, row, problem.Message, now);
            }
            catch
            {
                await ClaimDeliveries.GiveBackAsync(rows.Skip(i).Select(r => r.Id.Value).ToList(), writes);
                throw;
            }
        }
        return rows.Count;
    }

    /// <summary>A message that cannot be made fails alone instead of coming back at every turn.</summary>
    private Task RejectAsync(CustomerId customer, Lane lane, ClaimedDelivery row, string problem, DateTimeOffset now) =>
        writes.RunAsync(
            async session =>
                await StoreResults.RunAsync(
                    session,
                    [
                        new StoredResult
                        {
                            Delivery = row.Id,
                            Customer = customer,
                            DueAt = row.DueAt,
                            Lane = lane.Owned.Lane,
                            Epoch = lane.Owned.Epoch,
                            Server = lane.Owned.Server,
                            Attempt = row.Attempts + 1,
                            FirstAttemptAt = row.FirstAttemptAt ?? now,
                            StartedAt = now,
                            DurationMs = 0,
                            Result = new SendResult
                            {
                                Outcome = AttemptOutcome.Rejected,
                                Blame = Blame.Message,
                                Phase = SendPhase.Render,
                                Text = problem,
                            },
                            Decision = new Decision(DeliveryStatus.Rejected),
                            Reason = DeliveryReason.RenderFailed,
                        },
                    ],
                    CancellationToken.None
                ),
            CancellationToken.None
        );

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
