using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Estafette.Testing;

/// <summary>What a command of the real program printed and how it ended.</summary>
public sealed record CommandOutcome(int ExitCode, string Output, string Error);

/// <summary>
/// The real program as a process of its own, as an operator starts it: for tests that need its end, its start, or both. It is killed when
/// the test forgets it.
/// </summary>
public sealed class EstafetteProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private EstafetteProcess(string program, string workingDirectory, IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            WorkingDirectory = workingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _process.StandardInput.Close();
    }

    /// <summary>The program that was built together with these tests.</summary>
    public static string BuiltProgram { get; } =
        Repository.File("src", "Estafette", "bin", Repository.Configuration, "net10.0", "estafette");

    /// <summary>Number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Everything it printed so far.</summary>
    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    /// <summary>Runs a command to its end.</summary>
    /// <exception cref="TimeoutException">It did not end within a minute.</exception>
    public static async Task<CommandOutcome> RunAsync(string workingDirectory, params IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(BuiltProgram, args)
        {
            WorkingDirectory = workingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new CommandOutcome(process.ExitCode, await output, await error);
    }

    /// <summary>Starts a command that serves and returns once its readiness page answers.</summary>
    /// <param name="baseAddress">Where it will listen, as its arguments say.</param>
    /// <param name="workingDirectory">Where it is started.</param>
    /// <param name="program">Another program than the built one, such as the published one.</param>
    /// <param name="args">The command line.</param>
    public static async Task<EstafetteProcess> ServeAsync(
        Uri baseAddress,
        string workingDirectory,
        IEnumerable<string> args,
        string? program = null
    )
    {
        var process = new EstafetteProcess(program ?? BuiltProgram, workingDirectory, args);
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = baseAddress };
        try
        {
            await Eventually.TrueAsync(() => process.AnswersAsync(client), Patience);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
        return process;
    }

    /// <summary>Asks it to stop, as Ctrl-C does, and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-INT", Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Ends it without warning, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private async Task<bool> AnswersAsync(HttpClient client)
    {
        if (_process.HasExited)
            throw new InvalidOperationException($"estafette ended with code {_process.ExitCode}: {Said}");
        try
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Note(string? line)
    {
        if (line is null)
            return;
        lock (_said)
            _said.AppendLine(line);
    }
}
