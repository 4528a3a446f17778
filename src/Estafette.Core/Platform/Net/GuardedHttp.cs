using System.Net;
using System.Net.Sockets;

namespace Estafette.Core.Platform.Net;

/// <summary>HTTP connections to places named by users: each address is judged by <see cref="AddressGuard"/>, then that very address is used.</summary>
public static class GuardedHttp
{
    /// <summary>A handler without redirects, proxy, cookies or decompression, whose connections are guarded.</summary>
    public static SocketsHttpHandler CreateHandler(NetworkOptions network, bool allowPrivate, int connections) =>
        new()
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = connections,
            ConnectTimeout = network.ConnectTimeout,
            Expect100ContinueTimeout = TimeSpan.Zero,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxResponseHeadersLength = 64,
            MaxResponseDrainSize = 64 * 1024,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            ConnectCallback = (context, ct) =>
                ConnectAsync(context.DnsEndPoint, network, allowPrivate && network.AllowPrivateAddresses, ct),
        };

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, NetworkOptions network, bool allowPrivate, CancellationToken ct)
    {
        var found = IPAddress.TryParse(target.Host.Trim('[', ']'), out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(target.Host, ct);
        var allowed = found.Where(a => AddressGuard.Allows(a, allowPrivate) && PortAllowed(a, target.Port, network)).ToArray();
        if (allowed.Length == 0)
            throw new AddressRefusedException(target.Host, target.Port, found);
        for (var i = 0; ; i++)
        {
            var socket = new Socket(allowed[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(allowed[i], target.Port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i + 1 < allowed.Length)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private static bool PortAllowed(IPAddress address, int port, NetworkOptions network) =>
        AddressGuard.Judge(address) == AddressReach.Private || network.AllowsHttpPort(port);
}

/// <summary>A name leads only to addresses, or a port, that this installation does not connect to.</summary>
public sealed class AddressRefusedException(string host, int port, IReadOnlyCollection<IPAddress> found)
    : IOException(
        found.Count == 0
            ? $"Connecting to {host}:{port}: the name has no address."
            : $"Connecting to {host}:{port}: {string.Join(", ", found.Take(3))} is not an address that may be used. "
                + "For a server in your own network, allow private addresses on the sending server and with Network:AllowPrivateAddresses; "
                + "for another port, add it to Network:HttpPorts."
    );
