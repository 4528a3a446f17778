using System.Security.Cryptography;

namespace Estafette.Core.Platform;

/// <summary>
/// The first octets of a file that may still grow, hashed as they are read. Zeros stand for what is missing, so that an archive entry always has
/// the length it announced.
/// </summary>
internal sealed class HashedPart(Stream source, long length) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _read;

    public override bool CanRead => true;

    // Archive writers ask for the length only of a stream that says it can seek.
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => length;

    public override long Position
    {
        get => _read;
        set
        {
            if (value != _read)
                throw new NotSupportedException("A part of a backup is read once, in order.");
        }
    }

    /// <summary>SHA-256 of what was read, in lower-case hexadecimal.</summary>
    public string Sha256() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, length - _read)];
        var count = source.Read(buffer);
        return Took(buffer, count);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, length - _read)];
        var count = await source.ReadAsync(buffer, cancellationToken);
        return Took(buffer.Span, count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) =>
        throw new NotSupportedException("A part of a backup is read once, in order.");

    public override void SetLength(long value) => throw new NotSupportedException("A part of a backup is read once, in order.");

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A part of a backup is read once, in order.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }

    private int Took(Span<byte> buffer, int count)
    {
        if (count == 0 && buffer.Length > 0)
        {
            buffer.Clear();
            count = buffer.Length;
        }
        _hash.AppendData(buffer[..count]);
        _read += count;
        return count;
    }
}
