using System.Runtime.InteropServices;
using System.Text;

namespace Estafette.Protocols.Dkim;

/// <summary>Place of one header field in a message.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HeaderField(int Start, int NameLength, int End)
{
    internal ReadOnlySpan<byte> Of(ReadOnlySpan<byte> message) => message[Start..End];

    internal bool Is(ReadOnlySpan<byte> message, string name) =>
        NameLength == name.Length && Ascii.EqualsIgnoreCase(message.Slice(Start, NameLength), name);
}

/// <summary>Finds the fields of a header, folded lines included (RFC 5322 §2.2.3).</summary>
internal static class HeaderFields
{
    /// <summary>Splits a header into fields.</summary>
    /// <exception cref="ArgumentException">A line that neither continues a field nor has a name and a colon.</exception>
    internal static List<HeaderField> Split(ReadOnlySpan<byte> header)
    {
        var fields = new List<HeaderField>(24);
        for (var at = 0; at < header.Length; at = fields[^1].End)
        {
            fields.Add(
                FieldAt(header, at) is { NameLength: > 0 } field
                    ? field
                    : throw new ArgumentException($"Signing a message: no header field at byte {at}.", nameof(header))
            );
        }
        return fields;
    }

    /// <summary>Splits a header of unknown origin: lines without a name and a colon are left out.</summary>
    internal static List<HeaderField> SplitWhatIsReadable(ReadOnlySpan<byte> header)
    {
        var fields = new List<HeaderField>(24);
        var at = 0;
        while (at < header.Length)
        {
            var field = FieldAt(header, at);
            if (field.NameLength > 0)
                fields.Add(field);
            at = field.End;
        }
        return fields;
    }

    // The name length is zero when there is no name.
    private static HeaderField FieldAt(ReadOnlySpan<byte> header, int start)
    {
        var end = EndOfField(header, start);
        var colon = header[start..end].IndexOf((byte)':');
        var name = colon < 0 ? default : header.Slice(start, colon).TrimEnd(" \t"u8);
        return new HeaderField(start, name.Length, end);
    }

    private static int EndOfField(ReadOnlySpan<byte> header, int start)
    {
        var at = start;
        while (true)
        {
            var line = header[at..].IndexOf("\r\n"u8);
            if (line < 0)
                return header.Length;
            at += line + 2;
            if (at == header.Length || header[at] is not ((byte)' ' or (byte)'\t'))
                return at;
        }
    }
}
