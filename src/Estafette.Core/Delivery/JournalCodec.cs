using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Estafette.Core.Channels;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery;

/// <summary>The records of <see cref="DeliveryJournal"/> as bytes: whole cells of 64, sealed by a checksum.</summary>
internal static class JournalCodec
{
    public const int Cell = 64;

    /// <summary>Room that the record of an ordinary answer takes.</summary>
    public const int UsualBytes = 1024;

    private const int Fixed = 56;
    private const int MaxText = 1000;

    /// <summary>Fills one cell.</summary>
    public static void WriteStart(Span<byte> cell, in JournalKey key, DateTimeOffset at)
    {
        cell.Clear();
        WriteHead(cell, (byte)'S', 1, key, at);
        Seal(cell);
    }

    /// <summary>The record of an answer, in <paramref name="buffer"/> when it is large enough.</summary>
    public static ReadOnlySpan<byte> WriteAnswer(
        Span<byte> buffer,
        in JournalKey key,
        DateTimeOffset startedAt,
        int durationMs,
        SendResult result
    )
    {
        var text = result.Text.Length > MaxText ? result.Text[..MaxText] : result.Text;
        var length = Fixed + 20 + 3 + 64 + 128 + Encoding.UTF8.GetMaxByteCount(text.Length);
        var most = (length + 4 + Cell - 1) / Cell * Cell;
        var record = most <= buffer.Length ? buffer[..most] : new byte[most];
        record.Clear();
        var at = Fixed;
        BinaryPrimitives.WriteInt16LittleEndian(record[at..], (short)result.Outcome);
        BinaryPrimitives.WriteInt16LittleEndian(record[(at + 2)..], (short)result.Blame);
        BinaryPrimitives.WriteInt16LittleEndian(record[(at + 4)..], (short)result.Phase);
        BinaryPrimitives.WriteInt32LittleEndian(record[(at + 6)..], result.Code ?? int.MinValue);
        BinaryPrimitives.WriteInt32LittleEndian(record[(at + 10)..], durationMs);
        at += 14;
        at += WriteText(record[at..], result.Enhanced, 64);
        at += WriteText(record[at..], result.ProviderId, 128);
        at += WriteText(record[at..], text, record.Length - at - 6);
        var cells = (at + 4 + Cell - 1) / Cell;
        record = record[..(cells * Cell)];
        WriteHead(record, (byte)'R', cells, key, startedAt);
        Seal(record);
        return record;
    }

    /// <summary>Reads the record at the beginning of <paramref name="bytes"/>; false for a hole or a damaged one, and one cell is to be stepped over.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out JournalRecord record, out int cells)
    {
        record = default!;
        cells = 1;
        var count = bytes[1];
        if (bytes[0] is not ((byte)'S' or (byte)'R') || count == 0 || count * Cell > bytes.Length)
            return false;
        var span = bytes[..(count * Cell)];
        if (Checksum(span[..^4]) != BinaryPrimitives.ReadUInt32LittleEndian(span[^4..]))
            return false;
        cells = count;
        SendResult? result = null;
        var duration = 0;
        if (span[0] == (byte)'R')
        {
            var code = BinaryPrimitives.ReadInt32LittleEndian(span[(Fixed + 6)..]);
            duration = BinaryPrimitives.ReadInt32LittleEndian(span[(Fixed + 10)..]);
            var at = Fixed + 14;
            var enhanced = ReadText(span, ref at);
            var provider = ReadText(span, ref at);
            result = new SendResult
            {
                Outcome = (AttemptOutcome)BinaryPrimitives.ReadInt16LittleEndian(span[Fixed..]),
                Blame = (Blame)BinaryPrimitives.ReadInt16LittleEndian(span[(Fixed + 2)..]),
                Phase = (SendPhase)BinaryPrimitives.ReadInt16LittleEndian(span[(Fixed + 4)..]),
                Code = code == int.MinValue ? null : code,
                Enhanced = enhanced,
                ProviderId = provider,
                Text = ReadText(span, ref at) ?? "",
            };
        }
        record = new JournalRecord(
            new DeliveryId(BinaryPrimitives.ReadInt64LittleEndian(span[8..])),
            BinaryPrimitives.ReadInt32LittleEndian(span[4..]),
            new ContentId(BinaryPrimitives.ReadInt64LittleEndian(span[40..])),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(span[32..])),
            duration,
            result
        );
        return true;
    }

    private static void WriteHead(Span<byte> record, byte kind, int cells, in JournalKey key, DateTimeOffset at)
    {
        record[0] = kind;
        record[1] = (byte)cells;
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], key.Attempt);
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], key.Delivery.Value);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], key.Lane.Value);
        BinaryPrimitives.WriteInt64LittleEndian(record[24..], key.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(record[32..], at.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(record[40..], key.Content.Value);
    }

    private static void Seal(Span<byte> record) => BinaryPrimitives.WriteUInt32LittleEndian(record[^4..], Checksum(record[..^4]));

    /// <summary>CRC-32C, eight bytes at a time; the length is 60 modulo 64.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, word);
        return BitOperations.Crc32C(crc, MemoryMarshal.Read<uint>(bytes[^4..]));
    }

    private static int WriteText(Span<byte> to, string? text, int most)
    {
        var written = 0;
        if (text is not null)
            Encoding.UTF8.GetEncoder().Convert(text, to[2..Math.Min(to.Length, 2 + most)], flush: false, out _, out written, out _);
        BinaryPrimitives.WriteUInt16LittleEndian(to, text is null ? ushort.MaxValue : (ushort)written);
        return 2 + written;
    }

    private static string? ReadText(ReadOnlySpan<byte> from, ref int at)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(from[at..]);
        at += 2;
        if (length == ushort.MaxValue)
            return null;
        var text = Encoding.UTF8.GetString(from.Slice(at, length));
        at += length;
        return text;
    }
}

/// <summary>What a record is about.</summary>
/// <param name="Content">The content version that left.</param>
internal readonly record struct JournalKey(DeliveryId Delivery, int Attempt, LaneId Lane, long Epoch, ContentId Content);

/// <summary>One record read back.</summary>
/// <param name="Result">Null for a start.</param>
internal sealed record JournalRecord(
    DeliveryId Delivery,
    int Attempt,
    ContentId Content,
    DateTimeOffset StartedAt,
    int DurationMs,
    SendResult? Result
);
