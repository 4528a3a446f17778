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
/// <para>Append: requests copy their record into the buffer being filled and wait; one loop takes the buffer, writes it with one system
/// call, syncs it to the disk and lets all of its requests go. While it does, the next buffer fills, so a group is as large as the disk is
/// slow. A full buffer makes requests wait for the next one (back-pressure, memory stays at two buffers).</para>
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
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private Group _filling = new();
    private Group _spare = new();
    private Task? _loop;
    private SafeFileHandle? _file;
    private JournalPosition _written;
    private JournalPosition _durable;
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

    /// <summary>Waits until something was appended since the last call, at most <paramref name="atMost"/>.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => _arrived.WaitAsync(atMost, ct);

    /// <summary>Makes one event durable. False when it could not be: the caller answers all the same.</summary>
    public ValueTask<bool> AppendAsync(in JournalEvent what)
    {
        Task<bool> done;
        lock (_lock)
        {
            if (_closed)
                return ValueTask.FromResult(false);
            if (!_filling.TryAdd(what))
                return AppendLaterAsync(_filling.Done.Task, what);
            if (_filling.Count == 1)
                _wake.Release();
            Appended++;
            done = _filling.Done.Task;
            _loop ??= Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        return new ValueTask<bool>(done);
    }

    private async ValueTask<bool> AppendLaterAsync(Task full, JournalEvent what)
    {
        await full;
        return await AppendAsync(what);
    }

    private void Run()
    {
        while (true)
        {
            _wake.Wait();
            Group group;
            lock (_lock)
            {
                if (_filling.Count == 0 && _closed)
                    return;
                group = _filling;
                _filling = _spare;
            }
            var kept = TryWrite(group);
            var done = group.Done;
            group.Clear();
            lock (_lock)
            {
                _spare = group;
                _durable = _written;
                if (_arrived.CurrentCount == 0)
                    _arrived.Release();
            }
            done.SetResult(kept);
        }
    }

    private bool TryWrite(Group group)
    {
        try
        {
            if (_file is null || _written.Offset >= SegmentBytes)
                BeginSegment();
            RandomAccess.Write(_file!, group.Bytes, _written.Offset);
            RandomAccess.FlushToDisk(_file!);
            _written = _written with { Offset = _written.Offset + group.Bytes.Length };
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Log.JournalWriteFailed(_log, group.Count, _directory, fault);
            _file?.Dispose();
            _file = null;
            return false;
        }
    }

    private void BeginSegment()
    {
        _file?.Dispose();
        _file = null;
        Directory.CreateDirectory(_directory);
        var last = Math.Max(_written.Segment, JournalFiles.Segments(_directory).LastOrDefault());
        var number = Math.Max(last + 1, _clock.GetUtcNow().ToUnixTimeSeconds());
        _file = File.OpenHandle(
            JournalFiles.PathOf(_directory, number),
            FileMode.CreateNew,
            FileAccess.Write,
            FileShare.Read | FileShare.Delete
        );
        _written = new JournalPosition(number, 0);
    }

    /// <summary>Lets the waiting groups through and closes the file; later appends are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_closed)
                return;
            _closed = true;
            _wake.Release();
        }
        await (_loop ?? Task.CompletedTask);
        _file?.Dispose();
        _wake.Dispose();
        _arrived.Dispose();
    }

    /// <summary>The events that go to the disk together.</summary>
    private sealed class Group
    {
        private readonly byte[] _buffer = new byte[BufferBytes];
        private int _length;

        public int Count { get; private set; }

        public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

        public TaskCompletionSource<bool> Done { get; private set; } = NewDone();

        public bool TryAdd(in JournalEvent what)
        {
            if (_length + JournalEvent.MaxBytes > _buffer.Length)
                return false;
            _length += what.Write(_buffer.AsSpan(_length));
            Count++;
            return true;
        }

        public void Clear() => (_length, Count, Done) = (0, 0, NewDone());

        private static TaskCompletionSource<bool> NewDone() => new(TaskCreationOptions.RunContinuationsAsynchronously);
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
