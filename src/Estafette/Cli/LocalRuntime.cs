using Estafette.Cli.Control;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary>
/// Runs a command in this process when the data directory is free, and hands it to the running server through its control socket when
/// the server holds the directory.
/// </summary>
internal sealed class LocalRuntime(CommandConsole console, IReadOnlyList<string> args, SettingFlags flags) : ICommandRuntime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public CommandConsole Console { get; } = console;

    public Task<int> RunAloneAsync(AloneCommand command, CancellationToken ct) => command.Body(new AloneSession(Console, flags), ct);

    public async Task<int> RunAsync(DataCommand command, CancellationToken ct)
    {
        var configuration = new ConfigurationManager();
        CommandSettings.Fill(configuration, command.Result, command.Globals, flags);
        var data = OptionRecords.Read<DataOptions>(configuration, DataOptions.Section);
        var database = OptionRecords.Read<DatabaseOptions>(configuration, DatabaseOptions.Section);
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (!command.Creates)
                RefuseEmpty(data, database);
            try
            {
                using var held = DataDirectory.Open(data);
                return await RunHereAsync(command, configuration, ct);
            }
            catch (DataDirectoryInUseException)
            {
                if (await ControlClient.TryRunAsync(held: data, args, flags, Console, ct) is { } code)
                    return code;
                if (!command.Waits && TimeProvider.System.GetElapsedTime(began) > Patience)
                    throw new CommandException(
                        $"Another Estafette command works on the data directory '{Path.GetFullPath(data.Directory)}'. Try again when it has ended.",
                        ExitCode.Busy
                    );
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
        }
    }

    private async Task<int> RunHereAsync(DataCommand command, ConfigurationManager configuration, CancellationToken ct)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        var level = command.Result.GetValue(command.Globals.Verbose) ? LogLevel.Information : LogLevel.Error;
        services.AddLogging(log => log.SetMinimumLevel(level).AddSimpleConsole(line => line.SingleLine = true));
        services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        services.AddEstafette(configuration);
        CommandSettings.RefuseUnknown(configuration, services);
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var store = provider.GetRequiredService<Store>();
        var logger = provider.GetRequiredService<ILogger<DatabaseLock>>();
        await using var held = await DatabaseLock.TakeAsync(store, stop.Cancel, logger, ct);
        await Migrator.RunAsync(store, stop.Token);
        await AfterRestore.RunAsync(store, provider.GetRequiredService<DataOptions>(), TimeProvider.System, stop.Token);
        await using var scope = provider.CreateAsyncScope();
        return await command.Body(
            new CommandSession(scope.ServiceProvider, Console, command.Result, command.Globals) { InServer = false },
            stop.Token
        );
    }

    private static void RefuseEmpty(DataOptions data, DatabaseOptions database)
    {
        var directory = Path.GetFullPath(data.Directory);
        if (database.Kind == DatabaseKind.Sqlite && !File.Exists(Path.Combine(directory, "estafette.db")))
            throw new CommandException(
                $"There is no Estafette data in '{directory}'. Name another directory with --data, or create it with 'estafette migrate' or 'estafette serve'.",
                ExitCode.Usage
            );
    }
}
