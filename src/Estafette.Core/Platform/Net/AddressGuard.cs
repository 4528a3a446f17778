using System.Net;
using System.Net.Sockets;

namespace Estafette.Core.Platform.Net;

/// <summary>How far an address lies from the public Internet.</summary>
public enum AddressReach
{
    /// <summary>Routable by everybody.</summary>
    Public,

    /// <summary>This machine or this site: loopback, RFC 1918, RFC 6598 (CGNAT), RFC 4193 (ULA). Allowed only on purpose.</summary>
    Private,

    /// <summary>No mail server lives there: link-local, cloud metadata, multicast, unspecified, reserved, translated.</summary>
    Never,
}

/// <summary>
/// Says which addresses a URL or host name given by a user may lead to, so that a sending server cannot be used to reach what only this
/// machine can reach (server-side request forgery). The address that was judged is the one connected to; names are never resolved twice.
/// </summary>
/// <remarks>
/// Blocks from the IANA special-purpose registries (RFC 6890). IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4, Teredo) is judged as Never:
/// a translator would carry it to an address that this table could not see.
/// </remarks>
public static class AddressGuard
{
    private static readonly (IPNetwork Network, AddressReach Reach)[] V4 =
    [
        (IPNetwork.Parse("100.100.100.200/32"), AddressReach.Never), // metadata of one cloud, inside CGNAT
        (IPNetwork.Parse("168.63.129.16/32"), AddressReach.Never), // host agent of one cloud
        (IPNetwork.Parse("127.0.0.0/8"), AddressReach.Private), // RFC 1122 §3.2.1.3
        (IPNetwork.Parse("10.0.0.0/8"), AddressReach.Private), // RFC 1918
        (IPNetwork.Parse("172.16.0.0/12"), AddressReach.Private),
        (IPNetwork.Parse("192.168.0.0/16"), AddressReach.Private),
        (IPNetwork.Parse("100.64.0.0/10"), AddressReach.Private), // RFC 6598
        (IPNetwork.Parse("0.0.0.0/8"), AddressReach.Never), // RFC 1122 §3.2.1.3
        (IPNetwork.Parse("169.254.0.0/16"), AddressReach.Never), // RFC 3927, metadata of most clouds
        (IPNetwork.Parse("192.0.0.0/24"), AddressReach.Never), // RFC 6890
        (IPNetwork.Parse("192.0.2.0/24"), AddressReach.Never), // RFC 5737
        (IPNetwork.Parse("192.88.99.0/24"), AddressReach.Never), // RFC 7526
        (IPNetwork.Parse("198.18.0.0/15"), AddressReach.Never), // RFC 2544
        (IPNetwork.Parse("198.51.100.0/24"), AddressReach.Never), // RFC 5737
        (IPNetwork.Parse("203.0.113.0/24"), AddressReach.Never), // RFC 5737
        (IPNetwork.Parse("224.0.0.0/4"), AddressReach.Never), // RFC 5771
        (IPNetwork.Parse("240.0.0.0/4"), AddressReach.Never), // RFC 1112 §4, broadcast
    ];

    private static readonly (IPNetwork Network, AddressReach Reach)[] V6 =
    [
        (IPNetwork.Parse("fd00:ec2::254/128"), AddressReach.Never), // metadata of one cloud, inside ULA
        (IPNetwork.Parse("::1/128"), AddressReach.Private), // RFC 4291 §2.5.3
        (IPNetwork.Parse("fc00::/7"), AddressReach.Private), // RFC 4193
        (IPNetwork.Parse("2001::/23"), AddressReach.Never), // RFC 2928, holds Teredo (RFC 4380)
        (IPNetwork.Parse("2001:db8::/32"), AddressReach.Never), // RFC 3849
        (IPNetwork.Parse("2002::/16"), AddressReach.Never), // 6to4, RFC 3056
        (IPNetwork.Parse("3fff::/20"), AddressReach.Never), // RFC 9637
        (IPNetwork.Parse("2000::/3"), AddressReach.Public), // RFC 4291 §2.4: all that is assigned as global unicast
    ];

    /// <summary>Judges one address. A mapped IPv4 address (::ffff:a.b.c.d) is judged Never: nobody writes it with a good reason.</summary>
    public static AddressReach Judge(IPAddress address) =>
        address.AddressFamily switch
        {
            AddressFamily.InterNetwork => Find(V4, address, AddressReach.Public),
            AddressFamily.InterNetworkV6 when address.ScopeId == 0 && !address.IsIPv4MappedToIPv6 => Find(V6, address, AddressReach.Never),
            _ => AddressReach.Never,
        };

    /// <summary>Whether a connection may be opened.</summary>
    public static bool Allows(IPAddress address, bool allowPrivate) =>
        Judge(address) switch
        {
            AddressReach.Public => true,
            AddressReach.Private => allowPrivate,
            _ => false,
        };

    private static AddressReach Find((IPNetwork Network, AddressReach Reach)[] table, IPAddress address, AddressReach otherwise)
    {
        foreach (var (network, reach) in table)
        {
            if (network.Contains(address))
                return reach;
        }
        return otherwise;
    }
}
