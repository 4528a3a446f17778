namespace Estafette.Protocols.Mime;

/// <summary>Undoes transfer encodings, reading damaged input as far as it goes.</summary>
internal static class TransferDecoder
{
    internal static byte[] Decode(ReadOnlySpan<byte> body, string encoding) =>
        encoding switch
        {
            "quoted-printable" => QuotedPrintable(body, underscoreIsSpace: false),
            "base64" => Base64(body),
            _ => body.ToArray(),
        };

    // RFC 2045 §6.7; a '=' that starts no pair stays as it is (§6.7 note on robustness). RFC 2047 §4.2 (2) for the underscore.
    internal static byte[] QuotedPrintable(ReadOnlySpan<byte> body, bool underscoreIsSpace)
    {
        var output = new byte[body.Length];
        var length = 0;
        var lineStart = 0;
        for (var i = 0; i < body.Length; i++)
        {
            var b = body[i];
            if (b == (byte)'=')
            {
                if (i + 2 < body.Length && Hex(body[i + 1]) is >= 0 and var high && Hex(body[i + 2]) is >= 0 and var low)
                {
                    output[length++] = (byte)((high << 4) | low);
                    // Encoded white space is content: it may not be trimmed below.
                    lineStart = length;
                    i += 2;
                    continue;
                }
                var skip = SoftBreak(body[(i + 1)..]);
                if (skip >= 0)
                {
                    i += skip;
                    lineStart = length;
                    continue;
                }
            }
            if (b is (byte)'\r' or (byte)'\n')
            {
                // §6.7 (3): white space at the end of a line was added on the way.
                while (length > lineStart && output[length - 1] is (byte)' ' or (byte)'\t' && !underscoreIsSpace)
                    length--;
                output[length++] = b;
                lineStart = length;
                continue;
            }
            output[length++] = underscoreIsSpace && b == (byte)'_' ? (byte)' ' : b;
        }
        return output[..length];
    }

    internal static byte[] Base64(ReadOnlySpan<byte> body)
    {
        // RFC 2045 §6.8: characters outside the alphabet are ignored; '=' ends the data.
        var output = new byte[(body.Length / 4 * 3) + 3];
        var length = 0;
        var bits = 0;
        var value = 0;
        foreach (var b in body)
        {
            if (b == (byte)'=')
                break;
            var six = Six(b);
            if (six < 0)
                continue;
            value = (value << 6) | six;
            bits += 6;
            if (bits < 8)
                continue;
            bits -= 8;
            output[length++] = (byte)(value >> bits);
            value &= (1 << bits) - 1;
        }
        return output[..length];
    }

    // Length of optional white space and a line end after '=', or -1.
    private static int SoftBreak(ReadOnlySpan<byte> rest)
    {
        var blank = rest.IndexOfAnyExcept((byte)' ', (byte)'\t');
        if (blank < 0)
            return rest.Length;
        rest = rest[blank..];
        if (rest.StartsWith("\r\n"u8))
            return blank + 2;
        return rest[0] == (byte)'\n' ? blank + 1 : -1;
    }

    private static int Hex(byte b) =>
        b switch
        {
            >= (byte)'0' and <= (byte)'9' => b - '0',
            >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
            >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
            _ => -1,
        };

    private static int Six(byte b) =>
        b switch
        {
            >= (byte)'A' and <= (byte)'Z' => b - 'A',
            >= (byte)'a' and <= (byte)'z' => b - 'a' + 26,
            >= (byte)'0' and <= (byte)'9' => b - '0' + 52,
            (byte)'+' => 62,
            (byte)'/' => 63,
            _ => -1,
        };
}
