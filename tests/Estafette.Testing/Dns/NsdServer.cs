using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Estafette.Protocols.Dns;

namespace Estafette.Testing.Dns;

/// <summary>A real nsd on loopback that holds the zones given; it answers for them alone and asks nobody.</summary>
/// <remarks>Started with its own configuration, folder and port, as a plain process; needs the Debian package nsd.</remarks>
public sealed class NsdServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/nsd";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string _folder;
    private readonly Process _process;
    private int _serial = 1;

    private NsdServer(string folder, int port, Process process)
    {
        _folder = folder;
        _process = process;
        Port = port;
    }

    /// <summary>Address it listens on.</summary>
    public string Host => "127.0.0.1";

    /// <summary>Port for UDP and TCP.</summary>
    public int Port { get; }

    /// <summary>Address and port.</summary>
    public IPEndPoint EndPoint => new(IPAddress.Loopback, Port);

    /// <summary>Starts a server; it answers for every zone when this returns.</summary>
    /// <param name="zones">
    /// Name of each zone, such as <c>x.test</c>, and its records as a zone file writes them. <c>$ORIGIN</c> and a time to live of 60 s are put
    /// before them, and a SOA and an NS record unless the text has a SOA.
    /// </param>
    /// <exception cref="InvalidOperationException">nsd is absent or did not start; the message holds its log.</exception>
    public static async Task<NsdServer> StartAsync(IDictionary<string, string> zones)
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException("nsd is not installed; run: apt-get install -y --no-install-recommends nsd");
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var folder = Directory.CreateTempSubdirectory("estafette-nsd-").FullName;
            await WriteAsync(folder, port, zones);
            var server = new NsdServer(folder, port, Launch(folder));
            try
            {
                await server.WaitForAnswersAsync(zones.Keys);
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

    /// <summary>Gives a zone other records and waits until the server answers with them.</summary>
    public async Task ChangeAsync(string zone, string records)
    {
        var serial = ++_serial;
        await File.WriteAllTextAsync(
            Path.Combine(_folder, zone + ".zone"),
            $"$ORIGIN {zone}.\n$TTL 60\n@ SOA ns root {serial} 60 60 60 1\n@ NS ns\nns A 127.0.0.1\nserial{serial} A 127.0.0.1\n{records}\n"
        );
        using (var signal = Process.Start("kill", ["-HUP", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await signal.WaitForExitAsync();
        await Eventually.TrueAsync(() => FindsAsync($"serial{serial}.{zone}", DnsRecordType.A));
    }

    /// <summary>Stops the server and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await _process.WaitForExitAsync(limit.Token);
        }
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Process Launch(string folder)
    {
        var start = new ProcessStartInfo(Program) { UseShellExecute = false };
        foreach (var argument in (string[])["-d", "-c", Path.Combine(folder, "nsd.conf")])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)udp.LocalEndPoint!).Port;
    }

    private static async Task WriteAsync(string folder, int port, IDictionary<string, string> zones)
    {
        var configuration = $"""
            server:
              ip-address: 127.0.0.1@{port}
              username: ""
              chroot: ""
              zonesdir: "{folder}"
              pidfile: "{folder}/nsd.pid"
              database: ""
              xfrdfile: "{folder}/xfrd"
              zonelistfile: "{folder}/zones"
              xfrdir: "{folder}"
              logfile: "{folder}/nsd.log"
              server-count: 1
            remote-control:
              control-enable: no

            """;
        foreach (var (name, text) in zones)
        {
            configuration += $"zone:\n  name: {name}\n  zonefile: {name}.zone\n";
            var hasSoa = text.Contains(" SOA ", StringComparison.OrdinalIgnoreCase);
            var head = hasSoa ? "" : "@ SOA ns root 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n";
            await File.WriteAllTextAsync(Path.Combine(folder, name + ".zone"), $"$ORIGIN {name}.\n$TTL 60\n{head}{text}\n");
        }
        await File.WriteAllTextAsync(Path.Combine(folder, "nsd.conf"), configuration);
    }

    private async Task WaitForAnswersAsync(IEnumerable<string> zones)
    {
        var began = TimeProvider.System.GetTimestamp();
        foreach (var zone in zones)
        {
            while (!await FindsAsync(zone, DnsRecordType.Soa))
            {
                if (_process.HasExited || TimeProvider.System.GetElapsedTime(began) > StartLimit)
                    throw new InvalidOperationException($"nsd does not answer for {zone} on port {Port}. Its log: {Log()}");
                await Task.Delay(20);
            }
        }
    }

    private async Task<bool> FindsAsync(string name, DnsRecordType type)
    {
        var options = new DnsClientOptions
        {
            Resolvers = [EndPoint],
            Rounds = 1,
            MaxKept = 0,
        };
        return (await new DnsClient(options).LookupAsync(name, type, CancellationToken.None)).Outcome == DnsOutcome.Found;
    }

    private string Log()
    {
        var log = Path.Combine(_folder, "nsd.log");
        return File.Exists(log) ? string.Join('\n', File.ReadAllLines(log).TakeLast(5)) : "none";
    }
}
