using Microsoft.Win32.SafeHandles;

namespace Estafette.Protocols.SmtpServer;

/// <summary>Reads a file that another object owns, from its start, without moving that object's position.</summary>
internal sealed class SpoolReader(SafeFileHandle file, long length) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = Math.Clamp(value, 0, length);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) => Moved(RandomAccess.Read(file, buffer, _position));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Moved(await RandomAccess.ReadAsync(file, buffer, _position, cancellationToken));

    public override long Seek(long offset, SeekOrigin origin) =>
        Position =
            offset
            + origin switch
            {
                SeekOrigin.Begin => 0,
                SeekOrigin.Current => _position,
                _ => length,
            };

    public override void Flush() { }

    public override void SetLength(long value) => throw ReadsOnly();

    public override void Write(byte[] buffer, int offset, int count) => throw ReadsOnly();

    private int Moved(int by)
    {
        _position += by;
        return by;
    }

    private static NotSupportedException ReadsOnly() => new("A received message is read, not written.");
}
