using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Estafette.Protocols.Dns;

namespace Estafette.Protocols.Spf;

/// <summary>Who is checked: client, sender and HELO, as macros see them.</summary>
/// <param name="Client">Address of the client; IPv4-mapped ones are IPv4 here.</param>
/// <param name="LocalPart">Local part of the sender.</param>
/// <param name="Domain">Domain of the sender, as A-labels.</param>
/// <param name="Helo">Name given in HELO or EHLO, as A-labels.</param>
internal sealed record SpfSubject(IPAddress Client, string LocalPart, string Domain, string Helo)
{
    /// <summary>RFC 8616 §4: a local part beyond ASCII has no place in a domain, so terms that use it do not match.</summary>
    public bool HasForeignLocalPart => LocalPart.AsSpan().ContainsAnyExceptInRange('\0', '\x7F');

    /// <param name="client">Address of the client.</param>
    /// <param name="mailFrom">Return path, perhaps in angle brackets; empty for postmaster of the HELO name (RFC 7208 §2.4).</param>
    /// <param name="helo">Name given in HELO or EHLO.</param>
    public static SpfSubject From(IPAddress client, string? mailFrom, string? helo)
    {
        var plainHelo = Ascii((helo ?? "").Trim());
        var sender = (mailFrom ?? "").Trim();
        if (sender.StartsWith('<') && sender.EndsWith('>'))
            sender = sender[1..^1];
        var at = sender.LastIndexOf('@');
        // §4.3: without a local part it is postmaster.
        var local = at > 0 ? sender[..at] : "postmaster";
        var domain = sender.Length == 0 ? plainHelo : Ascii(sender[(at + 1)..]);
        return new SpfSubject(client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client, local, domain, plainHelo);
    }

    /// <summary>Whether a domain can have a record at all: at least two labels, each of 1 to 63 characters (RFC 7208 §4.3).</summary>
    public static bool CanHaveRecord(string domain) =>
        DnsName.IsValid(domain) && domain.TrimEnd('.').Contains('.') && !domain.StartsWith('[') && !IPAddress.TryParse(domain, out _);

    public string ValueOf(char letter, string domain, string validatedName, SpfOptions options) =>
        letter switch
        {
            's' => $"{LocalPart}@{Domain}",
            'l' => LocalPart,
            'o' => Domain,
            'd' => domain,
            'i' => Dotted(),
            'p' => validatedName,
            'h' => Helo,
            'v' => Client.AddressFamily == AddressFamily.InterNetwork ? "in-addr" : "ip6",
            'c' => Client.ToString(),
            'r' => options.ReceivingHost,
            _ => options.TimeProvider.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        };

    // §7.3: an IPv6 address as 32 digits with dots between.
    private string Dotted() =>
        Client.AddressFamily == AddressFamily.InterNetwork
            ? Client.ToString()
            : string.Join('.', Convert.ToHexStringLower(Client.GetAddressBytes()).AsEnumerable());

    private static string Ascii(string domain) =>
        domain.AsSpan().ContainsAnyExceptInRange('\0', '\x7F') ? DnsName.FromText(domain) ?? domain : domain;
}
