using System.CommandLine;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette backup</c> and <c>estafette restore</c>.</summary>
internal static class BackupCommand
{
    private sealed record Made(string File, long Bytes, int Files, string Database, DateTimeOffset CreatedAt);

    private sealed record Restored(string Directory, int Files, DateTimeOffset CreatedAt, int PausedCampaigns, string? PostgresDump);

    public static Command CreateBackup(CommandTree tree)
    {
        var file = new Argument<string>("FILE") { Description = "Archive to write, such as estafette-2026-05-04.tar.gz" };
        var force = new Option<bool>("--force") { Description = "Overwrite the file" };
        var command = new Command("backup", "Back up database, keys, journals and imports into one file, also while the server runs")
        {
            file,
            force,
        };
        tree.WithExamples(command, "estafette backup /backup/estafette-$(date +%F).tar.gz");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var target = session.Console.PathOf(result.GetRequiredValue(file));
                var request = new CreateBackupRequest(target, result.GetValue(force));
                var manifest = await Core.Platform.CreateBackup.RunAsync(
                    request,
                    session.Get<Store>(),
                    session.Get<DataOptions>(),
                    session.Clock,
                    ct
                );
                var bytes = new FileInfo(target).Length;
                session.Console.Done(
                    new Made(target, bytes, manifest.Files.Count, manifest.Database, manifest.CreatedAt),
                    $"{target} holds {manifest.Files.Count} files ({bytes / 1024 / 1024.0:0.0} MB). It contains the key ring: keep it as safe as the data."
                );
                return ExitCode.Done;
            }
        );
    }

    public static Command CreateRestore(CommandTree tree)
    {
        var file = new Argument<string>("FILE") { Description = "Archive that 'estafette backup' wrote" };
        var command = new Command("restore", "Restore a backup into an empty data directory") { file };
        tree.WithExamples(command, "estafette restore /backup/estafette-2026-05-04.tar.gz --data /var/lib/estafette");
        return tree.RunAlone(
            command,
            (session, result, ct) => RestoreAsync(tree.Globals, session, result, result.GetRequiredValue(file), ct)
        );
    }

    private static async Task<int> RestoreAsync(
        GlobalOptions globals,
        AloneSession session,
        ParseResult result,
        string file,
        CancellationToken ct
    )
    {
        var configuration = new ConfigurationManager();
        CommandSettings.Fill(configuration, result, globals, session.Flags);
        var data = OptionRecords.Read<DataOptions>(configuration, DataOptions.Section);
        if (DataDirectory.IsInUse(data))
            throw new CommandException("A server runs on this data directory. Stop it, and restore into an empty one.", ExitCode.Busy);
        var directory = Path.GetFullPath(data.Directory);
        var restored = await RestoreBackup.RunAsync(session.Console.PathOf(file), directory, ct);
        if (restored.PausedCampaigns > 0)
            session.Console.Note(
                $"{restored.PausedCampaigns} campaigns were running when the backup was made; they are paused. What they sent afterwards is not in it: look before you resume them."
            );
        if (restored.PostgresDump is { } dump)
        {
            session.Console.Note($"Load the database into an empty one with: pg_restore --no-owner --dbname=DATABASE {dump}");
            session.Console.Note("Campaigns that were running in it are paused when a server first starts with this directory.");
        }
        var manifest = restored.Manifest;
        session.Console.Done(
            new Restored(directory, manifest.Files.Count, manifest.CreatedAt, restored.PausedCampaigns, restored.PostgresDump),
            $"{directory} holds the state of {Printing.Text(manifest.CreatedAt)}, {manifest.Files.Count} files checked."
        );
        return ExitCode.Done;
    }
}
