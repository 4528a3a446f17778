using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Microsoft.Win32.SafeHandles;

namespace Estafette.Core.Delivery;

/// <summary>
/// What was started and what was answered, on disk before the database knows.
/// <para>Layout: segments <c>00000001.journal</c>, … in the journal directory. A segment is a row of 64-byte cells; the first holds the magic
/// <c>ESTJRNL1</c> and the boot id of the machine. A record takes whole cells: kind, number of cells, attempt, delivery, lane, epoch,
/// time, content version, for answers the result, and a CRC-32C at the end of its last cell. Writers reserve their cells by adding to the offset
/// and write with one <c>pwrite</c>, so they never wait for each other; a crash between the two leaves a hole, which the reader steps over.</para>
/// <para>Invariants: <c>S</c> is written before the last byte that makes a message irrevocable leaves; <c>R</c> right after its answer was read.
/// <c>write()</c> survives the end of the process. The end of the machine may take the last cells with it: only the head is flushed.</para>
/// <para>After a crash: R without a stored result is stored; S without R is in doubt; a claim without S was never sent. When the boot id has changed the
/// last cells may be missing, and every claim without R is in doubt; so it is when a head cannot be read. Segments are removed once the database holds all their results.</para>
/// </summary>
internal sealed class DeliveryJournal : IDisposable
{
    private const int Cell = 64;
    private const int Fixed = 56;
    private const int MaxText = 1000;
    private const long SegmentBytes = 16 * 1024 * 1024;
    private static ReadOnlySpan<byte> Magic => "ESTJRNL1"u8;

    private readonly string _directory;
    private readonly Lock _rotation = new();
    private readonly List<Segment> _closed = [];
    private Segment _current;

    private DeliveryJournal(string directory, int sequence)
    {
        _directory = directory;
        _current = Segment.Create(directory, sequence);
    }

    /// <summary>Starts a new segment after those that exist.</summary>
    public static DeliveryJournal Open(string directory)
    {
        Directory.CreateDirectory(directory);
        var last = Segments(directory).Select(s => s.Sequence).DefaultIfEmpty(0).Max();
        return new DeliveryJournal(directory, last + 1);
    }

    private Entry Start(in JournalKey key, DateTimeOffset at)
    {
        Span<byte> record = stackalloc byte[Cell];
        record.Clear();
        WriteHead(record, (byte)'S', 1, key, at);
        Seal(record);
        return new Entry(Append(record), null);
    }

    /// <summary>Journals the answer; when the disk is full the answer lives in memory only until the database has it.</summary>
    public Entry Answer(Entry start, in JournalKey key, DateTimeOffset startedAt, int durationMs, SendResult result)
    {
        var text = result.Text.Length > MaxText ? result.Text[..MaxText] : result.Text;
        var length = Fixed + 20 + 3 + 64 + 128 + Encoding.UTF8.GetMaxByteCount(text.Length);
        var cells = (length + 4 + Cell - 1) / Cell;
        Span<byte> record = cells * Cell <= 1024 ? stackalloc byte[cells * Cell] : new byte[cells * Cell];
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
        cells = (at + 4 + Cell - 1) / Cell;
        record = record[..(cells * Cell)];
        WriteHead(record, (byte)'R', cells, key, startedAt);
        Seal(record);
        try
        {
            return start with { Answered = Append(record) };
        }
        catch (IOException)
        {
            IsHealthy = false;
            return start;
        }
    }

    /// <summary>The database holds the result: the records are not needed any more.</summary>
    public void Forget(Entry entry)
    {
        Release(entry.Started);
        Release(entry.Answered);
    }

    /// <summary>False while records cannot be written (disk full): nothing is started meanwhile.</summary>
    public bool IsHealthy { get; private set; } = true;

    /// <summary>Tries to write again after a failure.</summary>
    public bool Probe()
    {
        try
        {
            // The head of the new segment is what is tried; cells are not, an answer may be on its way into them.
            Rotate(Volatile.Read(ref _current));
            IsHealthy = true;
        }
        catch (IOException)
        {
            IsHealthy = false;
        }
        return IsHealthy;
    }

    /// <summary>Journals a start; false when it could not be written, so that the message must not leave.</summary>
    public bool TryStart(in JournalKey key, DateTimeOffset at, out Entry entry)
    {
        try
        {
            entry = Start(key, at);
            return true;
        }
        catch (IOException)
        {
            IsHealthy = false;
            entry = default;
            return false;
        }
    }

