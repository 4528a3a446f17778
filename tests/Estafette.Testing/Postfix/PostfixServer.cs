using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Estafette.Testing.Smtp;

namespace Estafette.Testing.Postfix;

/// <summary>A real Postfix on loopback: STARTTLS, every address of y.test into one maildir, full@ 452 4.2.2, nobody@ 550 5.1.1.</summary>
/// <remarks>
/// Started with its own configuration, queue and port, as a plain process; needs root and the Debian packages postfix and passwd. No DNS is
/// asked and nothing leaves the machine.
/// </remarks>
public sealed class PostfixServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string _folder;

    private PostfixServer(string folder, int port, X509Certificate2 certificate)
    {
        _folder = folder;
        Port = port;
        Certificate = certificate;
    }

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Certificate it offers with STARTTLS, for localhost and mx.y.test.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Folder where each accepted message becomes a file.</summary>
    public string Inbox => Path.Combine(_folder, "mail", "all", "new");

    /// <summary>Absolute folder of the configuration, for <c>postfix -c</c>.</summary>
    public string ConfigurationFolder => Path.Combine(_folder, "etc");

    /// <summary>Starts a server; it greets when this returns.</summary>
    /// <param name="settings">Further lines of main.cf.</param>
    /// <exception cref="InvalidOperationException">Postfix is absent or did not start; the message says what to install or where to look.</exception>
    public static async Task<PostfixServer> StartAsync(params string[] settings)
    {
        if (!File.Exists("/usr/sbin/postfix"))
        {
            throw new InvalidOperationException("Postfix is not installed; run: apt-get install -y --no-install-recommends postfix");
        }

        if (!Environment.IsPrivilegedProcess)
        {
            throw new InvalidOperationException("Starting Postfix needs root, since it changes to its own users; run the tests as root.");
        }

        await PostfixFiles.AddUserAsync();
        for (var attempt = 1; ; attempt++)
        {
            var server = await PrepareAsync(settings);
            try
            {
                var (code, said) = await PostfixFiles.RunAsync("postfix", "-c", server.ConfigurationFolder, "start");
                await server.WaitForGreetingAsync(code, said);
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

    /// <summary>Waits until the maildir holds this many messages and gives them, oldest first.</summary>
    /// <exception cref="TimeoutException">They did not come in time.</exception>
    public async Task<IReadOnlyList<byte[]>> WaitForMailAsync(int count, TimeSpan? limit = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var files = Directory.Exists(Inbox) ? Directory.GetFiles(Inbox) : [];
            if (files.Length >= count)
            {
                return [.. files.OrderBy(File.GetLastWriteTimeUtc).Select(File.ReadAllBytes)];
            }

            if (TimeProvider.System.GetElapsedTime(began) > (limit ?? StartLimit))
            {
                throw new TimeoutException($"Postfix delivered {files.Length} messages into {Inbox}, not {count}.");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>The messages that have come so far, as text.</summary>
    public IReadOnlyList<string> Messages() => Directory.Exists(Inbox) ? [.. Directory.GetFiles(Inbox).Select(File.ReadAllText)] : [];

    /// <summary>Hands a message over as a program on the same machine does, with sendmail.</summary>
    public async Task SubmitAsync(string from, string to, string message)
    {
        var file = Path.Combine(_folder, Path.GetRandomFileName());
        await File.WriteAllTextAsync(file, message.ReplaceLineEndings("\n"));
        var command = $"/usr/sbin/sendmail -C '{ConfigurationFolder}' -i -f '{from}' -- '{to}' < '{file}'";
        var (code, said) = await PostfixFiles.RunAsync("sh", "-c", command);
        if (code != 0)
            throw new InvalidOperationException($"sendmail ended with {code}: {said}");
    }

    /// <summary>Stops the server, by its process id when it does not listen, and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        var pidFile = Path.Combine(_folder, "queue", "pid", "master.pid");
        if (File.Exists(pidFile))
        {
            // The master keeps a lock on this file, which .NET would refuse to read through.
            var id = int.Parse((await PostfixFiles.RunAsync("cat", pidFile)).Output);
            var (code, _) = await PostfixFiles.RunAsync("postfix", "-c", ConfigurationFolder, "stop");
            await EndAsync(id, stopping: code == 0);
        }

        Certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task EndAsync(int id, bool stopping)
    {
        try
        {
            using var master = Process.GetProcessById(id);
            if (master.ProcessName != "master")
            {
                return;
            }

            if (!stopping)
            {
                master.Kill(entireProcessTree: true);
            }

            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await master.WaitForExitAsync(limit.Token);
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
    }

    private static async Task<PostfixServer> PrepareAsync(string[] settings)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
        var folder = Directory.CreateTempSubdirectory("estafette-postfix-").FullName;
        var certificate = TestCertificate.Create("mx.y.test");
        await PostfixFiles.WriteAsync(folder, port, certificate, settings);
        return new PostfixServer(folder, port, certificate);
    }

    /// <summary>A sick Postfix takes connections and never greets, so only the greeting counts.</summary>
    private async Task WaitForGreetingAsync(int code, string said)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (code == 0 && TimeProvider.System.GetElapsedTime(began) < StartLimit)
        {
            try
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port), limit.Token);
                var greeting = new byte[4];
                if (await socket.ReceiveAsync(greeting, SocketFlags.None, limit.Token) == 4 && greeting.AsSpan().SequenceEqual("220 "u8))
                {
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                await Task.Delay(20);
            }
        }

        var log = Path.Combine(_folder, "queue", "mail.log");
        var tail = File.Exists(log) ? string.Join('\n', (await File.ReadAllLinesAsync(log)).TakeLast(5)) : "no log";
        throw new InvalidOperationException(
            $"Postfix did not greet on port {Port} (start returned {code}: {said.Trim()}). Its log: {tail}"
        );
    }
}
