using System.IO.Compression;

namespace Estafette.Protocols.Xlsx;

/// <summary>
/// A part of the archive as it unpacks, up to a limit. The lengths in the archive's directory are not believed: bytes are counted as they come.
/// </summary>
/// <remarks>
/// Deflate packs at most 1,032 to 1. Sheets of repeated cells reach some 100 to 1; more than 400 to 1 beyond 64 MB is taken for a zip bomb.
/// </remarks>
internal sealed class BoundedPart(ZipArchiveEntry entry, long most) : Stream
{
    private const long FreeBytes = 64 * 1024 * 1024;
    private const int MaxRatio = 400;

    private readonly Stream _part = entry.Open();
    private long _read;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw ReadsForwards();
    public override long Position
    {
        get => _read;
        set => throw ReadsForwards();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = _part.Read(buffer);
        _read += read;
        if (_read > most || (_read > FreeBytes && _read / MaxRatio > entry.CompressedLength))
            throw new XlsxException(XlsxFault.TooLarge, $"'{entry.FullName}' unpacks to more than is allowed.");
        return read;
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw ReadsForwards();

    public override void SetLength(long value) => throw ReadsForwards();

    public override void Write(byte[] buffer, int offset, int count) => throw ReadsForwards();

    private static NotSupportedException ReadsForwards() => new("A part of a workbook is read once, from its beginning to its end.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _part.Dispose();
        base.Dispose(disposing);
    }
}
