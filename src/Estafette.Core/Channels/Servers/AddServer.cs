using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Channels;

/// <summary>Adds a sending server.</summary>
public static class AddServer
{
    public sealed record Request(CustomerId Customer, ServerInput Server);

    public static async Task<Outcome<ServerId>> RunAsync(
        Request request,
        EstafetteDb db,
        ServerKeeper keeper,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var input = request.Server;
        var name = input.Name.Trim();
        var faults = ServerRules.Check(input, hasSecret: false, keeper.Network);
        if (await db.Of<SendingServer>(request.Customer).AnyAsync(s => s.Name == name, ct))
            faults.Add(nameof(input.Name), ChannelTexts.Get("name.taken"));
        var most = await db.Set<Customer>().Where(c => c.Id == request.Customer).Select(c => c.MaxServers).SingleAsync(ct);
        if (most is { } limit && await db.Of<SendingServer>(request.Customer).CountAsync(ct) >= limit)
            faults.Add("", ChannelTexts.Get("limit", limit));
        if (faults.Any)
            return faults;
        var server = new SendingServer
        {
            CustomerId = request.Customer,
            Name = name,
            Kind = input.Settings.Kind,
            Settings = "",
            CreatedAt = clock.GetUtcNow(),
            UpdatedAt = clock.GetUtcNow(),
        };
        keeper.Write(server, input);
        db.Add(server);
        await db.SaveChangesAsync(ct);
        keeper.Signals.Ring(Signal.ServerChanged);
        return server.Id;
    }
}

/// <summary>What the use cases of servers share: how an input becomes a row, what the installation permits, whom a change wakes.</summary>
public sealed class ServerKeeper(Secrets secrets, NetworkOptions network, Signals signals)
{
    internal NetworkOptions Network => network;

    internal Signals Signals => signals;

    internal void Write(SendingServer server, ServerInput input)
    {
        server.Name = input.Name.Trim();
        server.Active = input.Active;
        server.Priority = input.Priority;
        server.Weight = input.Weight;
        (server.RateCount, server.RateUnit) = (input.RateCount, input.RateUnit);
        server.DailyMaximum = input.DailyMaximum;
        server.Connections = input.Connections;
        server.InDoubtPolicy = input.InDoubtPolicy;
        server.Settings = SealedHeaders.Seal(input.Settings, ShowServer.Read(server), secrets).ToJson();
        if (input.Secret is { } secret)
            server.ProtectedSecret = secret.Key.Length == 0 ? null : secrets.Protect(secret.Serialize());
    }
}
