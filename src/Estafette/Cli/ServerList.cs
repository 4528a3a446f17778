using System.CommandLine;
using Estafette.Core.Channels;

namespace Estafette.Cli;

/// <summary><c>estafette server list</c>.</summary>
internal static class ServerList
{
    public static Command Create(CommandTree tree) =>
        tree.Run(
            new Command("list", "List the sending servers with their health"),
            async (session, _, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                session.Console.List(
                    await ListServers.RunAsync(customer.Id, session.Db, session.Clock, ct),
                    new("id", s => s.Id, Right: true),
                    new("name", s => s.Name),
                    new("kind", s => s.Kind),
                    new("target", s => s.Target),
                    new("health", s => s.Health),
                    new("priority", s => s.Priority, Right: true),
                    new("weight", s => s.Weight, Right: true),
                    new("rate", s => s.RateCount is { } rate ? $"{rate}/{Printing.Text(s.RateUnit)}" : ""),
                    new("today", s => s.DailyMaximum is { } most ? $"{s.UsedToday}/{most}" : $"{s.UsedToday}", Right: true),
                    new("last error", s => s.LastError)
                );
                return ExitCode.Done;
            }
        );
}
