using System.Text;

namespace Estafette.Core.Messages.Content;

/// <summary>Collects a rendered content as strings, for sending servers that take JSON and for previews.</summary>
internal sealed class StringContentOutput : IContentOutput
{
    private readonly StringBuilder _current = new();
    private readonly string?[] _parts = new string?[3];

    /// <summary>A finished part; null when the content does not have it.</summary>
    public string? Get(ContentPart part) => _parts[(int)part];

    /// <summary>Makes the output ready for the next message.</summary>
    public void Clear() => Array.Clear(_parts);

    public void Begin(ContentPart part)
    {
        _current.Clear();
        _parts[(int)part] = null;
    }

    public void Write(ContentLiteral literal) => _current.Append(literal.Text);

    public void Write(ReadOnlySpan<char> text) => _current.Append(text);

    public void WriteUrl(ReadOnlySpan<byte> url)
    {
        Span<char> characters = stackalloc char[url.Length];
        Encoding.ASCII.GetChars(url, characters);
        _current.Append(characters);
    }

    public void End(ContentPart part) => _parts[(int)part] = _current.ToString();
}
