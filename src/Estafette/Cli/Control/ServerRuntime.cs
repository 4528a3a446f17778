namespace Estafette.Cli.Control;

/// <summary>Runs a command inside the server, with services of its own scope.</summary>
internal sealed class ServerRuntime(CommandConsole console, IServiceProvider services) : ICommandRuntime
{
    public CommandConsole Console { get; } = console;

    public async Task<int> RunAsync(DataCommand command, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await command.Body(
            new CommandSession(scope.ServiceProvider, Console, command.Result, command.Globals) { InServer = true },
            ct
        );
    }

    public Task<int> RunAloneAsync(AloneCommand command, CancellationToken ct) =>
        throw new CommandException("This command does not run inside a server.", ExitCode.Usage);
}
