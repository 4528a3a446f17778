using System.Buffers.Binary;
using System.Net;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Estafette.Core.Tracking.Journal;

/// <summary>One request to a tracking URL, as the event journal keeps it until the loader has counted it.</summary>
/// <remarks>
/// Record: payload length (2 bytes, little endian), CRC-32C of the payload (4 bytes), payload: purpose, machine sign, time in Unix
/// milliseconds (8), subject (8), content (8), link number (4), length and bytes of the address (0, 4 or 16), user agent (rest, UTF-8).
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JournalEvent(
    TokenPurpose Purpose,
    MachineSign Sign,
    long At,
    long Subject,
    long Content,
    int LinkNo,
    IPAddress? Ip = null,
    string? UserAgent = null
)
{
    private const int HeadBytes = 6;
    private const int FixedBytes = 2 + 8 + 8 + 8 + 4 + 1;

    /// <summary>Characters kept of a user agent.</summary>
    public const int MaxUserAgent = 256;

    /// <summary>Longest record.</summary>
    public const int MaxBytes = HeadBytes + FixedBytes + 16 + (3 * MaxUserAgent);

    /// <summary>Writes the record and returns its length.</summary>
    public int Write(Span<byte> to)
    {
        var body = to[HeadBytes..];
        body[0] = (byte)Purpose;
        body[1] = (byte)Sign;
        BinaryPrimitives.WriteInt64LittleEndian(body[2..], At);
        BinaryPrimitives.WriteInt64LittleEndian(body[10..], Subject);
        BinaryPrimitives.WriteInt64LittleEndian(body[18..], Content);
        BinaryPrimitives.WriteInt32LittleEndian(body[26..], LinkNo);
        var ipBytes = 0;
        if (Ip is { } ip)
            (ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip).TryWriteBytes(body[FixedBytes..], out ipBytes);
        body[30] = (byte)ipBytes;
        var length = FixedBytes + ipBytes;
        if (UserAgent is { } agent)
            length += Encoding.UTF8.GetBytes(agent.AsSpan(0, Math.Min(agent.Length, MaxUserAgent)), body[length..]);
        BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)length);
        BinaryPrimitives.WriteUInt32LittleEndian(to[2..], Crc(body[..length]));
        return HeadBytes + length;
    }

    /// <summary>Reads the record at the start of <paramref name="from"/>; 0 when it is cut off, -1 when it is damaged, else its length.</summary>
    public static int Read(ReadOnlySpan<byte> from, out JournalEvent read)
    {
        read = default;
        if (from.Length < HeadBytes)
            return 0;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(from);
        if (length is < FixedBytes or > MaxBytes - HeadBytes)
            return -1;
        if (from.Length < HeadBytes + length)
            return 0;
        var body = from.Slice(HeadBytes, length);
        if (
            BinaryPrimitives.ReadUInt32LittleEndian(from[2..]) != Crc(body)
            || body[30] is not (0 or 4 or 16)
            || length < FixedBytes + body[30]
        )
            return -1;
        read = new JournalEvent(
            (TokenPurpose)body[0],
            (MachineSign)body[1],
            BinaryPrimitives.ReadInt64LittleEndian(body[2..]),
            BinaryPrimitives.ReadInt64LittleEndian(body[10..]),
            BinaryPrimitives.ReadInt64LittleEndian(body[18..]),
            BinaryPrimitives.ReadInt32LittleEndian(body[26..]),
            body[30] == 0 ? null : new IPAddress(body.Slice(FixedBytes, body[30])),
            length == FixedBytes + body[30] ? null : Encoding.UTF8.GetString(body[(FixedBytes + body[30])..])
        );
        return HeadBytes + length;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
