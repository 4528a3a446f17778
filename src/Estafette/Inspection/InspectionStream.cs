using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using System.Threading.Channels;

namespace Estafette.Inspection;

/// <summary>Bounds of a run over lines.</summary>
internal sealed record InspectionLimits
{
    /// <summary>Longest line, in bytes; default 20 MB. A longer one is skipped and answered with an error.</summary>
    public int LineBytes { get; init; } = 20 * 1024 * 1024;

    /// <summary>Longest work on one line; default 10 s. Then its answer is an error and the work is left to itself.</summary>
    public TimeSpan LineTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Lines read ahead of the oldest unanswered one; default 512.</summary>
    public int Lines { get; init; } = 512;

    /// <summary>Bytes of lines read ahead; default 64 MB. One line is always taken.</summary>
    public int Bytes { get; init; } = 64 * 1024 * 1024;
}

/// <summary>Answers one JSON object a line with one a line, in order, while the input still comes.</summary>
/// <remarks>
/// Three stages: the reader cuts lines, each line becomes work of the thread pool, the writer takes their answers in the order of the lines.
/// What is read ahead is bounded in lines and in bytes, so a slow line holds the reader back instead of filling the memory. Answers are
/// gathered while the next one is ready and written when it is not: nothing is held back when the input pauses. A bad line is answered
/// with an error and never ends the run. Blank lines are skipped; a byte order mark before the first line is, too.
/// When nobody reads the answers any more, the run ends without a word, as tools in a pipe do.
/// </remarks>
internal sealed class InspectionStream(Inspections inspections, string what, InspectionRequest usual, InspectionLimits limits)
{
    private const int BufferBytes = 256 * 1024;
    private const int WriteBytes = 64 * 1024;
    private readonly ConcurrentBag<LineWriter> _writers = [];

    /// <summary>A line under way: its answer, its size, and when the work on it began.</summary>
    private sealed class Pending(int bytes)
    {
        private long _began;

        public int Bytes => bytes;
        public Task<byte[]> Answer { get; set; } = null!;
        public byte[] Id { get; set; } = [];

        public void Begin() => Volatile.Write(ref _began, TimeProvider.System.GetTimestamp());

        public TimeSpan Age => Volatile.Read(ref _began) is > 0 and var began ? TimeProvider.System.GetElapsedTime(began) : TimeSpan.Zero;
    }

    /// <summary>Runs to the end of the input, or until the output is closed at its other end.</summary>
    public async Task RunAsync(Stream input, Stream output, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var room = new InspectionRoom(limits.Bytes);
        var lines = Channel.CreateBounded<Pending>(new BoundedChannelOptions(limits.Lines) { SingleReader = true, SingleWriter = true });
        var reading = ReadAsync(input, lines.Writer, room, stop.Token);
        var writing = WriteAsync(lines.Reader, output, room, stop.Token);
        // A closed output ends the run although the input may never end; its reader may sit in a read that cannot be called off.
        if (await Task.WhenAny(reading, writing) == writing)
            await stop.CancelAsync();
        else
            await reading;
        await writing;
    }

