using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Estafette.Cli;

/// <summary>Where a command runs: in a process of its own, or inside the running server.</summary>
internal interface ICommandRuntime
{
    CommandConsole Console { get; }

    /// <summary>Runs a command on the data directory.</summary>
    Task<int> RunAsync(DataCommand command, CancellationToken ct);

    /// <summary>Runs a command that needs no data: serve, restore, config.</summary>
    Task<int> RunAloneAsync(AloneCommand command, CancellationToken ct);
}

/// <summary>A parsed command and what it does with the data.</summary>
internal sealed record DataCommand(ParseResult Result, GlobalOptions Globals, Func<CommandSession, CancellationToken, Task<int>> Body)
{
    /// <summary>It creates the database when there is none; other commands say that there is none.</summary>
    public bool Creates { get; init; }

    /// <summary>It keeps trying while another command holds the data directory.</summary>
    public bool Waits { get; init; }
}

/// <summary>A parsed command that opens nothing by itself.</summary>
internal sealed record AloneCommand(ParseResult Result, GlobalOptions Globals, Func<AloneSession, CancellationToken, Task<int>> Body);

/// <summary>What a command without data works with.</summary>
internal sealed record AloneSession(CommandConsole Console, SettingFlags Flags);

/// <summary>All commands, their options, their help: the same tree in the process of the caller and in the server.</summary>
internal sealed class CommandTree
{
    private readonly ICommandRuntime _runtime;
    private readonly Dictionary<Command, string> _examples = [];

    public CommandTree(ICommandRuntime runtime)
    {
        _runtime = runtime;
        Root = new RootCommand("Estafette sends campaigns and messages and says what became of every one of them.");
        foreach (var option in (Option[])[Globals.Data, Globals.Config, Globals.Customer, Globals.Json, Globals.Verbose])
            Root.Options.Add(option);
        Add(ServeCommand.Create(this), ServeCommand.CreateDemo(this), MigrateCommand.Create(this), ConfigCommand.Create(this));
        Add(UserCommand.Create(this), CustomerCommand.Create(this), CertCommand.Create(this));
        Add(ListCommand.Create(this), ContactsCommand.Create(this));
        Add(ServerCommand.Create(this), CampaignCommand.Create(this), QueueCommand.Create(this));
        Add(AutomationCommand.Create(this));
        Add(StatisticsCommand.Create(this));
        Add(InspectCommand.Create(this));
        Add(BackupCommand.CreateBackup(this), BackupCommand.CreateRestore(this));
        Add([.. QueueCommand.CreateAliases(this)]);
        foreach (var help in Root.Options.OfType<HelpOption>().ToList())
            help.Action = new HelpWithExamples((HelpAction)help.Action!, _examples);
    }

    public RootCommand Root { get; }

    public GlobalOptions Globals { get; } = new();

    /// <summary>Gives a command its examples, shown at the end of its help.</summary>
    public Command WithExamples(Command command, params string[] lines)
    {
        _examples[command] = string.Join(Environment.NewLine, lines.Select(l => "  " + l));
        return command;
    }

    /// <summary>Gives a command its work on the data.</summary>
    public Command Run(
        Command command,
        Func<CommandSession, ParseResult, CancellationToken, Task<int>> body,
        bool creates = false,
        Func<ParseResult, bool>? waits = null
    )
    {
        command.SetAction(
            (result, ct) =>
                _runtime.RunAsync(
                    new DataCommand(result, Globals, (session, stop) => body(session, result, stop))
                    {
                        Creates = creates,
                        Waits = waits?.Invoke(result) ?? false,
                    },
                    ct
                )
        );
        return command;
    }

    /// <summary>Gives a command its work apart from the data.</summary>
    public Command RunAlone(Command command, Func<AloneSession, ParseResult, CancellationToken, Task<int>> body)
    {
        command.SetAction(
            (result, ct) => _runtime.RunAloneAsync(new AloneCommand(result, Globals, (session, stop) => body(session, result, stop)), ct)
        );
        return command;
    }

    /// <summary>Parses and runs; every failure becomes one sentence on standard error and an exit code.</summary>
    public async Task<int> InvokeAsync(IReadOnlyList<string> args, TimeSpan stopWithin, CancellationToken ct)
    {
        var console = _runtime.Console;
        var result = Root.Parse(Meant(args), new ParserConfiguration { ResponseFileTokenReplacer = null });
        console.Json = result.GetValue(Globals.Json);
        var verbose = result.GetValue(Globals.Verbose);
        if (result.Errors.Count > 0 && result.Action is not HelpWithExamples)
        {
            foreach (var error in result.Errors)
                console.Note($"estafette: {error.Message}");
            console.Note($"See '{PathOf(result.CommandResult.Command)} --help'.");
            return ExitCode.Usage;
        }
        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = console.Out,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = stopWithin > TimeSpan.Zero ? stopWithin : null,
            };
            return await result.InvokeAsync(configuration, ct);
        }
        catch (Exception failure)
        {
            var (message, exitCode) = Failure.Describe(failure);
            console.Note($"estafette: {message}");
            if (verbose)
                await console.Error.WriteLineAsync(failure.ToString());
            return exitCode;
        }
    }

    private void Add(params Command[] commands)
    {
        foreach (var command in commands)
            Root.Subcommands.Add(command);
    }

    /// <summary>No words ask for help; "list list" is "list", since the parser allows no command inside one of its own name.</summary>
    private List<string> Meant(IReadOnlyList<string> args)
    {
        var meant = args.Count == 0 ? ["--help"] : args.ToList();
        var first = meant.FindIndex(a => Root.Subcommands.Any(c => c.Name == a));
        if (first >= 0 && first + 1 < meant.Count && meant[first] == ListCommand.Name && meant[first + 1] == ListCommand.Name)
            meant.RemoveAt(first + 1);
        return meant;
    }

    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "estafette";

    private sealed class HelpWithExamples(HelpAction help, Dictionary<Command, string> examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            if (!examples.TryGetValue(parseResult.CommandResult.Command, out var lines))
                return code;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            output.WriteLine(lines);
            output.WriteLine();
            return code;
        }
    }
}
