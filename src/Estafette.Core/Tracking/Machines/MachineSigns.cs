using System.Collections.Concurrent;
using System.Net;

namespace Estafette.Core.Tracking.Machines;

/// <summary>
/// Tells from one request whether a person or a machine sent it, by the embedded table machines.tsv. What only a series of requests shows
/// (all links of a message within seconds) is found later, in <see cref="Engagement"/>.
/// </summary>
/// <remarks>A request without user agent is a scanner's: browsers and mail programs all send one. Known agents are kept, at most 10,000.</remarks>
internal static class MachineSigns
{
    private const int KnownAgents = 10_000;

    private static readonly List<(string Compared, MachineSign Sign, string Value)> Table = ReadTable();
    private static readonly List<(IPNetwork Network, MachineSign Sign)> Networks = Table
        .Where(l => l.Compared == "network")
        .Select(l => (IPNetwork.Parse(l.Value), l.Sign))
        .ToList();
    private static readonly ConcurrentDictionary<string, MachineSign> Known = new(StringComparer.Ordinal);

    /// <summary>The sign of one request; None for a person.</summary>
    /// <param name="userAgent">The header as it came.</param>
    /// <param name="ip">Remote address.</param>
    /// <param name="head">A HEAD request: no person sends one.</param>
    /// <param name="prefetch">The request says of itself that nobody looks yet (Purpose, Sec-Purpose, X-Moz headers).</param>
    public static MachineSign Of(string? userAgent, IPAddress? ip, bool head, bool prefetch)
    {
        if (head)
            return MachineSign.HeadRequest;
        if (prefetch)
            return MachineSign.Prefetch;
        var sign = OfAgent(userAgent);
        return sign == MachineSign.None && ip is not null ? OfNetwork(ip) : sign;
    }

    private static MachineSign OfAgent(string? userAgent)
    {
        if (string.IsNullOrWhiteSpace(userAgent))
            return MachineSign.Scanner;
        if (Known.TryGetValue(userAgent, out var known))
            return known;
        var agent = userAgent.AsSpan().Trim();
        var sign = MachineSign.None;
        foreach (var line in Table)
        {
            if (!Fits(agent, line.Compared, line.Value))
                continue;
            sign = line.Sign;
            break;
        }
        if (userAgent.Length <= 1024 && Known.Count < KnownAgents)
            Known.TryAdd(userAgent, sign);
        return sign;
    }

    private static bool Fits(ReadOnlySpan<char> agent, string compared, string value) =>
        compared switch
        {
            "exact" => agent.Equals(value, StringComparison.OrdinalIgnoreCase),
            "contains" => agent.Contains(value, StringComparison.OrdinalIgnoreCase),
            "starts" => agent.StartsWith(value, StringComparison.OrdinalIgnoreCase),
            _ => false,
        };

    private static MachineSign OfNetwork(IPAddress ip)
    {
        var address = ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip;
        foreach (var (network, sign) in Networks)
            if (network.Contains(address))
                return sign;
        return MachineSign.None;
    }

    private static List<(string, MachineSign, string)> ReadTable()
    {
        using var stream = typeof(MachineSigns).Assembly.GetManifestResourceStream("Tracking/Machines/machines.tsv")!;
        using var reader = new StreamReader(stream);
        var table = new List<(string, MachineSign, string)>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#') || line.Length == 0)
                continue;
            var columns = line.Split('\t');
            table.Add((columns[0], Enum.Parse<MachineSign>(columns[1]), columns[2]));
        }
        return table;
    }
}
