using Estafette.Core.Channels;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>Gives the lanes the messages outside campaigns, customer by customer, servers of the best priority first.</summary>
internal sealed class SinglesFeeder(
    Store store,
    WriteQueue writes,
    LaneClaims claims,
    CompositionLoader loader,
    DeliveryOptions options,
    TimeProvider clock
)
{
    private readonly Dictionary<(CustomerId, SingleMessage), (Composition Composition, DateTimeOffset Until)> _compositions = [];

    /// <summary>One turn; returns how many rows were claimed.</summary>
    public async Task<int> FeedAsync(IReadOnlyCollection<Lane> lanes, CustomerId? only, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var claimed = 0;
        var anyRoom = claims.Left > 0 && lanes.Any(l => l.Room(now) > 0);
        foreach (var customer in anyRoom ? await WaitingCustomersAsync(now, ct) : [])
        {
            if (only is not null && only != customer)
                continue;
            var usable = lanes.Where(l => l.Owned.Customer == customer && l.IsUsable(now)).ToList();
            foreach (var lane in usable.Where(l => l.Room(now) > 0).OrderBy(l => l.Server.Priority))
                claimed += await ClaimAsync(lane, usable.Select(l => l.Owned.Server).ToHashSet(), now, ct);
        }
        return claimed;
    }

    private async Task<int> ClaimAsync(Lane lane, HashSet<ServerId> usable, DateTimeOffset now, CancellationToken ct)
    {
        var customer = lane.Owned.Customer;
        var caps = await claims.CapsAsync(lane, null, null, ct);
        var wanted = (int)Math.Min(claims.Left, Math.Min(lane.Room(now), options.ClaimSize));
        var rows = (await claims.TakeAsync(new ClaimRequest(lane.Owned, null, wanted, false, caps), null, ct)).Rows;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            try
            {
                var composition = await ComposeAsync(customer, row.Single!, usable, now, ct);
                lane.Accept([new Work(row, customer, null, composition) { Caps = caps }]);
            }
            catch (CannotComposeException problem)
            {
                await RejectAsync(lane, row, problem.Message, now);
            }
            catch
            {
                await claims.ReturnAsync(rows.Skip(i));
                throw;
            }
        }
        return rows.Count;
    }

    private async Task<Composition> ComposeAsync(
        CustomerId customer,
        SingleMessage single,
        HashSet<ServerId> usable,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (_compositions.TryGetValue((customer, single), out var known) && known.Until > now)
            return known.Composition;
        if (_compositions.Count > 100)
            _compositions.Clear();
        var composition = await loader.ForSingleAsync(customer, single, usable, ct);
        if (!composition.HasAttachments)
            _compositions[(customer, single)] = (composition, now.AddSeconds(10));
        return composition;
    }

    /// <summary>A message that cannot be made fails alone instead of coming back at every turn.</summary>
    private Task RejectAsync(Lane lane, ClaimedDelivery row, string problem, DateTimeOffset now) =>
        writes.RunAsync(
            async session =>
                await StoreResults.RunAsync(
                    session,
                    [
                        new StoredResult
                        {
                            Delivery = row.Id,
                            Customer = lane.Owned.Customer,
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
