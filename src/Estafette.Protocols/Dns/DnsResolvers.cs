using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Estafette.Protocols.Dns;

/// <summary>Addresses of resolvers: those of the system, and those of a setting.</summary>
public static class DnsResolvers
{
    /// <summary>Port of a resolver when none is said (RFC 1035 §4.2).</summary>
    public const int DefaultPort = 53;

    private const string SystemFile = "/etc/resolv.conf";

    /// <summary>Resolvers of the system, in their order: the <c>nameserver</c> lines of resolv.conf(5).</summary>
    /// <param name="path">The file; null for /etc/resolv.conf.</param>
    /// <returns>At least one: without a readable file or line, the resolver of this machine (127.0.0.1), as resolv.conf(5) says.</returns>
    public static IReadOnlyList<IPEndPoint> FromSystem(string? path = null)
    {
        try
        {
            return FromLines(File.ReadLines(path ?? SystemFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return FromLines([]);
        }
    }

    /// <summary>Reads a setting: IP addresses, each perhaps with a port, separated by commas, semicolons or white space.</summary>
    /// <param name="setting">Such as <c>192.0.2.1, 127.0.0.1:5353, [::1]:53</c>. Host names are refused: looking them up needs a resolver.</param>
    /// <exception cref="FormatException">One of them is no address; the message names it.</exception>
    public static IReadOnlyList<IPEndPoint> Parse(string setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        var words = setting.Split([',', ';', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return
        [
            .. words.Select(word =>
                TryParse(word, out var resolver)
                    ? resolver!
                    : throw new FormatException(
                        $"Reading the addresses of resolvers: '{word}' is none; write 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53."
                    )
            ),
        ];
    }

    /// <summary>Reads one address, with or without a port (1 to 65,535, default 53); an IPv6 address with a port stands in brackets.</summary>
    public static bool TryParse(string? text, out IPEndPoint? resolver)
    {
        resolver = null;
        var host = (text ?? "").Trim();
        var port = DefaultPort;
        var colon = host.LastIndexOf(':');
        // One colon is a port; several are an IPv6 address, with a port only behind a bracket.
        if (colon >= 0 && (host.IndexOf(':') == colon || host[..colon].EndsWith(']')))
        {
            var digits = host.AsSpan(colon + 1);
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > ushort.MaxValue)
                return false;
            host = host[..colon];
        }
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (bracketed)
            host = host[1..^1];
        if (!IPAddress.TryParse(host, out var address))
            return false;
        var isIpv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        // IPAddress reads "1" and "0x7f.1" too.
        if (bracketed ? !isIpv6 : !isIpv6 && address.ToString() != host)
            return false;
        resolver = new IPEndPoint(address, port);
        return true;
    }

    private static IReadOnlyList<IPEndPoint> FromLines(IEnumerable<string> lines)
    {
        var found = new List<IPEndPoint>();
        foreach (var line in lines)
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", var word, ..] && IPAddress.TryParse(word, out var address))
                found.Add(new IPEndPoint(address, DefaultPort));
        }
        return found.Count > 0 ? found : [new IPEndPoint(IPAddress.Loopback, DefaultPort)];
    }
}
