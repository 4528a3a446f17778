using Estafette.Core.Messages.Content;

namespace Estafette.Core.Messages.Editing;

/// <summary>What a content may not be even while it is being written: too large for its column, or more than a line where a line is asked.</summary>
/// <remarks>Everything else (an open block, an unknown helper) is told as an issue and saved: half a sentence is not lost.</remarks>
internal static class ContentRules
{
    public const int MaxMjml = 2 * 1024 * 1024;

    public static Dictionary<string, string> Check(ContentText content)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (field, value, max) in Fields(content))
            if (value?.Length > max)
                faults[field] = "size";
            else if (value?.Contains('\0', StringComparison.Ordinal) == true)
                faults[field] = "control";
        foreach (var (field, value) in new[] { ("subject", content.Subject), ("preheader", content.Preheader) })
            if (value?.AsSpan().IndexOfAny('\r', '\n') >= 0)
                faults[field] = "line";
        return faults;
    }

    /// <summary>What keeps the content from being sent, and what its author should know.</summary>
    public static IReadOnlyList<ContentIssue> Issues(ContentText content, string language)
    {
        if (string.IsNullOrWhiteSpace(content.Html) && string.IsNullOrWhiteSpace(content.Text))
            return [];
        var subject = string.IsNullOrWhiteSpace(content.Subject) ? "-" : content.Subject;
        var result = ContentProcessor.Process(
            new ContentSource(subject, content.Html, content.Text, content.Preheader),
            new ProcessOptions { Language = language }
        );
        return result.Content?.Warnings ?? result.Issues;
    }

    private static IEnumerable<(string, string?, int)> Fields(ContentText content) =>
        [
            ("subject", content.Subject, ContentProcessor.MaxSubjectLength),
            ("preheader", content.Preheader, ContentProcessor.MaxPreheaderLength),
            ("mjml", content.Mjml, MaxMjml),
            ("html", content.Html, ContentProcessor.MaxBytes),
            ("text", content.Text, ContentProcessor.MaxBytes),
        ];
}