    /// <summary>Everything that older segments hold, and whether the machine was restarted since.</summary>
    public static JournalContents ReadAll(string directory)
    {
        var started = new Dictionary<(DeliveryId, int), JournalRecord>();
        var answered = new Dictionary<(DeliveryId, int), JournalRecord>();
        var rebooted = false;
        var files = Directory.Exists(directory) ? Segments(directory).OrderBy(s => s.Sequence).ToList() : [];
        foreach (var (_, path) in files)
        {
            var bytes = File.ReadAllBytes(path);
            if (bytes.Length < Cell || !bytes.AsSpan(0, 8).SequenceEqual(Magic))
            {
                rebooted = true;
                continue;
            }
            rebooted |= !bytes.AsSpan(8, 32).SequenceEqual(BootId());
            for (var at = Cell; at + Cell <= bytes.Length; )
            {
                if (TryRead(bytes.AsSpan(at), out var record, out var cells))
                    (record.Result is null ? started : answered)[(record.Delivery, record.Attempt)] = record;
                at += cells * Cell;
            }
        }
        return new JournalContents(started, answered, rebooted, files.Select(f => f.Path).ToList());
    }

    public void Dispose()
    {
        _current.Close();
        foreach (var segment in _closed)
            segment.Close();
    }

    private Segment Append(ReadOnlySpan<byte> record)
    {
        while (true)
        {
            var segment = Volatile.Read(ref _current);
            segment.Hold();
            var at = segment.Reserve(record.Length);
            if (at < 0)
            {
                Release(segment);
                Rotate(segment);
                continue;
            }
            try
            {
                RandomAccess.Write(segment.Handle, record, at);
            }
            catch (ObjectDisposedException)
            {
                // Closed between reading and holding it; it held nothing then.
                segment.Free();
                continue;
            }
            catch
            {
                segment.Free();
                throw;
            }
            return segment;
        }
    }

    private void Rotate(Segment full)
    {
        lock (_rotation)
        {
            if (_current != full)
                return;
            var next = Segment.Create(_directory, full.Sequence + 1);
            _closed.Add(full);
            Volatile.Write(ref _current, next);
            RemoveIdle();
        }
    }

    private void Release(Segment? segment)
    {
        if (segment is null || segment.Free() > 0 || segment == Volatile.Read(ref _current))
            return;
        lock (_rotation)
            RemoveIdle();
    }

    private void RemoveIdle()
    {
        foreach (var segment in _closed.Where(s => s.IsIdle).ToList())
        {
            _closed.Remove(segment);
            segment.Close();
            File.Delete(segment.Path);
        }
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

    private static bool TryRead(ReadOnlySpan<byte> bytes, out JournalRecord record, out int cells)
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

    private static IEnumerable<(int Sequence, string Path)> Segments(string directory) =>
        Directory
            .EnumerateFiles(directory, "*.journal")
            .Select(p => (int.TryParse(Path.GetFileNameWithoutExtension(p), out var n) ? n : 0, p))
            .Where(s => s.Item1 > 0);

    /// <summary>Identifies the run of the operating system; zeros where it has none to give.</summary>
    private static byte[] BootId()
    {
        var id = new byte[32];
        const string file = "/proc/sys/kernel/random/boot_id";
        if (File.Exists(file))
            Convert.FromHexString(File.ReadAllText(file).Trim().Replace("-", "")).CopyTo(id, 0);
        return id;
    }

    /// <summary>Where the records of one send lie.</summary>
    internal readonly record struct Entry(Segment? Started, Segment? Answered);

    /// <summary>One file; counts the records whose results the database does not hold yet.</summary>
    internal sealed class Segment
    {
        private long _offset = Cell;
        private int _held;

        public required int Sequence { get; init; }
        public required string Path { get; init; }
        public required SafeFileHandle Handle { get; init; }

        public bool IsIdle => Volatile.Read(ref _held) == 0;

        public static Segment Create(string directory, int sequence)
        {
            var path = System.IO.Path.Combine(directory, $"{sequence:D8}.journal");
            var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
            var head = new byte[Cell];
            Magic.CopyTo(head);
            BootId().CopyTo(head, 8);
            try
            {
                RandomAccess.Write(handle, head, 0);
                RandomAccess.FlushToDisk(handle);
            }
            catch
            {
                // A file left behind would stand in the way of the next try.
                handle.Dispose();
                File.Delete(path);
                throw;
            }
            return new Segment
            {
                Sequence = sequence,
                Path = path,
                Handle = handle,
            };
        }

        public long Reserve(int bytes)
        {
            var end = Interlocked.Add(ref _offset, bytes);
            return end <= SegmentBytes ? end - bytes : -1;
        }

        public void Hold() => Interlocked.Increment(ref _held);

        public int Free() => Interlocked.Decrement(ref _held);

        public void Close() => Handle.Dispose();
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

/// <summary>What the segments of an earlier run hold.</summary>
internal sealed record JournalContents(
    IReadOnlyDictionary<(DeliveryId, int), JournalRecord> Started,
    IReadOnlyDictionary<(DeliveryId, int), JournalRecord> Answered,
    bool MachineRestarted,
    IReadOnlyList<string> Files
);
