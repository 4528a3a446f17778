using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>The lanes of this node: one per active server; a server whose settings changed gets a new lane, the old one drains.</summary>
internal sealed class LaneSet(IDbContextFactory<EstafetteDb> databases, SenderFactory senders, LaneContext context)
{
    private readonly Dictionary<ServerId, Lane> _lanes = [];
    private readonly List<Task> _stopping = [];

    public IReadOnlyCollection<Lane> All { get; private set; } = [];

    /// <summary>Somebody changed a server: refresh soon.</summary>
    public bool IsStale { get; private set; }

    /// <summary>No lane holds anything.</summary>
    public bool IsIdle => All.All(l => l.IsIdle) && _stopping.All(s => s.IsCompleted);

    /// <summary>Starts, replaces and stops lanes as the servers demand; true when anything changed.</summary>
    public async Task<bool> RefreshAsync(CustomerId? only, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var query = db.Set<SendingServer>().AsNoTracking().Where(s => s.Active);
        if (only is { } customer)
            query = query.Where(s => s.CustomerId == customer);
        var servers = await query.ToListAsync(ct);
        var changed = false;
        foreach (var gone in _lanes.Values.Where(l => servers.All(s => s.Id != l.Owned.Server)).ToList())
            changed |= Remove(gone);
        foreach (var server in servers)
        {
            if (_lanes.TryGetValue(server.Id, out var lane) && SameSettings(lane.Server, server))
                continue;
            if (lane is not null)
                Remove(lane);
            changed |= await AddAsync(server, ct);
        }
        _stopping.RemoveAll(s => s.IsCompleted);
        All = [.. _lanes.Values];
        return changed;
    }

    /// <summary>Finishes what is on the wire everywhere.</summary>
    public async Task StopAsync(TimeSpan atMost)
    {
        foreach (var lane in _lanes.Values.ToList())
            Remove(lane, atMost);
        All = [];
        await Task.WhenAll(_stopping);
    }

    private async Task<bool> AddAsync(SendingServer server, CancellationToken ct)
    {
        if (await context.Ownership.TakeAsync(server.CustomerId, server.Id, ct) is not { } owned)
            return false;
        _lanes[server.Id] = new Lane(owned, server, senders.Create(server), context);
        return true;
    }

    private bool Remove(Lane lane) => Remove(lane, TimeSpan.FromSeconds(20));

    private bool Remove(Lane lane, TimeSpan atMost)
    {
        _lanes.Remove(lane.Owned.Server);
        _stopping.Add(StopAsync(lane, atMost));
        return true;
    }

    private static async Task StopAsync(Lane lane, TimeSpan atMost)
    {
        await lane.StopAsync(atMost);
        await lane.DisposeAsync();
    }

    /// <summary>Health is the lane's own business; everything else makes it another server.</summary>
    private static bool SameSettings(SendingServer a, SendingServer b) => a.UpdatedAt == b.UpdatedAt && a.NeedsCheck == b.NeedsCheck;
}
