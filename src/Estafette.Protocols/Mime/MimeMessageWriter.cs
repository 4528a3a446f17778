using System.Buffers;

namespace Estafette.Protocols.Mime;

/// <summary>Writes whole messages: own header fields first, then the bodies inside a <see cref="MimeSkeleton"/>.</summary>
/// <remarks>
/// For a campaign keep one <see cref="MimeSkeleton"/> per content and <see cref="QpBlock"/> pieces per template:
/// <code>
/// MimeHeaders.WriteMailbox(buffer, "To", to); ...
/// using the skeleton: buffer.Write(skeleton.Opening.Span); qp.WriteBlock(a); qp.Write(name); qp.Finish();
/// buffer.Write(skeleton.BetweenBodies.Span); ... buffer.Write(skeleton.Closing.Span);
/// </code>
/// For a single message call <see cref="WriteBodies"/> after the header fields.
/// </remarks>
public static class MimeMessageWriter
{
    private static readonly SearchValues<char> SevenBitChars = SearchValues.Create([
        .. Enumerable.Range(32, 95).Select(c => (char)c),
        '\t',
        '\r',
        '\n',
    ]);

    /// <summary>Writes MIME-Version, Content-Type, the blank line and all bodies of one message.</summary>
    /// <param name="output">Buffer that holds the header fields, each ended by CRLF.</param>
    /// <param name="text">Text body, or null.</param>
    /// <param name="html">HTML body, or null.</param>
    /// <param name="attachments">Files.</param>
    /// <exception cref="ArgumentException">No body at all, or a header-bound value with control characters.</exception>
    public static void WriteBodies(MimeBuffer output, string? text, string? html, IReadOnlyList<MimeAttachment>? attachments = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        var textEncoding = Choose(text);
        var htmlEncoding = Choose(html);
        var skeleton = MimeSkeleton.Build(textEncoding, htmlEncoding, attachments ?? []);
        var writer = new QuotedPrintableWriter(output);
        output.Write(skeleton.Opening.Span);
        if (text is not null)
            WriteBody(output, writer, text, textEncoding!.Value);
        output.Write(skeleton.BetweenBodies.Span);
        if (html is not null)
            WriteBody(output, writer, html, htmlEncoding!.Value);
        output.Write(skeleton.Closing.Span);
    }

    private static void WriteBody(MimeBuffer output, QuotedPrintableWriter writer, string body, BodyEncoding encoding)
    {
        if (encoding == BodyEncoding.QuotedPrintable)
        {
            writer.Write(body);
            writer.Finish();
            return;
        }
        output.WriteUtf8(body.ReplaceLineEndings("\r\n"));
    }

    // 7bit is legal up to 998 characters a line (RFC 2045 §2.7); here only what no relay is known to touch: short lines without white
    // space at the end, without a dot, "From " or a possible boundary at the start.
    private static BodyEncoding? Choose(string? body)
    {
        if (body is null)
            return null;
        if (body.AsSpan().ContainsAnyExcept(SevenBitChars))
            return BodyEncoding.QuotedPrintable;
        foreach (var line in body.AsSpan().EnumerateLines())
        {
            if (line.Length > 76 || (line.Length > 0 && (line[^1] is ' ' or '\t' || line[0] == '.')))
                return BodyEncoding.QuotedPrintable;
            if (line.StartsWith("From ", StringComparison.Ordinal) || line.StartsWith("--", StringComparison.Ordinal))
                return BodyEncoding.QuotedPrintable;
        }
        return BodyEncoding.SevenBit;
    }
}
