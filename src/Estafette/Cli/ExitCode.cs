namespace Estafette.Cli;

/// <summary>What a command tells the shell when it ends; documented in docs/cli.md and never renumbered.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Something went wrong, or some of the messages failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong, or names an object that does not exist.</summary>
    public const int Usage = 2;

    /// <summary>Another run holds what the command needs.</summary>
    public const int Busy = 3;

    /// <summary>A setting is wrong; the message names its key.</summary>
    public const int Settings = 4;

    /// <summary>A campaign has warnings that nobody accepted; the message names them.</summary>
    public const int Warnings = 5;

    /// <summary>Interrupted by the user, as shells report it.</summary>
    public const int Interrupted = 130;
}

/// <summary>Ends a command with one sentence for the person at the terminal.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failed) : Exception(message)
{
    /// <summary>The code the process ends with.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>A use case refused its input: all faults, each with its field.</summary>
    public static CommandException Faults(string what, IReadOnlyDictionary<string, string> faults) =>
        new($"{what}: {string.Join(' ', faults.Select(f => $"{f.Key}: {f.Value}"))}", Cli.ExitCode.Usage);

    /// <summary>An object that the command line names does not exist.</summary>
    public static CommandException Unknown(string kind, string given, IEnumerable<string> known, string hint)
    {
        var names = known.Take(20).ToList();
        var list = names.Count == 0 ? hint : $"Known: {string.Join(", ", names)}.";
        return new CommandException($"There is no {kind} '{given}'. {list}", Cli.ExitCode.Usage);
    }
}
