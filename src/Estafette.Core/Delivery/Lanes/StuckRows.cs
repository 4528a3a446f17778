using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>
/// Finds queue rows that no lane can take any more because servers went out of use after the rows were written: pinned to a server that is
/// off, or refused by every server that is left. Looked for only while a campaign has nothing in hand.
/// </summary>
internal sealed class StuckRows(WriteQueue writes, TimeProvider clock)
{
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(5);
    private readonly Dictionary<CampaignId, long> _looked = [];

    /// <summary>Frees the rows of one campaign, at most once a second.</summary>
    public async Task FreeAsync(CampaignRun run, IReadOnlyCollection<Lane> lanes, CancellationToken ct)
    {
        if (_looked.TryGetValue(run.Id, out var at) && clock.GetElapsedTime(at) < TimeSpan.FromSeconds(1))
            return;
        _looked[run.Id] = clock.GetTimestamp();
        var now = clock.GetUtcNow();
        var known = lanes.Where(l => l.Owned.Customer == run.Customer && run.Servers.ContainsKey(l.Owned.Server) && !l.Server.NeedsCheck);
        var kept = known.ToDictionary(l => l.Owned.Server.Value, l => l.IsUsable(now));
        if (kept.Count == 0)
            return;
        await writes.RunAsync(
            async session =>
            {
                await RunAsync(session, "Delivery/free-pinned", run.Id, kept.Keys, ct);
                await RunAsync(session, "Delivery/hold-pinned", run.Id, kept.Keys, ct);
                var usable = kept.Where(k => k.Value).Select(k => k.Key).ToList();
                if (usable.Count > 0)
                    await Statement(session, "Delivery/free-tried", run.Id, usable)
                        .Set("@due", (now + Later).ToUnixTimeMilliseconds())
                        .ExecuteNonQueryAsync(ct);
            },
            ct
        );
    }

    private static Task<int> RunAsync(
        WriteSession session,
        string name,
        CampaignId campaign,
        IEnumerable<long> servers,
        CancellationToken ct
    ) => Statement(session, name, campaign, servers).ExecuteNonQueryAsync(ct);

    private static System.Data.Common.DbCommand Statement(
        WriteSession session,
        string name,
        CampaignId campaign,
        IEnumerable<long> servers
    ) => session.Statement(name).Set("@campaign", campaign.Value).Set("@ids", ClaimDeliveries.IdList(session.Store.Kind, servers));
}
