using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Estafette.Protocols.Dkim;

/// <summary>Relaxed body canonicalisation and its hash (RFC 6376 §3.4.4), in bounded memory.</summary>
/// <remarks>
/// Few bytes of a body change: a vector search finds the next tab, or space before a space, tab or carriage return; what lies between is
/// hashed as it stands.
/// </remarks>
internal static class RelaxedBody
{
    /// <summary>SHA-256 of the canonical body.</summary>
    internal static void Hash(ReadOnlySpan<byte> body, Span<byte> destination) => Hash(body, destination, long.MaxValue);

    /// <summary>SHA-256 of the first bytes of the canonical body.</summary>
    /// <returns>Bytes hashed; fewer than the limit when the canonical body is shorter.</returns>
    internal static long Hash(ReadOnlySpan<byte> body, Span<byte> destination, long limit)
    {
        body = WithoutTrailingLines(body);
        if (body.IsEmpty)
        {
            SHA256.HashData([], destination);
            return 0;
        }
        using var digest = new BodyDigest(limit);
        Append(digest, body);
        digest.Finish(destination);
        return digest.Length;
    }

    private static void Append(BodyDigest digest, ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            var run = IndexOfChange(body);
            digest.Append(run < 0 ? body : body[..run]);
            if (run < 0)
                break;
            body = body[run..];
            var next = body.IndexOfAnyExcept((byte)' ', (byte)'\t');
            if (!body[next..].StartsWith("\r\n"u8))
                digest.Append(" "u8);
            body = body[next..];
        }
        // §3.4.4: a body that is not empty ends with CRLF.
        digest.Append("\r\n"u8);
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
