using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Channels;

/// <summary>One server with its settings, to be shown or edited; never its secret.</summary>
/// <param name="Row">What the list shows.</param>
/// <param name="Settings">The settings of its kind; null when they cannot be read and must be entered again.</param>
/// <param name="InDoubtPolicy">What happens to messages without an answer.</param>
/// <param name="ProposedKind">The preset that would fit the URL of a generic server better.</param>
public sealed record ServerDetails(ServerRow Row, ServerSettings? Settings, InDoubtPolicy InDoubtPolicy, ServerKind? ProposedKind);

/// <summary>Shows one sending server.</summary>
public static class ShowServer
{
    public sealed record Request(CustomerId Customer, ServerId Id);

    /// <returns>Null when the server does not exist or belongs to another customer.</returns>
    public static async Task<ServerDetails?> RunAsync(Request request, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var server = await db.Of<SendingServer>(request.Customer).AsNoTracking().SingleOrDefaultAsync(s => s.Id == request.Id, ct);
        if (server is null)
            return null;
        var used = await ListServers.UsedTodayAsync(request.Customer, db, clock, ct);
        var settings = Read(server);
        return new ServerDetails(
            ListServers.Row(server, used.GetValueOrDefault(server.Id.Value), clock.GetUtcNow()),
            settings,
            server.InDoubtPolicy,
            settings is JsonPostSettings generic ? ProviderHosts.Propose(generic.Url) : null
        );
    }

    /// <summary>The settings of a row as they are stored; null when they cannot be read.</summary>
    internal static ServerSettings? Read(SendingServer server)
    {
        try
        {
            return ServerSettings.Parse(server.Kind, server.Settings);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
