using System.Text.Json.Serialization;

namespace Estafette.Core.Messages.Content;

/// <summary>Whether an issue stops the content from being used or only deserves to be read.</summary>
internal enum IssueSeverity
{
    Warning,
    Error,
}

/// <summary>One fault found in a content, with the field it is in and, where known, the place (lines and columns count from 1; 0 = unknown).</summary>
internal sealed record ContentIssue(IssueSeverity Severity, string Field, string Message, int Line = 0, int Column = 0)
{
    /// <summary>What is wrong, for translations; null in a content that was stored, which keeps the sentence.</summary>
    [JsonIgnore]
    public ContentFault? Fault { get; private init; }

    public static ContentIssue Error(string field, ContentFault fault, int line = 0, int column = 0) =>
        new(IssueSeverity.Error, field, fault.Message, line, column) { Fault = fault };

    public static ContentIssue Warning(string field, ContentFault fault) =>
        new(IssueSeverity.Warning, field, fault.Message) { Fault = fault };

    public override string ToString() => Line > 0 ? $"{Field}, line {Line}, column {Column}: {Message}" : $"{Field}: {Message}";
}
