using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Estafette.Testing;

namespace Estafette.EndToEnd;

/// <summary>What a command of the built program printed and how it ended.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output as JSON.</summary>
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Output);

    /// <summary>The result, when the command succeeded.</summary>
    public CommandResult Succeeded()
    {
        ExitCode.ShouldBe(0, $"{Output}{Environment.NewLine}{Error}");
        return this;
    }
}

/// <summary>
/// The built program with a data directory of its own: commands, and a server that can be started, stopped, killed and started again. The
/// program is the one beside the tests, or the one that ESTAFETTE_PROGRAM names.
/// </summary>
public sealed partial class EstafetteProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CommandWithin = TimeSpan.FromSeconds(120);

    private readonly TemporaryDirectory _directory = new();
    private readonly StringBuilder _log = new();
    private readonly List<Process> _started = [];
    private Process? _server;

    /// <summary>The program under test.</summary>
    public string Program { get; set; } =
        Environment.GetEnvironmentVariable("ESTAFETTE_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "estafette");

    /// <summary>A folder for files of the test; commands run in it.</summary>
    public string Folder => _directory.Path;

    /// <summary>The data directory, inside the folder.</summary>
    public string Data => _directory.File(DataName);

    /// <summary>Name of the data directory.</summary>
    public string DataName { get; init; } = "data";

    /// <summary>Where the running server answers.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Settings flags of every command and server, such as "--Delivery:PollMilliseconds=50".</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Everything the servers have printed so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Process id of the running server.</summary>
    public int ServerId => _server?.Id ?? throw new InvalidOperationException("No server was started.");

    /// <summary>A path inside the folder.</summary>
    public string File(string name) => _directory.File(name);

    /// <summary>Launches a campaign; the warnings it has are accepted by the names that the program tells.</summary>
    public async Task<CommandResult> LaunchAsync(string campaign, params string[] more)
    {
        const string Flag = "--accept-warnings";
        var first = await RunAsync(["campaign", "launch", campaign, .. more]);
        return first.ExitCode == 5
            ? await RunAsync(["campaign", "launch", campaign, .. more, Flag, .. first.Error.Trim().Split(Flag)[^1].Trim().Split(' ')])
            : first;
    }

    /// <summary>Runs a command to its end.</summary>
    public Task<CommandResult> RunAsync(params string[] args) => RunWithInputAsync(null, args);

    /// <summary>Runs a command that reads this text from standard input.</summary>
    public async Task<CommandResult> RunWithInputAsync(string? input, params string[] args)
    {
        using var process = StartCommand(args);
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        return await EndOfAsync(process);
    }

    /// <summary>Starts a command and leaves it running; end it with <see cref="EndOfAsync"/>.</summary>
    public Process StartCommand(params string[] args)
    {
        var start = new ProcessStartInfo(Program, [.. args, "--data", Data, .. Settings])
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        return Process.Start(start)!;
    }

    /// <summary>Waits for the end of a command and takes what it printed.</summary>
    public static async Task<CommandResult> EndOfAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(CommandWithin);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"A command did not end: {await output}{await error}", late);
        }
        return new CommandResult(process.ExitCode, await output, await error);
    }

    /// <summary>Starts the server on a free loopback port and waits until it is ready.</summary>
    public Task StartServerAsync(params string[] flags) => StartServerAsync("serve", flags);

    /// <summary>Starts the server with demo data and waits until it is ready.</summary>
    public Task StartDemoAsync(params string[] flags) => StartServerAsync("demo", flags);

    /// <summary>Asks the server to stop as a service manager does, and waits; its exit code.</summary>
    public async Task<int> StopServerAsync()
    {
        var server = _server ?? throw new InvalidOperationException("No server was started.");
        await SignalAsync(server, "TERM");
        return await EndServerAsync(server);
    }

    /// <summary>Ends the server as a crash does: no code of it runs any more.</summary>
    public async Task KillServerAsync()
    {
        var server = _server ?? throw new InvalidOperationException("No server was started.");
        server.Kill();
        await EndServerAsync(server);
    }

    /// <summary>Sends a signal to a process the test started.</summary>
    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        kill.ExitCode.ShouldBe(0);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync();
            }
            process.Dispose();
        }
        _directory.Dispose();
    }

    private async Task StartServerAsync(string command, string[] flags)
    {
        var process = StartCommand([command, "--urls", "http://127.0.0.1:0", .. flags]);
        _started.Add(process);
        var ready = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) => Take(line.Data, ready);
        process.ErrorDataReceived += (_, line) => Take(line.Data, ready);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _server = process;
        var ended = process.WaitForExitAsync();
        var first = await Task.WhenAny(ready.Task, ended, Task.Delay(StartWithin));
        if (first != ready.Task)
            throw new InvalidOperationException($"The server did not start: {Log}");
        Address = await ready.Task;
    }

    private void Take(string? line, TaskCompletionSource<Uri> ready)
    {
        if (line is null)
            return;
        lock (_log)
            _log.AppendLine(line);
        if (ReadyLine().Match(line) is { Success: true } match)
            ready.TrySetResult(new Uri(match.Groups["url"].Value));
    }

    private async Task<int> EndServerAsync(Process server)
    {
        using var patience = new CancellationTokenSource(StartWithin);
        await server.WaitForExitAsync(patience.Token);
        _server = null;
        return server.ExitCode;
    }

    [GeneratedRegex("is ready at (?<url>http://[^ ,]+)", RegexOptions.CultureInvariant)]
    private static partial Regex ReadyLine();
}
