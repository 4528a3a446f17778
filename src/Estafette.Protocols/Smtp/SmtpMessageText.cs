using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Estafette.Protocols.Smtp;

/// <summary>What is wrong with message bytes that must not go on the wire.</summary>
public enum SmtpTextFault
{
    /// <summary>The bytes may be sent.</summary>
    None,

    /// <summary>No bytes at all.</summary>
    Empty,

    /// <summary>A CR that no LF follows (RFC 5321 §2.3.8 forbids it).</summary>
    BareCr,

    /// <summary>An LF that no CR precedes (RFC 5321 §2.3.8 forbids it).</summary>
    BareLf,

    /// <summary>A NUL octet (RFC 5322 §2.3 and §4.1 forbid it).</summary>
    Nul,
}

/// <summary>Checks and dot-stuffs the text of a message for the DATA phase.</summary>
/// <remarks>
/// A bare CR or LF lets a message carry a false end of data to servers that take it for a line end (SMTP smuggling), so such bytes are refused
/// before anything is sent; they are never repaired here, since a repair would break a signature.
/// </remarks>
public static class SmtpMessageText
{
    /// <summary>Tells whether the bytes may be sent, where the first fault is, and whether a line begins with a dot.</summary>
    public static SmtpTextFault Inspect(ReadOnlySpan<byte> message, out int faultAt, out bool hasLeadingDot)
    {
        faultAt = 0;
        hasLeadingDot = false;
        if (message.IsEmpty)
        {
            return SmtpTextFault.Empty;
        }

        // One bit for each octet: LF must stand exactly where the CR bits, moved by one, say.
        uint crBefore = 0;
        uint lineStart = 1;
        uint dots = 0;
        var at = 0;
        ref var first = ref MemoryMarshal.GetReference(message);
        for (; at + Vector256<byte>.Count <= message.Length; at += Vector256<byte>.Count)
        {
            var block = Vector256.LoadUnsafe(ref first, (nuint)at);
            var cr = Vector256.Equals(block, Vector256.Create((byte)'\r')).ExtractMostSignificantBits();
            var lf = Vector256.Equals(block, Vector256.Create((byte)'\n')).ExtractMostSignificantBits();
            var nul = Vector256.Equals(block, Vector256<byte>.Zero).ExtractMostSignificantBits();
            if ((((cr << 1) | crBefore) ^ lf | nul) != 0)
            {
                break;
            }

            dots |= ((lf << 1) | lineStart) & Vector256.Equals(block, Vector256.Create((byte)'.')).ExtractMostSignificantBits();
            crBefore = cr >> 31;
            lineStart = lf >> 31;
        }

        hasLeadingDot = dots != 0;
        return InspectRest(message, at, crBefore != 0, ref hasLeadingDot, out faultAt);
    }

    private static SmtpTextFault InspectRest(ReadOnlySpan<byte> message, int at, bool crBefore, ref bool hasLeadingDot, out int faultAt)
    {
        for (; at < message.Length; at++)
        {
            var octet = message[at];
            faultAt = crBefore && octet != (byte)'\n' ? at - 1 : at;
            switch (octet)
            {
                case not (byte)'\n' when crBefore:
                    return SmtpTextFault.BareCr;
                case (byte)'\n' when !crBefore:
                    return SmtpTextFault.BareLf;
                case 0:
                    return SmtpTextFault.Nul;
                case (byte)'.' when at == 0 || message[at - 1] == (byte)'\n':
                    hasLeadingDot = true;
                    break;
            }

            crBefore = octet == (byte)'\r';
        }

        faultAt = message.Length - 1;
        return crBefore ? SmtpTextFault.BareCr : SmtpTextFault.None;
    }

    /// <summary>Copies as much text as fits and doubles the dot that begins a line (RFC 5321 §4.5.2).</summary>
    /// <param name="from">The rest of the message; moved past what was copied.</param>
    /// <param name="to">Room for the copy, at least 2 octets.</param>
    /// <param name="atLineStart">True when the rest begins a line; kept up to date.</param>
    /// <returns>Octets written.</returns>
    internal static int CopyStuffed(ref ReadOnlySpan<byte> from, Span<byte> to, ref bool atLineStart)
    {
        var written = 0;
        while (!from.IsEmpty && to.Length - written >= 2)
        {
            if (atLineStart && from[0] == (byte)'.')
            {
                to[written++] = (byte)'.';
            }

            // Up to and with the line feed before the next dot, or all of it.
            var next = from.IndexOf("\n."u8);
            var take = Math.Min(next < 0 ? from.Length : next + 1, to.Length - written);
            from[..take].CopyTo(to[written..]);
            written += take;
            atLineStart = from[take - 1] == (byte)'\n';
            from = from[take..];
        }

        return written;
    }
}
