using System.CommandLine;
using Estafette.Core.Channels;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette server on</c> and <c>off</c>.</summary>
internal static class ServerSwitch
{
    private sealed record Switched(long Id, bool Active);

    public static Command CreateOn(CommandTree tree) => Create(tree, "on", "Use a sending server again", active: true);

    public static Command CreateOff(CommandTree tree) => Create(tree, "off", "Stop using a sending server", active: false);

    private static Command Create(CommandTree tree, string name, string description, bool active)
    {
        var which = ServerCommand.Which();
        return tree.Run(
            new Command(name, description) { which },
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var given = result.GetRequiredValue(which);
                var id = await Lookup.ServerAsync(session.Db, customer.Id, given, ct);
                await SwitchServer.RunAsync(new(customer.Id, id, active), session.Db, session.Get<Signals>(), session.Clock, ct);
                await session.AuditAsync(customer.Id, active ? "server.on" : "server.off", $"server {id}", ct);
                session.Console.Done(new Switched(id.Value, active), $"Sending server {given} is {(active ? "on" : "off")}.");
                return ExitCode.Done;
            }
        );
    }
}
