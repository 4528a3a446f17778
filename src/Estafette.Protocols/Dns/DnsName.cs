using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafette.Protocols.Dns;

/// <summary>Names as look-ups take them: ASCII, lower case, without the final dot.</summary>
public static class DnsName
{
    /// <summary>Longest name as text, without the final dot (RFC 1035 §3.1: 255 octets on the wire).</summary>
    public const int MaxLength = 253;

    /// <summary>Longest label (RFC 1035 §2.3.4).</summary>
    public const int MaxLabelLength = 63;

    private static readonly IdnMapping Idn = new() { AllowUnassigned = true, UseStd3AsciiRules = false };

    /// <summary>Whether a name can be asked for: printable ASCII, labels of 1 to 63 characters, 253 in all; the final dot may be there.</summary>
    public static bool IsValid(string? name)
    {
        if (name is null)
            return false;
        var text = name.EndsWith('.') ? name.AsSpan(0, name.Length - 1) : name;
        if (text.Length is 0 or > MaxLength || text.ContainsAnyExceptInRange('!', '~'))
            return false;
        foreach (var label in text.Split('.'))
        {
            if (text[label].Length is 0 or > MaxLabelLength)
                return false;
        }
        return true;
    }

    /// <summary>Lower case, without the final dot.</summary>
    /// <exception cref="ArgumentException">The name cannot be asked for.</exception>
    public static string Normalize(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsValid(name))
            throw new ArgumentException(
                $"Asking for a name: '{Shown(name)}' is none; expected ASCII, labels of 1 to 63 characters, 253 in all.",
                nameof(name)
            );
        return (name.EndsWith('.') ? name[..^1] : name).ToLowerInvariant();
    }

    /// <summary>A name as people write it, U-labels or A-labels, as look-ups take it; null when it is no name.</summary>
    public static string? FromText(string? name)
    {
        try
        {
            var ascii = name is not null && name.AsSpan().ContainsAnyExceptInRange('\0', '\x7F') ? Idn.GetAscii(name) : name;
            return IsValid(ascii) ? Normalize(ascii!) : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The name under which an address has its PTR records: in-addr.arpa (RFC 1035 §3.5) or ip6.arpa (RFC 3596 §2.5).</summary>
    /// <param name="address">IPv4-mapped addresses count as IPv4.</param>
    public static string Reverse(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var name = new StringBuilder(72);
        var octets = plain.GetAddressBytes();
        for (var i = octets.Length - 1; i >= 0; i--)
        {
            if (plain.AddressFamily == AddressFamily.InterNetwork)
                name.Append(octets[i]).Append('.');
            else
                name.Append(HexDigit(octets[i] & 15)).Append('.').Append(HexDigit(octets[i] >> 4)).Append('.');
        }
        return name.Append(plain.AddressFamily == AddressFamily.InterNetwork ? "in-addr.arpa" : "ip6.arpa").ToString();
    }

    /// <summary>Adds a label as zone files write it (RFC 1035 §5.1): dots, backslashes and octets that cannot be printed are escaped.</summary>
    internal static void AppendLabel(StringBuilder name, ReadOnlySpan<byte> label)
    {
        if (name.Length > 0)
            name.Append('.');
        foreach (var octet in label)
        {
            if (octet is (byte)'.' or (byte)'\\')
                name.Append('\\').Append((char)octet);
            else if (octet is < (byte)'!' or > (byte)'~')
                name.Append('\\').Append(((int)octet).ToString("D3"));
            else
                name.Append(char.ToLowerInvariant((char)octet));
        }
    }

    private static char HexDigit(int value) => "0123456789abcdef"[value];

    private static string Shown(string name) => name.Length <= 300 ? name : name[..300] + "…";
}
