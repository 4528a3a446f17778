namespace Estafette.Core.Tracking;

/// <summary>Base32 without padding (RFC 4648 §6) in lower case, read in any case: survives mail systems that fold local parts.</summary>
internal static class Base32
{
    /// <summary>Encodes and returns the number of characters, ceil(bits / 5).</summary>
    public static int Encode(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        uint bits = 0;
        int held = 0,
            at = 0;
        foreach (var b in raw)
        {
            bits = (bits << 8) | b;
            for (held += 8; held >= 5; held -= 5)
                destination[at++] = "abcdefghijklmnopqrstuvwxyz234567"u8[(int)(bits >> (held - 5)) & 31];
        }
        if (held > 0)
            destination[at++] = "abcdefghijklmnopqrstuvwxyz234567"u8[(int)(bits << (5 - held)) & 31];
        return at;
    }

    /// <summary>Decodes; false for a foreign character or more bytes than the destination holds.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> destination, out int length)
    {
        uint bits = 0;
        var held = 0;
        length = 0;
        foreach (var c in text)
        {
            var value = c switch
            {
                >= 'a' and <= 'z' => c - 'a',
                >= 'A' and <= 'Z' => c - 'A',
                >= '2' and <= '7' => c - '2' + 26,
                _ => -1,
            };
            if (value < 0)
                return false;
            bits = (bits << 5) | (uint)value;
            held += 5;
            if (held < 8)
                continue;
            if (length == destination.Length)
                return false;
            held -= 8;
            destination[length++] = (byte)(bits >> held);
        }
        return true;
    }
}
