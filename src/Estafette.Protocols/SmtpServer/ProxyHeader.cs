using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Estafette.Protocols.SmtpServer;

/// <summary>The line or block by which a proxy says whose connection it passes on (PROXY protocol, versions 1 and 2, of HAProxy).</summary>
internal static class ProxyHeader
{
    public enum Outcome
    {
        NeedMore,
        Complete,
        Malformed,
    }

    private const int MaxLine = 107;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads the header at the start of the octets; the ends are null when the proxy speaks for itself or does not know.</summary>
    public static (Outcome Outcome, int Used, IPEndPoint? Source, IPEndPoint? Destination) Read(ReadOnlySpan<byte> data)
    {
        var common = Math.Min(data.Length, Signature.Length);
        if (data[..common].SequenceEqual(Signature[..common]))
        {
            return data.Length < 16 ? default : ReadBlock(data);
        }

        var end = data[..Math.Min(data.Length, MaxLine)].IndexOf("\r\n"u8);
        return end >= 0 ? ReadLine(data[..end])
            : data.Length >= MaxLine ? (Outcome.Malformed, 0, null, null)
            : default;
    }

    private static (Outcome Outcome, int Used, IPEndPoint? Source, IPEndPoint? Destination) ReadLine(ReadOnlySpan<byte> line)
    {
        var used = line.Length + 2;
        return Encoding.ASCII.GetString(line).Split(' ') switch
        {
            ["PROXY", "UNKNOWN", ..] => (Outcome.Complete, used, null, null),
            ["PROXY", "TCP4" or "TCP6", var from, var to, var fromPort, var toPort]
                when End(from, fromPort) is { } source && End(to, toPort) is { } destination => (
                Outcome.Complete,
                used,
                source,
                destination
            ),
            _ => (Outcome.Malformed, 0, null, null),
        };
    }

    private static IPEndPoint? End(string address, string port) =>
        IPAddress.TryParse(address, out var parsed)
        && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new IPEndPoint(parsed, number)
            : null;

    private static (Outcome Outcome, int Used, IPEndPoint? Source, IPEndPoint? Destination) ReadBlock(ReadOnlySpan<byte> data)
    {
        var used = 16 + BinaryPrimitives.ReadUInt16BigEndian(data[14..]);
        if (data[12] is not (0x20 or 0x21) || used > 1024)
        {
            return (Outcome.Malformed, 0, null, null);
        }

        if (data.Length < used)
        {
            return default;
        }

        // 0x20: the proxy itself, such as its health check. 0x11: TCP over IPv4. 0x21: TCP over IPv6.
        var width = (data[12], data[13]) switch
        {
            (0x21, 0x11) => 4,
            (0x21, 0x21) => 16,
            _ => 0,
        };
        var ends = data[16..used];
        if (width == 0 || ends.Length < (2 * width) + 4)
        {
            return (width == 0 ? Outcome.Complete : Outcome.Malformed, used, null, null);
        }

        var ports = ends[(2 * width)..];
        return (
            Outcome.Complete,
            used,
            new IPEndPoint(new IPAddress(ends[..width]), BinaryPrimitives.ReadUInt16BigEndian(ports)),
            new IPEndPoint(new IPAddress(ends.Slice(width, width)), BinaryPrimitives.ReadUInt16BigEndian(ports[2..]))
        );
    }
}
