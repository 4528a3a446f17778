using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Estafette.Protocols.SmtpServer;

/// <summary>How many sessions each address has; IPv6 counts by network of 64 bits, since a client has all of one.</summary>
internal sealed class ConnectionCounts(int most)
{
    private readonly Dictionary<UInt128, int> _counts = [];

    /// <summary>Counts one more, unless the address has its share.</summary>
    public bool TryEnter(IPAddress address)
    {
        lock (_counts)
        {
            var key = KeyOf(address);
            var count = _counts.GetValueOrDefault(key);
            if (count >= most)
            {
                return false;
            }

            _counts[key] = count + 1;
            return true;
        }
    }

    public void Leave(IPAddress address)
    {
        lock (_counts)
        {
            var key = KeyOf(address);
            if (--_counts[key] == 0)
            {
                _counts.Remove(key);
            }
        }
    }

    private static UInt128 KeyOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            bytes[8..].Clear();
        }

        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
