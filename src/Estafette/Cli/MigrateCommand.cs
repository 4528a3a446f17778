using System.CommandLine;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette migrate</c>: creates the database or brings it up to date.</summary>
internal static class MigrateCommand
{
    private sealed record Row(string Database, int Migrations, bool UpToDate);

    public static Command Create(CommandTree tree)
    {
        var command = new Command("migrate", "Create the database or bring it up to date");
        tree.WithExamples(command, "estafette migrate --data /var/lib/estafette");
        return tree.Run(command, (session, _, _) => Task.FromResult(Run(session)), creates: true);
    }

    // Every command migrates when it opens the data directory; what is left is to say so.
    private static int Run(CommandSession session)
    {
        if (session.InServer)
            throw new CommandException(
                "A server runs on this data directory: it brought the database up to date when it started. To migrate by hand, stop it first.",
                ExitCode.Busy
            );
        var kind = session.Get<Store>().Kind;
        var count = Migrator.Names(kind).Count;
        session.Console.Done(new Row($"{kind}", count, true), $"The {kind} database is up to date ({count} migrations).");
        return ExitCode.Done;
    }
}
