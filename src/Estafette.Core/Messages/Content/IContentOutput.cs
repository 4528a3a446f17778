namespace Estafette.Core.Messages.Content;

/// <summary>The parts of a rendered content, in the order they are rendered.</summary>
internal enum ContentPart
{
    Subject,
    Text,
    Html,
}

/// <summary>Receives a rendered content piece by piece. Two exist: strings (HTTP APIs, previews) and quoted-printable bytes (SMTP).</summary>
internal interface IContentOutput
{
    /// <summary>A part begins; parts the content does not have are left out.</summary>
    void Begin(ContentPart part);

    /// <summary>Constant text: the same object on every render of the same compiled content.</summary>
    void Write(ContentLiteral literal);

    /// <summary>Text of a value, escaped for its part.</summary>
    void Write(ReadOnlySpan<char> text);

    /// <summary>A URL in ASCII.</summary>
    void WriteUrl(ReadOnlySpan<byte> url);

    void End(ContentPart part);
}
