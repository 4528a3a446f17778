using System.Buffers.Binary;
using System.Net;
using System.Text;
using Estafette.Protocols.Dns;

namespace Estafette.Testing.Dns;

/// <summary>A query as a fake server reads it, and the answers made from it.</summary>
public sealed class FakeDnsQuery
{
    private readonly byte[] _question;

    private FakeDnsQuery(ushort id, string name, DnsRecordType type, byte[] question, bool overTcp, int offeredBytes)
    {
        Id = id;
        Name = name;
        Type = type;
        _question = question;
        OverTcp = overTcp;
        OfferedBytes = offeredBytes;
    }

    /// <summary>Number of the query.</summary>
    public ushort Id { get; }

    /// <summary>Name asked for, without the final dot.</summary>
    public string Name { get; }

    /// <summary>Type asked for.</summary>
    public DnsRecordType Type { get; }

    /// <summary>Whether it came over TCP.</summary>
    public bool OverTcp { get; }

    /// <summary>Octets the client takes over UDP by its OPT record (RFC 6891); 0 without one.</summary>
    public int OfferedBytes { get; }

    /// <summary>An answer to this query.</summary>
    /// <param name="records">Each as <see cref="Record"/> makes them.</param>
    /// <param name="authority">Records of the authority section.</param>
    /// <param name="code">RCODE.</param>
    /// <param name="id">Null for the id of the query.</param>
    /// <param name="flags">First octet of the flags: 0x84 is an authoritative answer, 0x86 a truncated one.</param>
    public byte[] Answer(
        IReadOnlyCollection<byte[]> records,
        IReadOnlyCollection<byte[]>? authority = null,
        int code = 0,
        ushort? id = null,
        byte flags = 0x84
    )
    {
        byte[] head = [0, 0, flags, (byte)(0x80 | code), 0, 1, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head, id ?? Id);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(6), (ushort)records.Count);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(8), (ushort)(authority?.Count ?? 0));
        return [.. head, .. _question, .. records.SelectMany(r => r), .. (authority ?? []).SelectMany(r => r)];
    }

    /// <summary>The same answer about another name.</summary>
    public byte[] AnswerAbout(string name, IReadOnlyCollection<byte[]> records)
    {
        var answer = Answer(records);
        return [.. answer[..12], .. NameBytes(name), .. _question[^4..], .. answer[(12 + _question.Length)..]];
    }

    /// <summary>A record on the wire, names written out.</summary>
    /// <param name="value">As <see cref="DnsRecord.Value"/>; strings of a TXT are cut at 255 octets.</param>
    public static byte[] Record(string name, DnsRecordType type, string value, int preference = 0, uint timeToLive = 60)
    {
        var data = Data(type, value, preference);
        return RawRecord(name, (int)type, data, timeToLive);
    }

    /// <summary>A record with any data.</summary>
    public static byte[] RawRecord(string name, int type, byte[] data, uint timeToLive = 60) =>
        [
            .. NameBytes(name),
            .. UInt16(type),
            0,
            1,
            .. UInt16((int)(timeToLive >> 16)),
            .. UInt16((int)timeToLive),
            .. UInt16(data.Length),
            .. data,
        ];

    /// <summary>A SOA record with this time to live and this MINIMUM.</summary>
    public static byte[] Soa(string zone, uint timeToLive = 60, uint minimum = 60) =>
        RawRecord(
            zone,
            (int)DnsRecordType.Soa,
            [
                .. NameBytes("ns." + zone),
                .. NameBytes("root." + zone),
                .. new byte[16],
                .. UInt16((int)(minimum >> 16)),
                .. UInt16((int)minimum),
            ],
            timeToLive
        );

    /// <summary>A name on the wire; empty for the root.</summary>
    public static byte[] NameBytes(string name) =>
        name.Length == 0 ? [0] : [.. name.Split('.').SelectMany(l => Encoding.Latin1.GetBytes(l).Prepend((byte)l.Length)), 0];

    internal static FakeDnsQuery? Read(ReadOnlySpan<byte> message, bool overTcp)
    {
        if (message.Length < 17)
            return null;
        var labels = new List<string>();
        var at = 12;
        while (at < message.Length && message[at] != 0)
        {
            labels.Add(Encoding.Latin1.GetString(message.Slice(at + 1, message[at])));
            at += message[at] + 1;
        }
        var question = message[12..(at + 5)].ToArray();
        var rest = message[(at + 5)..];
        var offered = rest.Length >= 11 && rest[2] == 41 ? BinaryPrimitives.ReadUInt16BigEndian(rest[3..]) : 0;
        var type = (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(question.Length - 4));
        return new FakeDnsQuery(BinaryPrimitives.ReadUInt16BigEndian(message), string.Join('.', labels), type, question, overTcp, offered);
    }

    private static byte[] Data(DnsRecordType type, string value, int preference) =>
        type switch
        {
            DnsRecordType.A or DnsRecordType.Aaaa => IPAddress.Parse(value).GetAddressBytes(),
            DnsRecordType.Mx => [.. UInt16(preference), .. NameBytes(value)],
            DnsRecordType.Txt => [.. (value.Length == 0 ? [""] : value.Chunk(255).Select(c => new string(c))).SelectMany(CharacterString)],
            DnsRecordType.Tlsa when value.Split(' ') is [var usage, var selector, var matching, var hex] =>
            [
                byte.Parse(usage),
                byte.Parse(selector),
                byte.Parse(matching),
                .. Convert.FromHexString(hex),
            ],
            _ => NameBytes(value),
        };

    private static IEnumerable<byte> CharacterString(string text) => Encoding.Latin1.GetBytes(text).Prepend((byte)text.Length);

    private static byte[] UInt16(int value) => [(byte)(value >> 8), (byte)value];
}