    private async Task ReadAsync(Stream input, ChannelWriter<Pending> lines, InspectionRoom room, CancellationToken ct)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: BufferBytes, minimumReadSize: BufferBytes / 4));
        try
        {
            var (isFirst, isSkipping, looked) = (true, false, 0L);
            while (true)
            {
                var read = await reader.ReadAsync(ct);
                var rest = read.Buffer;
                while (rest.Slice(looked).PositionOf((byte)'\n') is { } end)
                {
                    looked = 0;
                    var line = rest.Slice(0, end);
                    rest = rest.Slice(rest.GetPosition(1, end));
                    if (isSkipping || line.Length > limits.LineBytes)
                        await TakeTooLongAsync(lines, isSkipping, ct);
                    else
                        await TakeAsync(line, isFirst, lines, room, ct);
                    (isFirst, isSkipping) = (false, false);
                }
                looked = rest.Length;
                if (isSkipping || rest.Length > limits.LineBytes)
                {
                    await TakeTooLongAsync(lines, isSkipping, ct);
                    (isSkipping, looked) = (true, 0);
                    rest = rest.Slice(rest.End);
                }
                if (read.IsCompleted)
                {
                    if (!isSkipping)
                        await TakeAsync(rest, isFirst, lines, room, ct);
                    break;
                }
                reader.AdvanceTo(rest.Start, rest.End);
            }
            lines.Complete();
        }
        catch (Exception failure)
        {
            lines.Complete(failure);
            throw;
        }
    }

    private async ValueTask TakeTooLongAsync(ChannelWriter<Pending> lines, bool isKnown, CancellationToken ct)
    {
        if (isKnown)
            return;
        var told = new Pending(0)
        {
            Answer = Task.FromResult(AnswerOf(default, Inspected.Fault($"The line is longer than {limits.LineBytes} bytes."))),
        };
        await lines.WriteAsync(told, ct);
    }

    private async ValueTask TakeAsync(
        ReadOnlySequence<byte> line,
        bool isFirst,
        ChannelWriter<Pending> lines,
        InspectionRoom room,
        CancellationToken ct
    )
    {
        ReadOnlyMemory<byte> bytes = line.ToArray();
        if (isFirst && bytes.Span.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        if (bytes.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0)
            return;
        await room.TakeAsync(bytes.Length, ct);
        var pending = new Pending(bytes.Length);
        pending.Answer = Task.Run(() => AnswerAsync(bytes, pending, ct), CancellationToken.None);
        await lines.WriteAsync(pending, ct);
    }

    private async Task<byte[]> AnswerAsync(ReadOnlyMemory<byte> line, Pending pending, CancellationToken ct)
    {
        pending.Begin();
        if (!Utf8.IsValid(line.Span))
            return AnswerOf(default, Inspected.Fault("The line is not UTF-8."));
        try
        {
            using var json = JsonDocument.Parse(line, InspectionReader.Options);
            pending.Id = InspectionReader.IdOf(json.RootElement);
            var inspected = await InspectAsync(json.RootElement, ct);
            return AnswerOf(pending.Id, inspected);
        }
        catch (JsonException wrong)
        {
            return AnswerOf(default, Inspected.Fault($"The line is not JSON: byte {(wrong.BytePositionInLine ?? 0) + 1}."));
        }
    }

    private async ValueTask<Inspected> InspectAsync(JsonElement line, CancellationToken ct)
    {
        InspectionRequest request;
        try
        {
            request = InspectionReader.Read(line, what, usual);
        }
        catch (InspectionFaultException fault)
        {
            return Inspected.Fault(fault.Message);
        }
        if (!Inspections.Waits(what))
            return await inspections.RunAsync(what, request, ct);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(limits.LineTime);
        try
        {
            return await inspections.RunAsync(what, request, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return TooSlow;
        }
    }

    private async Task WriteAsync(ChannelReader<Pending> lines, Stream output, InspectionRoom room, CancellationToken ct)
    {
        var ready = new ArrayBufferWriter<byte>(2 * WriteBytes);
        try
        {
            while (await lines.WaitToReadAsync(ct))
            {
                while (lines.TryRead(out var pending))
                {
                    if (!pending.Answer.IsCompleted || ready.WrittenCount > WriteBytes)
                        await FlushAsync(ready, output, ct);
                    ready.Write(await EndOfAsync(pending));
                    room.Give(pending.Bytes);
                }
                await FlushAsync(ready, output, ct);
            }
        }
        catch (IOException)
        {
            // Nobody reads any more: "| head" is no fault.
        }
    }

    private async ValueTask<byte[]> EndOfAsync(Pending pending)
    {
        while (!pending.Answer.IsCompleted)
        {
            var left = limits.LineTime - pending.Age;
            if (left <= TimeSpan.Zero)
                return AnswerOf(pending.Id, TooSlow);
            try
            {
                await pending.Answer.WaitAsync(left + TimeSpan.FromMilliseconds(10));
            }
            catch (TimeoutException)
            {
                // Looked at again: the work may have begun later than the wait.
            }
        }
        return await pending.Answer;
    }

    private static async ValueTask FlushAsync(ArrayBufferWriter<byte> ready, Stream output, CancellationToken ct)
    {
        if (ready.WrittenCount == 0)
            return;
        await output.WriteAsync(ready.WrittenMemory, ct);
        await output.FlushAsync(ct);
        ready.ResetWrittenCount();
    }

    private Inspected TooSlow => Inspected.Fault($"The line took longer than {limits.LineTime.TotalSeconds:0.#} s.");

    private byte[] AnswerOf(ReadOnlySpan<byte> id, Inspected inspected)
    {
        var writer = _writers.TryTake(out var free) ? free : new LineWriter();
        var line = writer.Write(id, inspected);
        _writers.Add(writer);
        return line;
    }

    /// <summary>Makes lines of answers in a buffer that is used again.</summary>
    private sealed class LineWriter
    {
        private const int MaxKeptBytes = 1024 * 1024;
        private ArrayBufferWriter<byte> _buffer = new(4096);

        public byte[] Write(ReadOnlySpan<byte> id, Inspected inspected)
        {
            using (var json = new Utf8JsonWriter(_buffer, InspectionJson.Line))
                InspectionJson.Write(json, id, inspected);
            _buffer.Write("\n"u8);
            var line = _buffer.WrittenSpan.ToArray();
            if (_buffer.Capacity > MaxKeptBytes)
                _buffer = new(4096);
            else
                _buffer.ResetWrittenCount();
            return line;
        }
    }
}

/// <summary>Bytes that may be read ahead; one line is always let in.</summary>
internal sealed class InspectionRoom(int most) : IDisposable
{
    private readonly SemaphoreSlim _freed = new(0);
    private long _taken;

    public async ValueTask TakeAsync(int bytes, CancellationToken ct)
    {
        while (Interlocked.Read(ref _taken) is > 0 and var taken && taken + bytes > most)
            await _freed.WaitAsync(ct);
        Interlocked.Add(ref _taken, bytes);
    }

    public void Give(int bytes)
    {
        Interlocked.Add(ref _taken, -bytes);
        if (_freed.CurrentCount == 0)
            _freed.Release();
    }

    public void Dispose() => _freed.Dispose();
}
