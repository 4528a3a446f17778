using Estafette.Core.Messages.Content;
using static Estafette.Web.Words;

namespace Estafette.Web.Content;

/// <summary>What is wrong with a content, and what was changed in it, in the language of the user, by its stable code.</summary>
internal static class ContentWords
{
    /// <summary>The fault with its place, where the place is known.</summary>
    public static string Of(ContentIssue issue)
    {
        var words = issue.Fault is { } fault ? Of(fault) : issue.Message;
        return issue.Line > 0 ? T("content.at", issue.Line, issue.Column, words) : words;
    }

    /// <summary>What the processing changed, with its count and the names it met.</summary>
    public static string Of(ContentChange change)
    {
        var words = T("content.change-" + change.Kind, change.Count);
        return change.Detail.Length > 0 ? $"{words} ({change.Detail})" : words;
    }

    private static string Of(ContentFault fault)
    {
        var key = "content." + fault.Code;
        return Texts.Has(key) ? T(key, [.. fault.Values.Select(v => v is ContentFault inner ? Of(inner) : v)]) : fault.Message;
    }
}
