using System.Security.Cryptography;

namespace Estafette.Protocols.Mime;

/// <summary>Everything constant around the bodies of a message: structure headers, part headers, attachments, boundaries.</summary>
/// <remarks>
/// Built once per content. One message is then: own header fields, <see cref="Opening"/>, the text body, <see cref="BetweenBodies"/>,
/// the HTML body, <see cref="Closing"/>. With one body only, <see cref="BetweenBodies"/> is empty and that body stands between the other two.
/// Layout: mixed( alternative( text, related( html, inline images ) ), attachments ); levels with one member are left out (RFC 2046 §5.1,
/// RFC 2387). Bodies are quoted-printable, or 7bit when the caller promises lines that allow it. Boundaries are 128 random bits and hold
/// <c>=_</c>, which neither quoted-printable nor base64 can produce (RFC 2045 §6.7), so no body can imitate them.
/// </remarks>
public sealed class MimeSkeleton
{
    private MimeSkeleton(bool hasText, bool hasHtml, byte[] opening, byte[] between, byte[] closing)
    {
        HasText = hasText;
        HasHtml = hasHtml;
        Opening = opening;
        BetweenBodies = between;
        Closing = closing;
    }

    /// <summary>Whether a text body is expected.</summary>
    public bool HasText { get; }

    /// <summary>Whether an HTML body is expected.</summary>
    public bool HasHtml { get; }

    /// <summary>MIME-Version and Content-Type fields, the blank line, and all up to the first body.</summary>
    public ReadOnlyMemory<byte> Opening { get; }

    /// <summary>From the end of the text body to the start of the HTML body.</summary>
    public ReadOnlyMemory<byte> BetweenBodies { get; }

    /// <summary>From the end of the last body to the end of the message; the message ends with CRLF.</summary>
    public ReadOnlyMemory<byte> Closing { get; }

    /// <summary>Builds the constant parts.</summary>
    /// <param name="hasText">Whether there is a text body; with an HTML body too, they become alternatives, text first.</param>
    /// <param name="hasHtml">Whether there is an HTML body.</param>
    /// <param name="attachments">Files; those with a content id stand beside the HTML.</param>
    /// <exception cref="ArgumentException">No body at all, or a header-bound value with control characters.</exception>
    public static MimeSkeleton Build(bool hasText, bool hasHtml, IReadOnlyList<MimeAttachment>? attachments = null) =>
        Build(hasText ? BodyEncoding.QuotedPrintable : null, hasHtml ? BodyEncoding.QuotedPrintable : null, attachments ?? []);

    internal static MimeSkeleton Build(BodyEncoding? text, BodyEncoding? html, IReadOnlyList<MimeAttachment> attachments)
    {
        if (text is null && html is null)
            throw new ArgumentException("Building a message: neither a text nor an HTML body is given.", nameof(text));
        var inline = html is null ? [] : attachments.Where(a => a.ContentId is not null).ToArray();
        var files = attachments.Except(inline, ReferenceEqualityComparer.Instance).Cast<MimeAttachment>().ToArray();
        var mixed = files.Length > 0 ? NewBoundary() : null;
        var alternative = text is not null && html is not null ? NewBoundary() : null;
        var related = inline.Length > 0 ? NewBoundary() : null;

        using var output = new MimeBuffer();
        output.Write("MIME-Version: 1.0\r\n"u8);
        OpenMultipart(output, "multipart/mixed", mixed);
        OpenMultipart(output, "multipart/alternative", alternative);
        if (text is { } textEncoding)
            WriteBodyHeaders(output, "text/plain", textEncoding);
        if (alternative is null)
        {
            OpenRelated(output, related);
            if (html is { } only)
                WriteBodyHeaders(output, "text/html", only);
        }
        var opening = output.ToArray();

        output.Clear();
        if (alternative is not null)
        {
            Separator(output, alternative);
            OpenRelated(output, related);
            WriteBodyHeaders(output, "text/html", html!.Value);
        }
        var between = output.ToArray();

        output.Clear();
        output.Write("\r\n"u8);
        WriteFiles(output, related, inline);
        Close(output, related);
        Close(output, alternative);
        WriteFiles(output, mixed, files);
        Close(output, mixed);
        return new MimeSkeleton(text is not null, html is not null, opening, between, output.ToArray());
    }

