namespace Estafette.Protocols.Mime;

/// <summary>A message or one part of it: header fields, and either a body or the parts inside.</summary>
public sealed class MimePart
{
    private readonly IReadOnlyDictionary<string, string> _typeParameters;
    private readonly string? _fileName;

    internal MimePart(IReadOnlyList<MimeField> fields, ReadOnlyMemory<byte> rawHeader, ReadOnlyMemory<byte> rawBody)
    {
        Fields = fields;
        RawHeader = rawHeader;
        RawBody = rawBody;
        (ContentType, _typeParameters) = MimeParameters.Parse(RawField("Content-Type") ?? "");
        if (!ContentType.Contains('/', StringComparison.Ordinal))
            ContentType = "text/plain";
        (var disposition, var parameters) = MimeParameters.Parse(RawField("Content-Disposition") ?? "");
        Disposition = disposition.Length == 0 ? null : disposition;
        _fileName = parameters.GetValueOrDefault("filename") ?? _typeParameters.GetValueOrDefault("name");
        TransferEncoding = (RawField("Content-Transfer-Encoding") ?? "7bit").Trim().ToLowerInvariant();
    }

    /// <summary>Header fields in their order.</summary>
    public IReadOnlyList<MimeField> Fields { get; }

    /// <summary>Header bytes, without the blank line.</summary>
    public ReadOnlyMemory<byte> RawHeader { get; }

    /// <summary>Body bytes as they stand, still encoded.</summary>
    public ReadOnlyMemory<byte> RawBody { get; }

    /// <summary>Media type in lower case; <c>text/plain</c> when absent or unreadable (RFC 2045 §5.2).</summary>
    public string ContentType { get; }

    /// <summary>Transfer encoding in lower case; <c>7bit</c> when absent (RFC 2045 §6.1).</summary>
    public string TransferEncoding { get; }

    /// <summary>Disposition in lower case (RFC 2183), or null.</summary>
    public string? Disposition { get; }

    /// <summary>File name (RFC 2183, RFC 2231), decoded; hostile: use it for display only. Null when there is none.</summary>
    public string? FileName => _fileName is null ? null : EncodedWordReader.Decode(_fileName);

    /// <summary>Content id without brackets (RFC 2045 §7), or null.</summary>
    public string? ContentId => RawField("Content-ID")?.Trim().TrimStart('<').TrimEnd('>');

    /// <summary>Parts of a multipart, or the message inside a message/rfc822 part.</summary>
    public IReadOnlyList<MimePart> Children { get; internal set; } = [];

    /// <summary>A parameter of Content-Type, by its lower-case name.</summary>
    public string? TypeParameter(string name) => _typeParameters.GetValueOrDefault(name);

    /// <summary>Decoded value of the first field of that name, or null.</summary>
    public string? Field(string name) => Find(name)?.Value;

    /// <summary>Undecoded value of the first field of that name, or null.</summary>
    public string? RawField(string name) => Find(name)?.RawValue;

    /// <summary>This part and all below it, depth first.</summary>
    public IEnumerable<MimePart> Walk() => Children.SelectMany(c => c.Walk()).Prepend(this);

    /// <summary>The body with its transfer encoding undone (RFC 2045 §6); damaged encodings give what can be read.</summary>
    public byte[] DecodeBody() => TransferDecoder.Decode(RawBody.Span, TransferEncoding);

    /// <summary>The body as text in its charset; unknown charsets are read as Latin-1.</summary>
    public string Text() => MimeCharset.Decode(DecodeBody(), TypeParameter("charset") ?? "utf-8");

    private MimeField? Find(string name) => Fields.FirstOrDefault(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
