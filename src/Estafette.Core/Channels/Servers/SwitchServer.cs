using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Channels;

/// <summary>Switches a sending server on or off.</summary>
public static class SwitchServer
{
    public sealed record Request(CustomerId Customer, ServerId Id, bool Active);

    /// <returns>Whether the server exists.</returns>
    public static async Task<bool> RunAsync(Request request, EstafetteDb db, Signals signals, TimeProvider clock, CancellationToken ct)
    {
        var server = await db.Of<SendingServer>(request.Customer).SingleOrDefaultAsync(s => s.Id == request.Id, ct);
        if (server is null)
            return false;
        server.Active = request.Active;
        server.UpdatedAt = clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
        signals.Ring(Signal.ServerChanged);
        return true;
    }
}
