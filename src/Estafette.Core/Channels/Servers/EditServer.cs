using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Channels;

/// <summary>Changes a sending server. Whoever saves it has looked at it: "to check" and the open breaker are cleared.</summary>
public static class EditServer
{
    public sealed record Request(CustomerId Customer, ServerId Id, ServerInput Server);

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
        var server = await db.Of<SendingServer>(request.Customer).SingleOrDefaultAsync(s => s.Id == request.Id, ct);
        if (server is null)
            return Outcome<ServerId>.Missing;
        var faults = ServerRules.Check(input, server.ProtectedSecret is not null, keeper.Network);
        faults.Require(input.Settings.Kind == server.Kind, nameof(server.Kind), ChannelTexts.Get("kind.fixed"));
        if (await db.Of<SendingServer>(request.Customer).AnyAsync(s => s.Name == name && s.Id != server.Id, ct))
            faults.Add(nameof(input.Name), ChannelTexts.Get("name.taken"));
        if (faults.Any)
            return faults;
        keeper.Write(server, input);
        server.NeedsCheck = false;
        (server.BreakerFailures, server.BreakerOpenUntil) = (0, null);
        server.UpdatedAt = clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
        keeper.Signals.Ring(Signal.ServerChanged);
        return server.Id;
    }
}
