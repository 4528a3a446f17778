using Estafette.Core.Platform;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Tracking.Journal;

/// <summary>Reads the journal in bounded pieces from any position, past torn ends and deleted segments.</summary>
internal sealed class JournalReader(DataOptions data, EventJournal journal, ILogger<JournalReader> log)
{
    private const int PieceBytes = 512 << 10;

    private readonly string _directory = data.File("journal");
    private byte[]? _piece;

    /// <summary>The name of the journal in the database.</summary>
    public string Identity => JournalFiles.Identity(_directory);

    /// <summary>The events after a position, at most <paramref name="most"/>, and the position after them.</summary>
    public async Task<(List<JournalEvent> Events, JournalPosition Next)> ReadAsync(JournalPosition from, int most, CancellationToken ct)
    {
        var events = new List<JournalEvent>();
        // Asked first: what is durable now is surely complete in the files read afterwards.
        var durable = journal.Durable;
        while (events.Count == 0)
        {
            var segments = JournalFiles.Segments(_directory);
            var current = segments.FirstOrDefault(s => s >= from.Segment);
            if (current == 0)
                return (events, from);
            if (current != from.Segment)
                from = new JournalPosition(current, 0);
            var end = durable is { } d && d.Segment == current ? d.Offset : long.MaxValue;
            if (durable is { } active && current > active.Segment)
                return (events, from);
            from = await ReadSegmentAsync(from, end, most, events, ct);
            if (events.Count > 0 || current == durable?.Segment)
                return (events, from);
            if (segments.FirstOrDefault(s => s > current) is not (> 0 and var next))
                return (events, from);
            from = new JournalPosition(next, 0);
        }
        return (events, from);
    }

    /// <summary>Deletes the segments that lie wholly before a position.</summary>
    public void Forget(JournalPosition upTo)
    {
        foreach (var segment in JournalFiles.Segments(_directory).Where(s => s < upTo.Segment))
            File.Delete(JournalFiles.PathOf(_directory, segment));
    }

    private async Task<JournalPosition> ReadSegmentAsync(
        JournalPosition from,
        long end,
        int most,
        List<JournalEvent> events,
        CancellationToken ct
    )
    {
        var piece = _piece ??= new byte[PieceBytes];
        using var file = File.OpenHandle(
            JournalFiles.PathOf(_directory, from.Segment),
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete,
            FileOptions.Asynchronous
        );
        var wanted = (int)Math.Min(piece.Length, Math.Max(0, end - from.Offset));
        var length = await RandomAccess.ReadAsync(file, piece.AsMemory(0, wanted), from.Offset, ct);
        var at = 0;
        while (events.Count < most)
        {
            var read = JournalEvent.Read(piece.AsSpan(at, length - at), out var one);
            if (read < 0)
                Log.JournalDamaged(log, from.Segment, from.Offset + at);
            if (read <= 0)
                break;
            events.Add(one);
            at += read;
        }
        return new JournalPosition(from.Segment, from.Offset + at);
    }
}
