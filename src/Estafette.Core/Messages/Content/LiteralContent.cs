using System.Net;

namespace Estafette.Core.Messages.Content;

/// <summary>
/// A content that is no template: it goes out as its author wrote it, apart from the values that take the place of tags (<see cref="TaggedText"/>).
/// Nothing is compiled, so that a text that is sent once costs no more than its bytes. In html the values are encoded.
/// </summary>
internal sealed class LiteralContent : SendableContent
{
    private readonly List<TaggedLiteral> _subject;
    private readonly List<TaggedLiteral>? _text;
    private readonly List<TaggedLiteral>? _html;
    private readonly IReadOnlyList<string> _tags;

    public LiteralContent(ProcessedContent content)
    {
        _tags = content.Tags ?? [];
        _subject = Pieces(content.Subject)!;
        _text = Pieces(content.Text);
        _html = Pieces(content.Html);
    }

    private sealed record TaggedLiteral(ContentLiteral? Literal, int Tag);

    public override bool HasHtml => _html is not null;

    public override bool HasText => _text is not null;

    public override RenderFailure? Render(IReadOnlyDictionary<string, object?> data, RecipientLinks links, IContentOutput output)
    {
        Write(output, ContentPart.Subject, _subject, data);
        Write(output, ContentPart.Text, _text, data);
        Write(output, ContentPart.Html, _html, data);
        return null;
    }

    public override string? ResolveLink(int number, IReadOnlyDictionary<string, object?> data) => null;

    private void Write(IContentOutput output, ContentPart part, List<TaggedLiteral>? pieces, IReadOnlyDictionary<string, object?> data)
    {
        if (pieces is null)
            return;
        output.Begin(part);
        foreach (var piece in pieces)
            if (piece.Literal is { } literal)
                output.Write(literal);
            else
                output.Write(ValueOf(piece.Tag, part, data));
        output.End(part);
    }

    private string ValueOf(int tag, ContentPart part, IReadOnlyDictionary<string, object?> data)
    {
        var value = data.TryGetValue(TaggedText.FieldOf(tag), out var found) ? found as string ?? "" : _tags[tag];
        return part == ContentPart.Html ? WebUtility.HtmlEncode(value) : value;
    }

    private List<TaggedLiteral>? Pieces(string? text) =>
        text is null
            ? null
            : [.. TaggedText.Split(text, _tags).Select(p => new TaggedLiteral(p.Text is null ? null : new ContentLiteral(p.Text), p.Tag))];
}
