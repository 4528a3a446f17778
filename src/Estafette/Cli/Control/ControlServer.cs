using System.Net.Sockets;
using Estafette.Core.Platform;

namespace Estafette.Cli.Control;

/// <summary>
/// Runs commands inside the server for callers on this machine. Several at once, a bounded number of them; a caller that is slow, silent
/// or gone costs its own command and nothing else.
/// </summary>
internal sealed class ControlServer(DataOptions data, IServiceProvider services, ILogger<ControlServer> log) : BackgroundService
{
    private const int MaxCommands = 16;

    private readonly Lock _guard = new();
    private readonly HashSet<Task> _running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var path = ControlSocket.PathIn(data);
        Socket listener;
        try
        {
            listener = ControlSocket.Listen(path);
        }
        catch (Exception failure) when (failure is SocketException or IOException or UnauthorizedAccessException)
        {
            Log.NoControlSocket(log, path, failure);
            return;
        }
        using (listener)
            await AcceptAsync(listener, stoppingToken);
        File.Delete(path);
        await Task.WhenAll(Running());
    }

    private async Task AcceptAsync(Socket listener, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                Track(await listener.AcceptAsync(ct), ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested) { }
            catch (SocketException failure)
            {
                // Out of descriptors, or a caller gone before it was accepted.
                Log.ControlAcceptFailed(log, failure);
                await Task.Delay(TimeSpan.FromMilliseconds(200), ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Track(Socket socket, CancellationToken ct)
    {
        lock (_guard)
        {
            var busy = _running.Count >= MaxCommands;
            var task = Task.Run(() => RunAsync(socket, busy, ct), CancellationToken.None);
            _running.Add(task);
            _ = task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private void Forget(Task task)
    {
        lock (_guard)
            _running.Remove(task);
    }

    private Task[] Running()
    {
        lock (_guard)
            return [.. _running];
    }

    // Top of the loop of one caller: whatever goes wrong ends its connection only.
    private async Task RunAsync(Socket socket, bool busy, CancellationToken ct)
    {
        using var owned = socket;
        try
        {
            await using var connection = new ControlConnection(socket, services);
            await connection.RunAsync(busy, ct);
        }
        catch (Exception failure) when (failure is IOException or SocketException or InvalidDataException or OperationCanceledException)
        {
            Log.ControlCallerGone(log, failure.Message);
        }
        catch (Exception failure)
        {
            Log.ControlFailed(log, failure);
        }
    }
}

/// <summary>What the command door writes to the log.</summary>
internal static partial class Log
{
    [LoggerMessage(9001, LogLevel.Warning, "Commands cannot reach this server: the control socket {Path} could not be opened")]
    public static partial void NoControlSocket(ILogger logger, string path, Exception failure);

    [LoggerMessage(9002, LogLevel.Warning, "Accepting a caller of the control socket failed")]
    public static partial void ControlAcceptFailed(ILogger logger, Exception failure);

    [LoggerMessage(9003, LogLevel.Debug, "A caller of the control socket is gone: {Reason}")]
    public static partial void ControlCallerGone(ILogger logger, string reason);

    [LoggerMessage(9004, LogLevel.Error, "A command of the control socket failed")]
    public static partial void ControlFailed(ILogger logger, Exception failure);

    [LoggerMessage(9005, LogLevel.Information, "Command '{Command}' ended with {ExitCode}")]
    public static partial void CommandEnded(ILogger logger, string command, int exitCode);
}
