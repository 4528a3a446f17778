namespace Estafette.Cli;

/// <summary>The command line.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(25);

    public static async Task<int> RunAsync(string[] args)
    {
        var console = LocalConsole.Create();
        try
        {
            var flags = SettingFlags.TakeFrom(args);
            var tree = new CommandTree(new LocalRuntime(console, flags.Rest, flags));
            return await tree.InvokeAsync(flags.Rest, StopWithin, CancellationToken.None);
        }
        catch (CommandException wrong)
        {
            console.Note($"estafette: {wrong.Message}");
            return wrong.ExitCode;
        }
    }
}
