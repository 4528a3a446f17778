using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Estafette.Protocols.Dkim;

/// <summary>Relaxed body canonicalisation and its hash (RFC 6376 §3.4.4), in bounded memory.</summary>
/// <remarks>
/// Few bytes of a body change: a vector search finds the next tab, or space before a space, tab or carriage return; what lies between is
/// hashed from where it stands when long, through a small buffer when short (a call into the hash costs more than the copy).
/// </remarks>
internal static class RelaxedBody
{
    private const int DirectFrom = 1024;
    private const int BufferSize = 8192;

    /// <summary>SHA-256 of the canonical body.</summary>
    internal static void Hash(ReadOnlySpan<byte> body, Span<byte> destination)
    {
        body = WithoutTrailingLines(body);
        if (body.IsEmpty)
        {
            SHA256.HashData([], destination);
            return;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var used = 0;
        while (!body.IsEmpty)
        {
            var run = IndexOfChange(body);
            Append(hash, buffer, ref used, run < 0 ? body : body[..run]);
            if (run < 0)
                break;
            body = body[run..];
            var next = body.IndexOfAnyExcept((byte)' ', (byte)'\t');
            if (!body[next..].StartsWith("\r\n"u8))
                Append(hash, buffer, ref used, " "u8);
            body = body[next..];
        }
        // §3.4.4: a body that is not empty ends with CRLF.
        Append(hash, buffer, ref used, "\r\n"u8);
        hash.AppendData(buffer.AsSpan(0, used));
        hash.GetHashAndReset(destination);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static void Append(IncrementalHash hash, byte[] buffer, ref int used, ReadOnlySpan<byte> bytes)
    {
        if (used > 0 && (bytes.Length >= DirectFrom || used + bytes.Length > BufferSize))
        {
            hash.AppendData(buffer.AsSpan(0, used));
            used = 0;
        }
        if (bytes.Length >= DirectFrom)
        {
            hash.AppendData(bytes);
            return;
        }
        bytes.CopyTo(buffer.AsSpan(used));
        used += bytes.Length;
    }

    // Drops lines that are empty or hold only white space, and the line end and white space of the last other line.
    private static ReadOnlySpan<byte> WithoutTrailingLines(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            if (body.EndsWith("\r\n"u8))
                body = body[..^2];
            else if (body[^1] is (byte)' ' or (byte)'\t')
                body = body[..^1];
            else
                break;
        }
        return body;
    }

    // First byte that canonicalisation touches. The last byte of the body is never white space here.
    private static int IndexOfChange(ReadOnlySpan<byte> body)
    {
        ref var start = ref MemoryMarshal.GetReference(body);
        var at = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            var space = Vector256.Create((byte)' ');
            var tab = Vector256.Create((byte)'\t');
            var cr = Vector256.Create((byte)'\r');
            for (; at + Vector256<byte>.Count < body.Length; at += Vector256<byte>.Count)
            {
                var here = Vector256.LoadUnsafe(ref start, (nuint)at);
                var next = Vector256.LoadUnsafe(ref start, (nuint)(at + 1));
                var ends = Vector256.Equals(next, space) | Vector256.Equals(next, tab) | Vector256.Equals(next, cr);
                var bits = (Vector256.Equals(here, tab) | (Vector256.Equals(here, space) & ends)).ExtractMostSignificantBits();
                if (bits != 0)
                    return at + BitOperations.TrailingZeroCount(bits);
            }
        }
        for (; at < body.Length; at++)
        {
            if (body[at] == (byte)'\t')
                return at;
            if (body[at] == (byte)' ' && body[at + 1] is (byte)' ' or (byte)'\t' or (byte)'\r')
                return at;
        }
        return -1;
    }
}
