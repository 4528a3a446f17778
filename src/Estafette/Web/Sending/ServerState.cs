using Estafette.Core.Channels;

namespace Estafette.Web;

/// <summary>The state of a sending server in one word for the status chip.</summary>
internal static class ServerState
{
    public static string Of(SendingServer server, DateTimeOffset now) =>
        !server.Active ? "off"
        : server.NeedsCheck ? "to-check"
        : server.BreakerOpenUntil > now ? "broken"
        : "on";
}
