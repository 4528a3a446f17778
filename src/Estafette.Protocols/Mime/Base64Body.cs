using System.Buffers.Text;

namespace Estafette.Protocols.Mime;

/// <summary>Base64 bodies in lines of 76 characters (RFC 2045 §6.8).</summary>
public static class Base64Body
{
    private const int BytesPerLine = 57;

    /// <summary>Appends <paramref name="content"/> encoded; every line, the last too, ends with CRLF. Empty content writes nothing.</summary>
    public static void Write(MimeBuffer output, ReadOnlySpan<byte> content)
    {
        ArgumentNullException.ThrowIfNull(output);
        while (!content.IsEmpty)
        {
            var count = Math.Min(content.Length, BytesPerLine);
            var target = output.GetSpan(78);
            Base64.EncodeToUtf8(content[..count], target, out _, out var written);
            "\r\n"u8.CopyTo(target[written..]);
            output.Advance(written + 2);
            content = content[count..];
        }
    }
}