    // RFC 2046 §5.1.1: at most 70 characters, "=_" cannot occur in quoted-printable text.
    private static string NewBoundary() => "=_" + RandomNumberGenerator.GetHexString(32, lowercase: true);

    private static void OpenMultipart(MimeBuffer output, string type, string? boundary)
    {
        if (boundary is null)
            return;
        MimeHeaders.WriteParameters(output, "Content-Type", type, ("boundary", boundary));
        output.Write("\r\n--"u8);
        output.WriteUtf8(boundary);
        output.Write("\r\n"u8);
    }

    private static void OpenRelated(MimeBuffer output, string? boundary)
    {
        if (boundary is null)
            return;
        // RFC 2387 §3.1: type names the media type of the root.
        MimeHeaders.WriteParameters(output, "Content-Type", "multipart/related", ("type", "text/html"), ("boundary", boundary));
        output.Write("\r\n--"u8);
        output.WriteUtf8(boundary);
        output.Write("\r\n"u8);
    }

    private static void WriteBodyHeaders(MimeBuffer output, string type, BodyEncoding encoding)
    {
        MimeHeaders.WriteParameters(output, "Content-Type", type, ("charset", "utf-8"));
        output.Write(
            encoding == BodyEncoding.SevenBit
                ? "Content-Transfer-Encoding: 7bit\r\n\r\n"u8
                : "Content-Transfer-Encoding: quoted-printable\r\n\r\n"u8
        );
    }

    // RFC 2046 §5.1.1: the CRLF before a boundary belongs to the boundary.
    private static void Separator(MimeBuffer output, string boundary)
    {
        output.Write("\r\n--"u8);
        output.WriteUtf8(boundary);
        output.Write("\r\n"u8);
    }

    // Expects the buffer at the start of a line, where a boundary may stand at once.
    private static void WriteFiles(MimeBuffer output, string? boundary, ReadOnlySpan<MimeAttachment> files)
    {
        foreach (var file in files)
        {
            output.Write("--"u8);
            output.WriteUtf8(boundary);
            output.Write("\r\n"u8);
            var name = CleanFileName(file.FileName);
            MimeHeaders.WriteParameters(output, "Content-Type", CheckedType(file), ("name", name));
            output.Write("Content-Transfer-Encoding: base64\r\n"u8);
            // RFC 2183
            var disposition = file.ContentId is null ? "attachment" : "inline";
            MimeHeaders.WriteParameters(output, "Content-Disposition", disposition, ("filename", name));
            if (file.ContentId is not null)
                WriteContentId(output, file);
            output.Write("\r\n"u8);
            Base64Body.Write(output, file.Content.Span);
        }
    }

    private static void Close(MimeBuffer output, string? boundary)
    {
        if (boundary is null)
            return;
        output.Write("--"u8);
        output.WriteUtf8(boundary);
        output.Write("--\r\n"u8);
    }

    private static void WriteContentId(MimeBuffer output, MimeAttachment file)
    {
        var id = file.ContentId!;
        if (id.Length is 0 or > 200 || id.AsSpan().ContainsAny('<', '>') || id.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new ArgumentException(
                $"Attaching '{CleanFileName(file.FileName)}': the content id must be ASCII without spaces or brackets."
            );
        MimeHeaders.WriteToken(output, "Content-ID", $"<{id}>");
    }

    private static string CleanFileName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var last = name[(name.LastIndexOfAny(['/', '\\', ':']) + 1)..].Trim();
        last = string.Concat(last.Where(c => !char.IsControl(c)));
        return last.Length is 0 or > 200 || last is "." or ".." ? "attachment" : last;
    }

    private static string CheckedType(MimeAttachment file)
    {
        var type = file.ContentType ?? "";
        var slash = type.IndexOf('/', StringComparison.Ordinal);
        var token = slash > 0 && slash < type.Length - 1 && type.All(c => char.IsAsciiLetterOrDigit(c) || "!#$&-^_.+/".Contains(c));
        // A multipart or message type may not be base64 (RFC 2045 §6.4).
        var composite =
            type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
            || type.StartsWith("message/", StringComparison.OrdinalIgnoreCase);
        return token && type.Length <= 127 && type.Count(c => c == '/') == 1 && !composite ? type : "application/octet-stream";
    }
}
