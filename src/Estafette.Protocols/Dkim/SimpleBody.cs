namespace Estafette.Protocols.Dkim;

/// <summary>Simple body canonicalisation and its hash (RFC 6376 §3.4.3): empty lines at the end count as one line end.</summary>
internal static class SimpleBody
{
    /// <summary>SHA-256 of the first bytes of the canonical body.</summary>
    /// <returns>Bytes hashed; fewer than the limit when the canonical body is shorter.</returns>
    internal static long Hash(ReadOnlySpan<byte> body, Span<byte> destination, long limit)
    {
        while (body.EndsWith("\r\n"u8))
            body = body[..^2];
        using var digest = new BodyDigest(limit);
        digest.Append(body);
        digest.Append("\r\n"u8);
        digest.Finish(destination);
        return digest.Length;
    }
}
