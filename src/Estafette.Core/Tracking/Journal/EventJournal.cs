using System.Globalization;
using Estafette.Core.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Estafette.Core.Tracking.Journal;

/// <summary>
/// The file where every open and click is made durable before it counts, so that an answer never waits for the database and an event is
/// neither lost nor doubled.
/// <para>Layout: <c>journal/tracking-NNNNNNNNNN.ev1</c>, each a run of <see cref="JournalEvent"/> records; segment numbers rise and follow
/// the clock (Unix seconds), so that they go on rising after somebody emptied the directory;
/// <c>journal/tracking.id</c> names the journal in the table journal_positions, which holds how far the database has counted it.</para>
/// <para>Append: a request copies its record into the buffer being filled. When nobody writes, it writes the buffer itself with one system
/// call; otherwise it waits for the one who does. The answer leaves after that write, so a crash of the process loses nothing. A second
/// loop syncs what was written to the disk at once and as often as the disk allows; only what is synced counts, and a power cut takes back
/// the events of the last few milliseconds at most. (Waiting for the sync with every answer was measured: a fifth of the throughput on a
/// disk that takes 4 ms.) A full buffer makes requests wait for the next one, so memory stays at two buffers.</para>
/// <para>Crash: a new process always begins a new segment, so the torn record a crash may leave is the last of its segment; the reader
/// stops there and goes on with the next segment. The position is stored in the transaction that counts the events, so a crash repeats
/// exactly what was not committed. Segments are deleted once the database has passed them.</para>
/// <para>Disk full or failing: the events of the group are lost, the requests are answered all the same and the fault is logged.</para>
/// </summary>
internal sealed class EventJournal : IAsyncDisposable
{
    private const int BufferBytes = 1 << 20;
    private const long SegmentBytes = 64L << 20;

    private readonly string _directory;
    private readonly TimeProvider _clock;
    private readonly ILogger<EventJournal> _log;
    private readonly Lock _lock = new();
    private readonly Lock _fileLock = new();
    private readonly SemaphoreSlim _unsynced = new(0, 1);
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private Group _filling = new();
    private Group _spare = new();
    private bool _writing;
    private Task? _syncing;
    private SafeFileHandle? _file;
    private JournalPosition _written;
    private JournalPosition _durable;
    private TaskCompletionSource _synced = NewSignal();
    private bool _closed;

    public EventJournal(DataOptions data, TimeProvider clock, ILogger<EventJournal> log) =>
        (_directory, _clock, _log) = (data.File("journal"), clock, log);

    /// <summary>How many events were appended since the start.</summary>
    public long Appended { get; private set; }

    /// <summary>Up to where the journal is on the disk; null before the first append of this process.</summary>
    public JournalPosition? Durable
    {
        get
        {
            lock (_lock)
                return _durable.Segment == 0 ? null : _durable;
        }
    }

    /// <summary>Waits until something became durable since the last call, at most <paramref name="atMost"/>.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => _arrived.WaitAsync(atMost, ct);

    /// <summary>Waits until everything appended before the call is on the disk.</summary>
    public async Task WhenDurableAsync(CancellationToken ct)
    {
        JournalPosition target;
        lock (_lock)
            target = _written;
        while (true)
        {
            Task next;
            lock (_lock)
            {
                if (_durable.Segment > target.Segment || (_durable.Segment == target.Segment && _durable.Offset >= target.Offset))
                    return;
                next = _synced.Task;
            }
            await next.WaitAsync(ct);
        }
    }

    /// <summary>Writes one event. False when that was not possible: the caller answers all the same.</summary>
    public ValueTask<bool> AppendAsync(in JournalEvent what)
    {
        lock (_lock)
        {
            if (_closed)
                return ValueTask.FromResult(false);
            if (!_filling.TryAdd(what))
                return AppendLaterAsync(_filling.Done, what);
            Appended++;
            if (_writing)
                return new ValueTask<bool>(_filling.Done);
            _writing = true;
        }
        var kept = WriteOneGroup();
        lock (_lock)
        {
            if (_filling.Count == 0)
                _writing = false;
            else
                ThreadPool.UnsafeQueueUserWorkItem(static journal => journal.WriteGroups(), this, preferLocal: false);
        }
        return ValueTask.FromResult(kept);
    }

    private async ValueTask<bool> AppendLaterAsync(Task full, JournalEvent what)
    {
        await full;
        return await AppendAsync(what);
    }

    private void WriteGroups()
    {
        while (true)
        {
            WriteOneGroup();
            lock (_lock)
            {
                if (_filling.Count > 0)
                    continue;
                _writing = false;
                return;
            }
        }
    }

