using System.Collections.Concurrent;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>
/// Takes rows out of the queue for lanes, within what the run may still take and what servers, campaigns and customers may send in a day. Of
/// the rows taken, those of erased people are marked, and those whose recipients' own clocks forbid it now go back until their time.
/// </summary>
internal sealed class LaneClaims(
    Store store,
    WriteQueue writes,
    IDbContextFactory<EstafetteDb> databases,
    ErasedAddresses erased,
    TimeProvider clock
)
{
    private readonly ConcurrentDictionary<CustomerId, CustomerPace> _paces = new();

    /// <summary>Messages that may still be taken in this run.</summary>
    public required long Left { get; set; }

    /// <summary>Forgets what depends on settings of customers.</summary>
    public void Forget() => _paces.Clear();

    /// <summary>The daily and monthly maximums that a claim of this lane uses up.</summary>
    public async Task<IReadOnlyList<DailyCap>> CapsAsync(Lane lane, CampaignId? campaign, int? campaignMaximum, CancellationToken ct)
    {
        var pace = await PaceAsync(lane.Owned.Customer, ct);
        if (lane.Server.DailyMaximum is null && campaignMaximum is null && !pace.IsLimited)
            return [];
        var day = pace.Day(clock.GetUtcNow());
        var caps = new List<DailyCap>(4);
        caps.AddRange(pace.Caps(lane.Owned.Customer, day));
        if (campaignMaximum is { } own)
            caps.Add(new DailyCap(lane.Owned.Server, campaign, day, own));
        if (lane.Server.DailyMaximum is { } all)
            caps.Add(new DailyCap(lane.Owned.Server, null, day, all));
        return caps;
    }

    /// <summary>Rows that are due; no lane has them yet when this fails or is stopped, so they are given back.</summary>
    public async Task<TakenRows> TakeAsync(ClaimRequest request, LocalTimes? times, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var (claimed, maximumReached) = await ClaimDeliveries.RunAsync(request, store, writes, now, ct);
        var rows = claimed;
        if (claimed.Count > 0)
            try
            {
                await SuppressErasedAsync(request.Lane.Customer, claimed, ct);
                if (times is not null)
                    rows = await PostponeAsync(request, times, claimed, now, ct);
            }
            catch
            {
                await ReturnAsync(claimed);
                throw;
            }
        Left -= rows.Count;
        return new TakenRows(rows, claimed.Count, maximumReached);
    }

    /// <summary>Gives rows back that no lane took over.</summary>
    public Task ReturnAsync(IEnumerable<ClaimedDelivery> rows) => ClaimDeliveries.GiveBackAsync([.. rows.Select(r => r.Id.Value)], writes);

    /// <summary>A person who was erased gets nothing, whoever brought the address back and by whatever door.</summary>
    private async Task SuppressErasedAsync(CustomerId customer, IReadOnlyList<ClaimedDelivery> rows, CancellationToken ct)
    {
        var found = await erased.FindAsync(customer, Channel.Email, rows.Select(r => r.AddressKey), ct);
        if (found.Count == 0)
            return;
        foreach (var row in rows.Where(r => found.ContainsKey(r.AddressKey)))
            row.Suppressed ??= SuppressionReason.OptOut;
    }

    /// <summary>Gives back, until their time, the rows of recipients whose own clock does not allow it now; returns the others.</summary>
    private async Task<IReadOnlyList<ClaimedDelivery>> PostponeAsync(
        ClaimRequest request,
        LocalTimes times,
        IReadOnlyList<ClaimedDelivery> rows,
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
                        .Set("@campaign", request.Campaign?.Value ?? 0L)
                        .Set("@lane", request.Lane.Lane.Value)
                        .Set("@epoch", request.Lane.Epoch)
                        .Set("@now", now.ToUnixTimeMilliseconds())
                        .Set("@due", group.Key.ToUnixTimeMilliseconds())
                        .Set("@ids", ClaimDeliveries.IdList(session.Store.Kind, group.Select(r => r.Id.Value)))
                        .ExecuteNonQueryAsync(ct);
                foreach (var cap in request.Caps)
                    await ClaimDeliveries.ReturnAsync(session, cap, later.Sum(g => g.Count()), ct);
            },
            ct
        );
        return [.. byTime.Where(g => g.Key <= now).SelectMany(g => g)];
    }

    private async ValueTask<CustomerPace> PaceAsync(CustomerId customer, CancellationToken ct)
    {
        if (_paces.TryGetValue(customer, out var known))
            return known;
        await using var db = await databases.CreateDbContextAsync(ct);
        return _paces[customer] = CustomerPace.Of(await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct));
    }
}

/// <summary>What was taken for a lane.</summary>
/// <param name="Rows">Those to send now.</param>
/// <param name="Claimed">How many were found, postponed ones included.</param>
/// <param name="MaximumReached">A daily maximum leaves nothing today.</param>
internal sealed record TakenRows(IReadOnlyList<ClaimedDelivery> Rows, int Claimed, bool MaximumReached);
