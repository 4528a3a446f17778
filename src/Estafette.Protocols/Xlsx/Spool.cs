using System.Buffers;

namespace Estafette.Protocols.Xlsx;

/// <summary>Collects what an archive writes until it is handed over; it cannot go back, like the connection behind it.</summary>
internal sealed class Spool : Stream
{
    private readonly ArrayBufferWriter<byte> _bytes = new(64 * 1024);

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw WritesForwards();

    public override long Position
    {
        get => throw WritesForwards();
        set => throw WritesForwards();
    }

    /// <summary>Hands over everything collected so far.</summary>
    public async Task DrainAsync(Stream output, CancellationToken ct)
    {
        await output.WriteAsync(_bytes.WrittenMemory, ct);
        _bytes.ResetWrittenCount();
    }

    public override void Write(byte[] buffer, int offset, int count) => _bytes.Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => _bytes.Write(buffer);

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw WritesForwards();

    public override long Seek(long offset, SeekOrigin origin) => throw WritesForwards();

    public override void SetLength(long value) => throw WritesForwards();

    private static NotSupportedException WritesForwards() => new("A workbook is written once, from its beginning to its end.");
}
