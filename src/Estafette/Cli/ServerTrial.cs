using System.CommandLine;
using Estafette.Core.Channels;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette server test</c>: a real message, with its dialogue.</summary>
internal static class ServerTrial
{
    public static Command Create(CommandTree tree)
    {
        var which = ServerCommand.Which();
        var to = new Option<string>("--to") { Description = "Where the message goes", Required = true };
        var from = new Option<string>("--from") { Description = "Sender address, which the server must accept", Required = true };
        var command = new Command("test", "Send a real message through a server and show the dialogue") { which, to, from };
        tree.WithExamples(command, "estafette server test relay --from news@example.org --to me@example.org");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.ServerAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                var request = new TestServer.Request(customer.Id, id, result.GetRequiredValue(to), result.GetRequiredValue(from));
                var outcome = await TestServer.RunAsync(
                    request,
                    session.Db,
                    session.Get<SenderFactory>(),
                    session.Get<Signals>(),
                    session.Clock,
                    ct
                );
                if (outcome.Value is not { } test)
                    throw new CommandException($"The test was not sent: {outcome.Faults}", ExitCode.Usage);
                return Print(session.Console, test);
            }
        );
    }

    private static int Print(CommandConsole console, ServerTest test)
    {
        if (!console.Json)
            foreach (var line in test.Dialogue)
                console.Out.WriteLine(CommandConsole.Plain(line.ToString()));
        var result = test.Result;
        console.Object(
            new
            {
                test.Succeeded,
                result.Outcome,
                result.Phase,
                result.Code,
                result.Enhanced,
                result.Text,
                result.ProviderId,
                Milliseconds = (long)test.Duration.TotalMilliseconds,
                Dialogue = test.Dialogue.Select(l => l.ToString()),
            },
            ("Result", result.Outcome),
            ("Answer", $"{result.Code} {result.Enhanced} {result.Text}".Trim()),
            ("Message id", result.ProviderId),
            ("Time", test.Duration)
        );
        return test.Succeeded ? ExitCode.Done : ExitCode.Failed;
    }
}
