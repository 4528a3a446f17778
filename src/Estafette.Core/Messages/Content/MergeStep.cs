namespace Estafette.Core.Messages.Content;

/// <summary>Constant text of a template, the same object on every render, so that an output can keep its encoded form beside it.</summary>
internal sealed class ContentLiteral(string text)
{
    public string Text { get; } = text;

    /// <summary>What one kind of output made of the text; set once by that output, never changed.</summary>
    public object? Encoded { get; set; }
}

/// <summary>What is written for one part of a run: a literal, a place filled from the recipient's links, or a count of one loop step.</summary>
internal readonly record struct MergeStep
{
    public ContentLiteral? Literal { get; private init; }
    public MarkerKind Marker { get; private init; }
    public int Number { get; private init; }
    public bool IsTick { get; private init; }

    public static MergeStep Tick => new() { IsTick = true };

    public static MergeStep Of(ContentLiteral literal) => new() { Literal = literal };

    public static MergeStep Of(MarkerKind marker, int number) => new() { Marker = marker, Number = number };
}
