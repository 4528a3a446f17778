using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafette.Testing.Spam;

/// <summary>A real spamd on loopback with the rules of its package: no network tests, no learning, no user preferences.</summary>
/// <remarks>Needs the Debian packages spamassassin and spamd. Two children; nothing leaves the machine.</remarks>
public sealed class SpamdServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private SpamdServer(string folder, int port)
    {
        _folder = folder;
        Port = port;
        var start = new ProcessStartInfo("/usr/sbin/spamd")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        string[] options =
        [
            "--local",
            $"--siteconfigpath={folder}",
            "--nouser-config",
            "--max-children=2",
            "--min-children=1",
            "--listen=127.0.0.1",
            $"--port={port}",
            $"--helper-home-dir={Path.Combine(folder, "home")}",
            "--syslog=stderr",
        ];
        foreach (var option in options)
            start.ArgumentList.Add(option);
        if (Environment.IsPrivilegedProcess)
            start.ArgumentList.Add("--username=nobody");
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Note(e.Data);
        _process.ErrorDataReceived += (_, e) => Note(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts a server; it answers when this returns.</summary>
    /// <exception cref="InvalidOperationException">It is absent or did not start; the message says what to install or what it said.</exception>
    public static async Task<SpamdServer> StartAsync()
    {
        if (!File.Exists("/usr/sbin/spamd"))
        {
            throw new InvalidOperationException(
                "spamd is not installed; run: apt-get install -y --no-install-recommends spamassassin spamd"
            );
        }

        for (var attempt = 1; ; attempt++)
        {
            var server = Prepare();
            try
            {
                await server.WaitForAnswerAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                // The free port may have been taken in between.
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Stops it and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static SpamdServer Prepare()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
        var folder = Directory.CreateTempSubdirectory("estafette-spamd-").FullName;
        // Its children run as another user.
        Directory.CreateDirectory(Path.Combine(folder, "home"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)0x1ED); // 0755
        File.WriteAllText(
            Path.Combine(folder, "local.cf"),
            "use_bayes 0\nuse_razor2 0\nuse_pyzor 0\nskip_rbl_checks 1\ndns_available no\n"
        );
        foreach (var file in Directory.GetFiles("/etc/spamassassin", "*.pre"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return new SpamdServer(folder, port);
    }

    private void Note(string? line)
    {
        lock (_said)
            _said.AppendLine(line);
    }

    private async Task WaitForAnswerAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!_process.HasExited && TimeProvider.System.GetElapsedTime(began) < StartLimit)
        {
            try
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port), limit.Token);
                await socket.SendAsync("PING SPAMC/1.5\r\n\r\n"u8.ToArray(), limit.Token);
                socket.Shutdown(SocketShutdown.Send);
                var answer = new byte[5];
                if (await socket.ReceiveAsync(answer, limit.Token) == 5 && answer.AsSpan().SequenceEqual("SPAMD"u8))
                    return;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                await Task.Delay(20);
            }
        }

        lock (_said)
            throw new InvalidOperationException($"spamd did not answer on port {Port}; it said: {_said}");
    }
}
