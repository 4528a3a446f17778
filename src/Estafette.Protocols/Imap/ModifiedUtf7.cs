using System.Buffers.Binary;
using System.Text;

namespace Estafette.Protocols.Imap;

/// <summary>Mailbox names on the wire: ASCII, with everything else as base64 of UTF-16 between <c>&amp;</c> and <c>-</c> (RFC 3501 §5.1.3).</summary>
public static class ModifiedUtf7
{
    /// <summary>The name for the wire.</summary>
    public static string Encode(string name)
    {
        var wire = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; )
        {
            if (name[i] is >= ' ' and <= '~')
            {
                wire.Append(name[i] == '&' ? "&-" : name[i].ToString());
                i++;
                continue;
            }

            var end = i;
            while (end < name.Length && name[end] is < ' ' or > '~')
            {
                end++;
            }

            var units = new byte[(end - i) * 2];
            for (var n = i; n < end; n++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(units.AsSpan((n - i) * 2), name[n]);
            }

            wire.Append('&').Append(Convert.ToBase64String(units).TrimEnd('=').Replace('/', ',')).Append('-');
            i = end;
        }

        return wire.ToString();
    }

    /// <summary>The name from the wire; a malformed one stays as it is, so that it can still be asked for.</summary>
    public static string Decode(string wire)
    {
        var name = new StringBuilder(wire.Length);
        for (var i = 0; i < wire.Length; i++)
        {
            if (wire[i] != '&')
            {
                name.Append(wire[i]);
                continue;
            }

            var end = wire.IndexOf('-', i);
            if (end < 0 || !TryDecode(wire.AsSpan(i + 1, end - i - 1), name))
            {
                return wire;
            }

            i = end;
        }

        // What is read must be found again under the same name.
        var decoded = name.ToString();
        return Encode(decoded) == wire ? decoded : wire;
    }

    private static bool TryDecode(ReadOnlySpan<char> base64, StringBuilder name)
    {
        if (base64.IsEmpty)
        {
            name.Append('&');
            return true;
        }

        var padded = base64.ToString().Replace(',', '/').PadRight((base64.Length + 3) / 4 * 4, '=');
        var units = new byte[padded.Length];
        if (!Convert.TryFromBase64String(padded, units, out var count) || count % 2 != 0)
        {
            return false;
        }

        for (var i = 0; i < count; i += 2)
        {
            name.Append((char)BinaryPrimitives.ReadUInt16BigEndian(units.AsSpan(i)));
        }

        return true;
    }
}
