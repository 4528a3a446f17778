using Estafette.Core.Accounts;
using Estafette.Core.Campaigns.Schedule;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Review;

/// <summary>Works out when a campaign would be through if it were launched as it stands.</summary>
public static class ReadForecast
{
    /// <returns>Null when the customer has no such campaign.</returns>
    public static async Task<Forecast?> RunAsync(
        CustomerId customer,
        CampaignId id,
        long messages,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return null;
        var name = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.TimeZone).SingleAsync(ct);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
        var now = clock.GetUtcNow();
        var from = campaign.ScheduledAt is { } at && at > now && campaign.IsEditable ? at : now;
        var capacities = await CapacitiesAsync(customer, id, db, clock, ct);
        return SendingForecast.Of(messages, capacities, SendingHours.Of(campaign), from, now, zone);
    }

    internal static async Task<IReadOnlyList<ServerCapacity>> CapacitiesAsync(
        CustomerId customer,
        CampaignId id,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var uses = await db.Of<CampaignServer>(customer)
            .AsNoTracking()
            .Where(s => s.CampaignId == id)
            .ToDictionaryAsync(s => s.ServerId, ct);
        var servers = await ListServers.RunAsync(customer, db, clock, ct);
        return
        [
            .. servers
                .Where(s => uses.ContainsKey(s.Id) && s.Health is not (ServerHealth.Off or ServerHealth.NeedsCheck))
                .Select(s => Capacity(s, uses[s.Id])),
        ];
    }

    private static ServerCapacity Capacity(ServerRow server, CampaignServer use)
    {
        var own = server.RateCount is { } count
            ? count / (double)server.RateUnit
            : SendingForecast.UnlimitedPerConnection * server.Connections;
        var rate = use.RateCount is { } wished ? Math.Min(own, wished / (double)use.RateUnit) : own;
        long? left = server.DailyMaximum is { } most ? most - server.UsedToday : null;
        return new ServerCapacity(
            server.Name,
            server.Priority,
            rate,
            Least(left, use.DailyMaximum),
            Least(server.DailyMaximum, use.DailyMaximum)
        );
    }

    private static long? Least(long? one, long? other) =>
        (one, other) switch
        {
            ({ } a, { } b) => Math.Min(a, b),
            _ => one ?? other,
        };
}
