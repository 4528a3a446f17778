using System.Text;

namespace Estafette.Protocols.Mime;

/// <summary>Reads a message into a tree of parts (RFC 5322, RFC 2045-2049), leniently, within limits.</summary>
/// <remarks>
/// Lines may end with LF alone; header lines without a colon are skipped; a multipart without its last boundary ends with the message.
/// Limits: 20 levels, 1 MB of header per part, 2,000 parts. Work is bounded by levels x size.
/// </remarks>
public static class MimeReader
{
    /// <summary>Deepest nesting of parts.</summary>
    public const int MaxDepth = 20;

    /// <summary>Longest header of one part, in bytes.</summary>
    public const int MaxHeaderBytes = 1024 * 1024;

    /// <summary>Largest number of parts in one message.</summary>
    public const int MaxParts = 2000;

    /// <summary>Reads a whole message.</summary>
    /// <param name="message">Bytes of the message; they must not change while the result is used.</param>
    /// <exception cref="MimeFormatException">A limit is passed.</exception>
    public static MimePart Read(ReadOnlyMemory<byte> message)
    {
        var parts = 0;
        return ReadPart(message, depth: 1, ref parts);
    }

    private static MimePart ReadPart(ReadOnlyMemory<byte> bytes, int depth, ref int parts)
    {
        if (depth > MaxDepth)
            throw new MimeFormatException($"Reading a message: parts are nested more than {MaxDepth} levels deep.");
        if (++parts > MaxParts)
            throw new MimeFormatException($"Reading a message: it has more than {MaxParts} parts.");
        var bodyStart = ReadFields(bytes.Span, out var headerEnd, out var fields);
        var body = bytes[bodyStart..];
        var part = new MimePart(fields, bytes[..headerEnd], body);
        part.Children = ReadChildren(part, body, depth, ref parts);
        return part;
    }

    private static List<MimePart> ReadChildren(MimePart part, ReadOnlyMemory<byte> body, int depth, ref int parts)
    {
        var children = new List<MimePart>();
        if (part.ContentType.StartsWith("multipart/", StringComparison.Ordinal))
        {
            // RFC 2046 §5.1.1: 1 to 70 characters; more are read too.
            if (part.TypeParameter("boundary") is not { Length: > 0 and <= 500 } boundary)
                return children;
            foreach (var range in Split(body.Span, Encoding.UTF8.GetBytes("--" + boundary)))
                children.Add(ReadPart(body[range], depth + 1, ref parts));
        }
        else if (part.ContentType is "message/rfc822" or "message/global" && part.TransferEncoding is not ("base64" or "quoted-printable"))
        {
            children.Add(ReadPart(body, depth + 1, ref parts));
        }
        return children;
    }

    private static int ReadFields(ReadOnlySpan<byte> bytes, out int headerEnd, out List<MimeField> fields)
    {
        fields = [];
        var field = "";
        StringBuilder? folded = null;
        var at = 0;
        while (at < bytes.Length)
        {
            var line = ReadLine(bytes, at, out var next);
            if (line.IsEmpty)
            {
                Add(fields, folded?.ToString() ?? field);
                headerEnd = at;
                return next;
            }
            if (next > MaxHeaderBytes)
                throw new MimeFormatException($"Reading a message: a header is longer than {MaxHeaderBytes} bytes.");
            // RFC 5322 §2.2.3: unfolding removes the line end before white space, and only that.
            if (line[0] is (byte)' ' or (byte)'\t')
            {
                (folded ??= new StringBuilder(field)).Append(ToText(line));
            }
            else
            {
                Add(fields, folded?.ToString() ?? field);
                folded = null;
                field = ToText(line);
            }
            at = next;
        }
        Add(fields, folded?.ToString() ?? field);
        headerEnd = bytes.Length;
        return bytes.Length;
    }

    private static void Add(List<MimeField> fields, string field)
    {
        var colon = field.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? "" : field[..colon].TrimEnd(' ', '\t');
        if (!MimeHeaders.IsFieldName(name))
            return;
        var raw = field[(colon + 1)..].Trim(' ', '\t');
        fields.Add(new MimeField(name, raw, EncodedWordReader.Decode(raw)));
    }

    private static ReadOnlySpan<byte> ReadLine(ReadOnlySpan<byte> bytes, int at, out int next)
    {
        var rest = bytes[at..];
        var end = rest.IndexOf((byte)'\n');
        next = end < 0 ? bytes.Length : at + end + 1;
        var line = end < 0 ? rest : rest[..end];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    // RFC 6532: raw UTF-8 is legal in a header; anything else is taken for 1252.
    private static string ToText(ReadOnlySpan<byte> line) =>
        System.Text.Unicode.Utf8.IsValid(line) ? Encoding.UTF8.GetString(line) : MimeCharset.Decode(line, "windows-1252");

    // Ranges between lines that are the delimiter (RFC 2046 §5.1.1); the line end before a delimiter belongs to it.
    private static List<Range> Split(ReadOnlySpan<byte> body, ReadOnlySpan<byte> delimiter)
    {
        var ranges = new List<Range>();
        var partStart = -1;
        var at = 0;
        while (at < body.Length && ranges.Count <= MaxParts)
        {
            var line = ReadLine(body, at, out var next);
            if (line.StartsWith(delimiter))
            {
                var rest = line[delimiter.Length..].TrimEnd(" \t"u8);
                var closes = rest.SequenceEqual("--"u8);
                if (closes || rest.IsEmpty)
                {
                    if (partStart >= 0)
                        ranges.Add(partStart..Math.Max(partStart, WithoutLineEnd(body, at)));
                    partStart = closes ? -1 : next;
                    if (closes)
                        return ranges;
                }
            }
            at = next;
        }
        if (partStart >= 0)
            ranges.Add(partStart..body.Length);
        return ranges;
    }

    private static int WithoutLineEnd(ReadOnlySpan<byte> body, int at)
    {
        if (at > 0 && body[at - 1] == (byte)'\n')
            at--;
        if (at > 0 && body[at - 1] == (byte)'\r')
            at--;
        return at;
    }
}
