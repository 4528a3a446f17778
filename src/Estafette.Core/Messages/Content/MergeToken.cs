namespace Estafette.Core.Messages.Content;

/// <summary>What one token of a template is.</summary>
internal enum MergeTokenKind
{
    Literal,
    Value,
    Open,
    Else,
    Close,
    Marker,
}

/// <summary>The places of a processed content that are filled from the recipient's links and not from his data.</summary>
internal enum MarkerKind
{
    Link,
    OpenPixel,
    Unsubscribe,
    WebVersion,

    /// <summary>The page where the recipient chooses lists, language and measurement.</summary>
    Preferences,
}

/// <summary>One token of a parsed template: literal text, or one expression between braces.</summary>
/// <remarks><see cref="Start"/> and <see cref="End"/> are positions in the source, so that a caller can replace the token in place.</remarks>
internal sealed record MergeToken(MergeTokenKind Kind, int Start, int End)
{
    public string Text { get; init; } = "";
    public MergeExpression? Expression { get; init; }

    /// <summary>True for <c>{{{x}}}</c> and <c>{{&amp;x}}</c>: the value is written without escaping.</summary>
    public bool Raw { get; init; }

    /// <summary>Name of the block for Open and Close: if, unless, each, with, or "" for a section on a value.</summary>
    public string Block { get; init; } = "";

    /// <summary>True for <c>{{^x}}</c>.</summary>
    public bool Inverted { get; init; }
    public IReadOnlyList<string> BlockParameters { get; init; } = [];
    public MarkerKind Marker { get; init; }
    public int Number { get; init; }
    public bool TrimBefore { get; init; }
    public bool TrimAfter { get; init; }

    /// <summary>Blocks around this token whose body has another context than the recipient (each, with, sections).</summary>
    public int Scopes { get; init; }

    /// <summary>Blocks around this token, conditions included.</summary>
    public int Depth { get; init; }
}

/// <summary>An expression inside a pair of braces.</summary>
internal abstract record MergeExpression;

/// <summary>A path such as <c>../sender.name</c>: steps up, an optional data root such as <c>@root</c>, and segments.</summary>
internal sealed record PathExpression(int Ups, string? DataName, IReadOnlyList<string> Segments) : MergeExpression
{
    public string Name => string.Join('.', Segments);
}

/// <summary>A constant: string, number, true, false or null.</summary>
internal sealed record ConstantExpression(object? Value) : MergeExpression;

/// <summary>A helper with its arguments.</summary>
internal sealed record CallExpression(string Helper, IReadOnlyList<MergeExpression> Arguments) : MergeExpression;

/// <summary>The text is not a template: what is wrong and where, line and column counted from 1.</summary>
internal sealed record MergeSyntaxError(ContentFault Fault, int Line, int Column)
{
    public string Message => Fault.Message;
}
