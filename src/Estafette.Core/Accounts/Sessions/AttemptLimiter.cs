using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Estafette.Core.Accounts;

/// <summary>
/// Counts attempts by name and by address in windows of ten minutes. Unknown names are counted like known ones, so that being locked says
/// nothing about whether a name exists. Kept in memory: a restart forgives, the lockout of the account itself is stored.
/// </summary>
public sealed class AttemptLimiter(TimeProvider clock)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    /// <summary>Failures of one name before it has to wait.</summary>
    public const int PerName = 5;

    /// <summary>Failures from one address, of all names together.</summary>
    public const int PerAddress = 50;

    /// <summary>Links for new passwords asked for by one address.</summary>
    public const int LinksPerAddress = 10;

    /// <summary>Links for new passwords for one name.</summary>
    public const int LinksPerName = 3;

    private const int MaxKnown = 100_000;
    private readonly ConcurrentDictionary<string, (DateTimeOffset Since, int Count)> _counts = new(StringComparer.Ordinal);

    /// <summary>Whether fewer than so many were counted in the window.</summary>
    public bool Allows(string subject, int most) =>
        !_counts.TryGetValue(subject, out var known) || known.Since + Window <= clock.GetUtcNow() || known.Count < most;

    /// <summary>Counts one more.</summary>
    public void Count(string subject)
    {
        var now = clock.GetUtcNow();
        if (_counts.Count > MaxKnown)
            foreach (var old in _counts.Where(c => c.Value.Since + Window <= now).Select(c => c.Key).ToList())
                _counts.TryRemove(old, out _);
        if (_counts.Count > MaxKnown)
            _counts.Clear();
        _counts.AddOrUpdate(subject, _ => (now, 1), (_, known) => known.Since + Window <= now ? (now, 1) : (known.Since, known.Count + 1));
    }

    /// <summary>Forgets what was counted, after a success.</summary>
    public void Clear(string subject) => _counts.TryRemove(subject, out _);

    public static string Name(string? name) => "name:" + (name ?? "").Trim().ToUpperInvariant();

    public static string LinkName(string? name) => "link:" + (name ?? "").Trim().ToUpperInvariant();

    /// <summary>An IPv6 network of 64 bits is one address: its holder has all of them.</summary>
    public static string Address(IPAddress? ip)
    {
        if (ip is null)
            return "ip:";
        if (ip.IsIPv4MappedToIPv6)
            ip = ip.MapToIPv4();
        return ip.AddressFamily == AddressFamily.InterNetwork ? "ip:" + ip : "ip:" + Convert.ToHexString(ip.GetAddressBytes(), 0, 8);
    }

    public static string LinkAddress(IPAddress? ip) => "link-" + Address(ip);
}
