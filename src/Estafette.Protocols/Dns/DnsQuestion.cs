using System.Buffers.Binary;
using System.Text;

namespace Estafette.Protocols.Dns;

/// <summary>One question: its name and type, and how both stand on the wire (RFC 1035 §4.1.2).</summary>
internal sealed class DnsQuestion
{
    private const ushort InternetClass = 1;

    /// <param name="name">A name that <see cref="DnsName.Normalize"/> gave.</param>
    public DnsQuestion(string name, DnsRecordType type)
    {
        Name = name;
        Type = type;
        var wire = new byte[name.Length + 2 + 4];
        var owner = new StringBuilder(name.Length);
        var at = 0;
        foreach (var label in name.Split('.'))
        {
            wire[at] = (byte)label.Length;
            Encoding.ASCII.GetBytes(label, wire.AsSpan(at + 1));
            DnsName.AppendLabel(owner, wire.AsSpan(at + 1, label.Length));
            at += label.Length + 1;
        }
        BinaryPrimitives.WriteUInt16BigEndian(wire.AsSpan(at + 1), (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(wire.AsSpan(at + 3), InternetClass);
        Wire = wire;
        Owner = owner.ToString();
    }

    /// <summary>The name asked for.</summary>
    public string Name { get; }

    /// <summary>The name as records of an answer show it, escapes included.</summary>
    public string Owner { get; }

    public DnsRecordType Type { get; }

    public ReadOnlyMemory<byte> Wire { get; }

    /// <summary>A query with recursion desired.</summary>
    /// <param name="id">Number that the answer repeats.</param>
    /// <param name="edns">Offers to take answers of <see cref="DnsExchange.OfferedBytes"/> octets over UDP (RFC 6891 §6.1.2).</param>
    public byte[] Query(ushort id, bool edns)
    {
        var query = new byte[12 + Wire.Length + (edns ? 11 : 0)];
        var span = query.AsSpan();
        BinaryPrimitives.WriteUInt16BigEndian(span, id);
        span[2] = 1;
        span[5] = 1;
        Wire.Span.CopyTo(span[12..]);
        if (edns)
        {
            span[11] = 1;
            var option = span[(12 + Wire.Length)..];
            option[2] = 41;
            BinaryPrimitives.WriteUInt16BigEndian(option[3..], DnsExchange.OfferedBytes);
        }
        return query;
    }
}
