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
        var at = 0;
        while (at < header.Length)
        {
            var end = EndOfField(header, at);
            var colon = header[at..end].IndexOf((byte)':');
            var name = colon < 0 ? default : header.Slice(at, colon).TrimEnd(" \t"u8);
            if (name.IsEmpty)
                throw new ArgumentException($"Signing a message: no header field at byte {at}.", nameof(header));
            fields.Add(new HeaderField(at, name.Length, end));
            at = end;
        }
        return fields;
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
