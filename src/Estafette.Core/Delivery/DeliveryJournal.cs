using Estafette.Core.Channels;
using Estafette.Core.Platform;

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
    private readonly string _directory;
    private readonly Lock _rotation = new();
    private readonly List<JournalSegment> _closed = [];
    private JournalSegment _current;

    private DeliveryJournal(string directory, int sequence)
    {
        _directory = directory;
        _current = JournalSegment.Create(directory, sequence);
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
        Span<byte> record = stackalloc byte[JournalCodec.Cell];
        JournalCodec.WriteStart(record, key, at);
        return new Entry(Append(record), null);
    }

    /// <summary>Journals the answer; when the disk is full the answer lives in memory only until the database has it.</summary>
    public Entry Answer(Entry start, in JournalKey key, DateTimeOffset startedAt, int durationMs, SendResult result)
    {
        Span<byte> buffer = stackalloc byte[JournalCodec.UsualBytes];
        var record = JournalCodec.WriteAnswer(buffer, key, startedAt, durationMs, result);
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
            if (bytes.Length < JournalCodec.Cell || !bytes.AsSpan(0, 8).SequenceEqual(JournalSegment.Magic))
            {
                rebooted = true;
                continue;
            }
            rebooted |= !bytes.AsSpan(8, 32).SequenceEqual(JournalSegment.BootId());
            for (var at = JournalCodec.Cell; at + JournalCodec.Cell <= bytes.Length; )
            {
                if (JournalCodec.TryRead(bytes.AsSpan(at), out var record, out var cells))
                    (record.Result is null ? started : answered)[(record.Delivery, record.Attempt)] = record;
                at += cells * JournalCodec.Cell;
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

    private JournalSegment Append(ReadOnlySpan<byte> record)
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

    private void Rotate(JournalSegment full)
    {
        lock (_rotation)
        {
            if (_current != full)
                return;
            var next = JournalSegment.Create(_directory, full.Sequence + 1);
            _closed.Add(full);
            Volatile.Write(ref _current, next);
            RemoveIdle();
        }
    }

    private void Release(JournalSegment? segment)
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

    private static IEnumerable<(int Sequence, string Path)> Segments(string directory) =>
        Directory
            .EnumerateFiles(directory, "*.journal")
            .Select(p => (int.TryParse(Path.GetFileNameWithoutExtension(p), out var n) ? n : 0, p))
            .Where(s => s.Item1 > 0);

    /// <summary>Where the records of one send lie.</summary>
    internal readonly record struct Entry(JournalSegment? Started, JournalSegment? Answered);
}

/// <summary>What the segments of an earlier run hold.</summary>
internal sealed record JournalContents(
    IReadOnlyDictionary<(DeliveryId, int), JournalRecord> Started,
    IReadOnlyDictionary<(DeliveryId, int), JournalRecord> Answered,
    bool MachineRestarted,
    IReadOnlyList<string> Files
);
