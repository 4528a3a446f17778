using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Channels;

/// <summary>How a server is doing.</summary>
public enum ServerHealth
{
    /// <summary>It may be used now.</summary>
    Ready,

    /// <summary>A person switched it off.</summary>
    Off,

    /// <summary>It refused our credentials or settings: not used until saved or tested.</summary>
    NeedsCheck,

    /// <summary>It failed several times in a row and rests.</summary>
    Resting,

    /// <summary>Its daily maximum is used up.</summary>
    Exhausted,
}

/// <summary>A sending server as a list shows it; the secret is only said to exist.</summary>
public sealed record ServerRow(
    ServerId Id,
    string Name,
    ServerKind Kind,
    string Target,
    ServerHealth Health,
    bool Active,
    int Priority,
    int Weight,
    int? RateCount,
    RateUnit RateUnit,
    int? DailyMaximum,
    long UsedToday,
    int Connections,
    bool HasSecret,
    DateTimeOffset? RestsUntil,
    string? LastError,
    DateTimeOffset? LastErrorAt
);

/// <summary>The sending servers of a customer with their health, in the order in which they are used.</summary>
public static class ListServers
{
    public static async Task<IReadOnlyList<ServerRow>> RunAsync(
        CustomerId customer,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var servers = await db.Of<SendingServer>(customer).AsNoTracking().OrderBy(s => s.Priority).ThenBy(s => s.Name).ToListAsync(ct);
        var used = await UsedTodayAsync(customer, db, clock, ct);
        var now = clock.GetUtcNow();
        return [.. servers.Select(s => Row(s, used.GetValueOrDefault(s.Id.Value), now))];
    }

    internal static ServerRow Row(SendingServer server, long used, DateTimeOffset now) =>
        new(
            server.Id,
            server.Name,
            server.Kind,
            Target(server),
            Health(server, used, now),
            server.Active,
            server.Priority,
            server.Weight,
            server.RateCount,
            server.RateUnit,
            server.DailyMaximum,
            used,
            server.Connections,
            server.ProtectedSecret is not null,
            server.BreakerOpenUntil > now ? server.BreakerOpenUntil : null,
            server.LastError,
            server.LastErrorAt
        );

    internal static async Task<Dictionary<long, long>> UsedTodayAsync(
        CustomerId customer,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var zone = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.TimeZone).SingleAsync(ct);
        var today = TimeZoneInfo.ConvertTime(clock.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(zone));
        var day = (today.Year * 10000) + (today.Month * 100) + today.Day;
        // Campaign 0 is the server's own budget. SQL, since budgets belong to a module that stands above this one.
        var rows = await db
            .Database.SqlQuery<BudgetUse>(
                $"""
                SELECT server_id AS "Server", granted AS "Used" FROM budgets
                WHERE customer_id = {customer.Value} AND campaign_id = 0 AND day = {day}
                """
            )
            .ToListAsync(ct);
        return rows.ToDictionary(r => r.Server, r => r.Used);
    }

    private static ServerHealth Health(SendingServer server, long used, DateTimeOffset now) =>
        server switch
        {
            { Active: false } => ServerHealth.Off,
            { NeedsCheck: true } => ServerHealth.NeedsCheck,
            _ when server.BreakerOpenUntil > now => ServerHealth.Resting,
            { DailyMaximum: { } most } when used >= most => ServerHealth.Exhausted,
            _ => ServerHealth.Ready,
        };

    private static string Target(SendingServer server)
    {
        try
        {
            return ServerSettings.Parse(server.Kind, server.Settings).Target;
        }
        catch (System.Text.Json.JsonException)
        {
            return "?";
        }
    }

    private sealed record BudgetUse(long Server, long Used);
}
