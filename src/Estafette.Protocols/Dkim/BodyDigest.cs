using System.Buffers;
using System.Security.Cryptography;

namespace Estafette.Protocols.Dkim;

/// <summary>SHA-256 of a canonical body that comes in pieces, of its first bytes only when <c>l=</c> says so (RFC 6376 §3.5).</summary>
/// <remarks>Short pieces go through a small buffer (a call into the hash costs more than the copy), long ones from where they stand.</remarks>
internal sealed class BodyDigest(long limit) : IDisposable
{
    private const int DirectFrom = 1024;
    private const int BufferSize = 8192;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _used;

    /// <summary>Bytes hashed; less than the limit when the body ended before it.</summary>
    internal long Length { get; private set; }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > limit - Length)
            bytes = bytes[..(int)(limit - Length)];
        Length += bytes.Length;
        if (_used > 0 && (bytes.Length >= DirectFrom || _used + bytes.Length > BufferSize))
        {
            _hash.AppendData(_buffer.AsSpan(0, _used));
            _used = 0;
        }
        if (bytes.Length >= DirectFrom)
        {
            _hash.AppendData(bytes);
            return;
        }
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    internal void Finish(Span<byte> destination)
    {
        _hash.AppendData(_buffer.AsSpan(0, _used));
        _hash.GetHashAndReset(destination);
    }

    public void Dispose()
    {
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }
}