    /// <summary>Runs on one thread at a time: whoever set <see cref="_writing"/>.</summary>
    private bool WriteOneGroup()
    {
        Group group;
        lock (_lock)
        {
            group = _filling;
            _filling = _spare;
        }
        var kept = TryWrite(group);
        group.Release(kept);
        lock (_lock)
        {
            _spare = group;
            _syncing ??= Task.Factory.StartNew(Sync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (_unsynced.CurrentCount == 0)
                _unsynced.Release();
        }
        return kept;
    }

    private bool TryWrite(Group group)
    {
        try
        {
            if (_file is null || _written.Offset >= SegmentBytes)
                BeginSegment();
            RandomAccess.Write(_file!, group.Bytes, _written.Offset);
            lock (_lock)
                _written = _written with { Offset = _written.Offset + group.Bytes.Length };
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Log.JournalWriteFailed(_log, group.Count, _directory, fault);
            CloseFile();
            return false;
        }
    }

    private void BeginSegment()
    {
        CloseFile();
        Directory.CreateDirectory(_directory);
        var last = Math.Max(_written.Segment, JournalFiles.Segments(_directory).LastOrDefault());
        var number = Math.Max(last + 1, _clock.GetUtcNow().ToUnixTimeSeconds());
        var file = File.OpenHandle(
            JournalFiles.PathOf(_directory, number),
            FileMode.CreateNew,
            FileAccess.Write,
            FileShare.Read | FileShare.Delete
        );
        lock (_fileLock)
            _file = file;
        // The segments before it are synced: closing them did that.
        lock (_lock)
            _written = _durable = new JournalPosition(number, 0);
    }

    private void Sync()
    {
        bool closed;
        do
        {
            _unsynced.Wait();
            JournalPosition written;
            lock (_lock)
                (written, closed) = (_written, _closed);
            Flush();
            TaskCompletionSource synced;
            lock (_lock)
            {
                // Writing may have gone on to a new segment meanwhile.
                if (written.Segment == _durable.Segment)
                    _durable = written;
                if (_arrived.CurrentCount == 0)
                    _arrived.Release();
                (synced, _synced) = (_synced, NewSignal());
            }
            synced.SetResult();
        } while (!closed);
    }

    private void CloseFile()
    {
        Flush();
        lock (_fileLock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private void Flush()
    {
        lock (_fileLock)
            try
            {
                if (_file is not null)
                    RandomAccess.FlushToDisk(_file);
            }
            catch (IOException fault)
            {
                Log.JournalSyncFailed(_log, _directory, fault);
            }
    }

    /// <summary>Lets the waiting groups through, syncs and closes the file; later appends are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_closed)
                return;
            _closed = true;
        }
        while (IsWriting())
            await Task.Yield();
        lock (_lock)
            if (_unsynced.CurrentCount == 0)
                _unsynced.Release();
        await (_syncing ?? Task.CompletedTask);
        CloseFile();
        _unsynced.Dispose();
        _arrived.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool IsWriting()
    {
        lock (_lock)
            return _writing;
    }

    /// <summary>The events that are written together.</summary>
    private sealed class Group
    {
        private readonly byte[] _buffer = new byte[BufferBytes];
        private int _length;
        private TaskCompletionSource<bool>? _done;

        public int Count { get; private set; }

        public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

        /// <summary>Ends when the group is written; made for those who wait only.</summary>
        public Task<bool> Done => (_done ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public bool TryAdd(in JournalEvent what)
        {
            if (_length + JournalEvent.MaxBytes > _buffer.Length)
                return false;
            _length += what.Write(_buffer.AsSpan(_length));
            Count++;
            return true;
        }

        public void Release(bool kept)
        {
            var done = _done;
            (_length, Count, _done) = (0, 0, null);
            done?.SetResult(kept);
        }
    }
}

/// <summary>A place in the journal; (0, 0) is before everything.</summary>
internal readonly record struct JournalPosition(long Segment, long Offset);

/// <summary>The files of the journal.</summary>
internal static class JournalFiles
{
    private const string Prefix = "tracking-";
    private const string Suffix = ".ev1";

    public static string PathOf(string directory, long segment) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{segment:D10}{Suffix}"));

    /// <summary>Numbers of the segments that exist, in order.</summary>
    public static List<long> Segments(string directory) =>
        Directory.Exists(directory)
            ? Directory
                .EnumerateFiles(directory, $"{Prefix}*{Suffix}")
                .Select(f => long.TryParse(Path.GetFileName(f)[Prefix.Length..^Suffix.Length], NumberStyles.None, null, out var n) ? n : 0)
                .Where(n => n > 0)
                .Order()
                .ToList()
            : [];

    /// <summary>The name of the journal in the database, made at first use.</summary>
    public static string Identity(string directory)
    {
        var file = Path.Combine(directory, "tracking.id");
        if (File.Exists(file))
            return File.ReadAllText(file).Trim();
        Directory.CreateDirectory(directory);
        var id = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(file, id);
        return id;
    }
}
