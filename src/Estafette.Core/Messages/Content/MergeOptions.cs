namespace Estafette.Core.Messages.Content;

/// <summary>What happens to a recipient for whom a merge field has no value.</summary>
internal enum MissingFieldPolicy
{
    /// <summary>The field is written as nothing.</summary>
    Empty,

    /// <summary>The recipient gets no message; the reason names the field.</summary>
    SkipRecipient,
}

/// <summary>How templates of a campaign are compiled.</summary>
internal sealed record MergeOptions
{
    /// <summary>Language of dates and numbers: "fr" or "en"; default "fr".</summary>
    public string Language { get; init; } = "fr";

    /// <summary>Default: <see cref="MissingFieldPolicy.Empty"/>.</summary>
    public MissingFieldPolicy Missing { get; init; }

    /// <summary>Values used when a top-level field is missing, by field name. They count as values for <see cref="Missing"/>.</summary>
    public IReadOnlyDictionary<string, string> Defaults { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Default false: compiled to machine code. True: interpreted, which is ready ten times sooner and renders several times slower.</summary>
    public bool IsInterpreted { get; init; }

    /// <summary>Longest time one part of one message may take: 1 to 10,000 ms; default 50 ms. Looked at every 256 steps.</summary>
    public TimeSpan TimeBudget { get; init; } = TimeSpan.FromMilliseconds(50);
}

/// <summary>Why a message could not be made for one recipient.</summary>
internal enum RenderFailureKind
{
    MissingField,
    TooLong,
    TooManySteps,
    TooSlow,
    Broken,
}

/// <summary>No message for this recipient: kind and a sentence for the delivery's error column.</summary>
internal sealed record RenderFailure(RenderFailureKind Kind, string Message, string? Field = null);

/// <summary>A field used by a template.</summary>
/// <param name="Name">As written: <c>first_name</c>, <c>sender.name</c>.</param>
/// <param name="HasDefault">Every use gives a default value, in the template or by the campaign.</param>
/// <param name="IsRequired">Written outside of every condition and without default: missing means a hole in the message.</param>
internal sealed record MergeField(string Name, bool HasDefault, bool IsRequired)
{
    /// <summary>The name split at its dots.</summary>
    public IReadOnlyList<string> Path { get; init; } = [Name];
}
