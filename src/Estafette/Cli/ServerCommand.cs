using System.CommandLine;

namespace Estafette.Cli;

/// <summary><c>estafette server</c>: the ways out.</summary>
internal static class ServerCommand
{
    public static Command Create(CommandTree tree) =>
        new("server", "Sending servers")
        {
            ServerAdd.Create(tree),
            ServerList.Create(tree),
            ServerTrial.Create(tree),
            ServerSwitch.CreateOn(tree),
            ServerSwitch.CreateOff(tree),
        };

    public static Argument<string> Which() => new("SERVER") { Description = "Sending server by id or name" };
}
