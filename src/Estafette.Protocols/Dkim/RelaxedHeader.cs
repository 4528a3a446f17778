using System.Text;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Dkim;

/// <summary>Relaxed header canonicalisation (RFC 6376 §3.4.2).</summary>
internal static class RelaxedHeader
{
    /// <summary>Appends a field: name in lower case, unfolded, white space runs as one space, none around the colon or at the end.</summary>
    internal static void Append(MimeBuffer output, ReadOnlySpan<byte> field, bool withLineEnd)
    {
        var colon = field.IndexOf((byte)':');
        var name = field[..colon].TrimEnd(" \t"u8);
        var target = output.GetSpan(field.Length + 3);
        Ascii.ToLower(name, target, out var length);
        target[length++] = (byte)':';
        length += Value(field[(colon + 1)..], target[length..]);
        if (withLineEnd)
        {
            target[length++] = (byte)'\r';
            target[length++] = (byte)'\n';
        }
        output.Advance(length);
    }

    private static int Value(ReadOnlySpan<byte> value, Span<byte> target)
    {
        var length = 0;
        var blank = false;
        for (var i = 0; i < value.Length; i++)
        {
            var b = value[i];
            if (b == (byte)'\r' && i + 1 < value.Length && value[i + 1] == (byte)'\n')
            {
                i++;
                continue;
            }
            if (b is (byte)' ' or (byte)'\t')
            {
                blank = length > 0;
                continue;
            }
            if (blank)
                target[length++] = (byte)' ';
            blank = false;
            target[length++] = b;
        }
        return length;
    }
}
