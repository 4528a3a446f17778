using System.Text.Json.Serialization;

namespace Estafette.Core.Messages.Content;

/// <summary>A content after processing: what is stored with a content version and compiled for a campaign.</summary>
/// <remarks>
/// Subject, html and text are templates. In html and text <c>{{{__link 3}}}</c>, <c>{{{__open}}}</c>, <c>{{{__unsubscribe}}}</c>,
/// <c>{{{__web}}}</c>, <c>{{{__preferences}}}</c> stand for the recipient's links; no user template can contain these names.
/// </remarks>
internal sealed record ProcessedContent(string Subject, string? Html, string? Text, IReadOnlyList<ContentLink> Links)
{
    /// <summary>Set when this is no template (<see cref="LiteralContent"/>): the tags that stand for values.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tags { get; init; }

    public IReadOnlyList<ContentIssue> Warnings { get; init; } = [];

    /// <summary>What the processing changed in the html. Not stored: two sources that give the same content are one content version.</summary>
    [JsonIgnore]
    public IReadOnlyList<ContentChange> Changes { get; init; } = [];
}

/// <summary>A link whose clicks can be counted.</summary>
/// <param name="Number">Place in the document, from 1; the same address twice has two numbers.</param>
/// <param name="Url">Target as written, http or https, without user name; a template if <paramref name="HasMergeFields"/>.</param>
/// <param name="HasMergeFields">The target depends on the recipient: resolve it with <see cref="CompiledContent.ResolveLink"/>.</param>
/// <param name="Label">Text of the link, or the alternative text of its image; at most 100 characters; for reports.</param>
internal sealed record ContentLink(int Number, string Url, bool HasMergeFields, string Label = "");
