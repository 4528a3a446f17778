using System.Net;

namespace Estafette.Protocols.Spf;

/// <summary>Compares addresses by their first bits.</summary>
internal static class SpfNetwork
{
    /// <summary>Whether both are of one family and begin with the same bits.</summary>
    public static bool Contains(IPAddress network, int prefix, IPAddress address)
    {
        if (network.AddressFamily != address.AddressFamily)
            return false;
        var (a, b) = (network.GetAddressBytes(), address.GetAddressBytes());
        var whole = prefix / 8;
        if (!a.AsSpan(0, whole).SequenceEqual(b.AsSpan(0, whole)))
            return false;
        return prefix % 8 == 0 || (a[whole] ^ b[whole]) >> (8 - (prefix % 8)) == 0;
    }
}
