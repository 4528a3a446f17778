using Estafette.Core.Platform;

namespace Estafette.Core.Delivery;

/// <summary>A lane this process may run, and the fencing number that proves it: older numbers write nothing any more.</summary>
public sealed record OwnedLane(LaneId Lane, ServerId Server, CustomerId Customer, long Epoch);

/// <summary>Says which lanes this node runs. One node here; PostgreSQL advisory locks when there are several.</summary>
public interface ILaneOwnership
{
    /// <summary>Takes the lane of a server and raises its epoch; null when another node has it.</summary>
    Task<OwnedLane?> TakeAsync(CustomerId customer, ServerId server, CancellationToken ct);

    /// <summary>Whether the lane is still ours: nothing new is started otherwise.</summary>
    bool IsHeld(OwnedLane lane);

    /// <summary>Gives the lane back.</summary>
    Task ReleaseAsync(OwnedLane lane, CancellationToken ct);
}

/// <summary>The only node: it holds every lane it takes, since data directory and database admit one process.</summary>
internal sealed class SingleNodeOwnership(WriteQueue writes, TimeProvider clock) : ILaneOwnership
{
    public Task<OwnedLane?> TakeAsync(CustomerId customer, ServerId server, CancellationToken ct) =>
        writes.RunAsync<OwnedLane?>(
            async session =>
            {
                var command = session
                    .Statement("Delivery/take-lane")
                    .Set("@customer", customer.Value)
                    .Set("@server", server.Value)
                    .Set("@node", Environment.MachineName)
                    .Set("@now", clock.GetUtcNow().ToUnixTimeMilliseconds());
                await using var reader = await command.ExecuteReaderAsync(ct);
                return await reader.ReadAsync(ct) ? new OwnedLane(new(reader.GetInt64(0)), server, customer, reader.GetInt64(1)) : null;
            },
            ct
        );

    public bool IsHeld(OwnedLane lane) => true;

    public Task ReleaseAsync(OwnedLane lane, CancellationToken ct) => Task.CompletedTask;
}
