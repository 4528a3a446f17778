using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Estafette.Testing.Antivirus;

/// <summary>A real clamd on loopback that knows one signature, ours: official ones are neither needed nor fetched.</summary>
/// <remarks>Needs the Debian package clamav-daemon.</remarks>
public sealed class ClamdServer : IAsyncDisposable
{
    /// <summary>What the server finds.</summary>
    public const string Poison = "This text is harmless and stands in for a virus in the tests of Estafette.";

    /// <summary>The name it gives to it.</summary>
    public const string Signature = "Estafette.Test";

    /// <summary>Longest stream it takes.</summary>
    public const int MaxStreamBytes = 4 * 1024 * 1024;

    private const string Program = "/usr/sbin/clamd";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private ClamdServer(string folder, int port)
    {
        (_folder, Port) = (folder, port);
        _process = Process.Start(
            new ProcessStartInfo(Program)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = "/",
                ArgumentList = { "-c", Path.Combine(folder, "clamd.conf") },
            }
        )!;
        _process.OutputDataReceived += (_, e) => Note(e.Data);
        _process.ErrorDataReceived += (_, e) => Note(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts a server; it answers when this returns.</summary>
    /// <exception cref="InvalidOperationException">It is absent or did not start; the message says what to install or what it said.</exception>
    public static async Task<ClamdServer> StartAsync()
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException("clamd is not installed; run: apt-get install -y --no-install-recommends clamav-daemon");
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

    private static ClamdServer Prepare()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
        var folder = Directory.CreateTempSubdirectory("estafette-clamd-").FullName;
        // As root it would change to its own user, who must be able to read the folder; it stays root with "User root".
        var poison = Encoding.ASCII.GetBytes(Poison);
        var hash = Convert.ToHexStringLower(SHA256.HashData(poison));
        Directory.CreateDirectory(Path.Combine(folder, "db"));
        // Signatures by hash match whole files.
        File.WriteAllText(Path.Combine(folder, "db", "estafette.hsb"), $"{hash}:{poison.Length}:{Signature}:73\n");
        string[] lines =
        [
            $"DatabaseDirectory {folder}/db",
            "TCPAddr 127.0.0.1",
            $"TCPSocket {port.ToString(CultureInfo.InvariantCulture)}",
            $"StreamMaxLength {MaxStreamBytes.ToString(CultureInfo.InvariantCulture)}",
            $"TemporaryDirectory {folder}",
            "Foreground yes",
            "MaxThreads 2",
            "ConcurrentDatabaseReload no",
            .. Environment.IsPrivilegedProcess ? (string[])["User root"] : [],
        ];
        File.WriteAllLines(Path.Combine(folder, "clamd.conf"), lines);
        return new ClamdServer(folder, port);
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
                await socket.SendAsync("zPING\0"u8.ToArray(), limit.Token);
                var answer = new byte[4];
                if (await socket.ReceiveAsync(answer, limit.Token) == 4 && answer.AsSpan().SequenceEqual("PONG"u8))
                    return;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                await Task.Delay(20);
            }
        }

        lock (_said)
            throw new InvalidOperationException($"clamd did not answer on port {Port}; it said: {_said}");
    }
}
