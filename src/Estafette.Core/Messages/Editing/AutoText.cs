using Estafette.Core.Messages.Content;

namespace Estafette.Core.Messages.Editing;

/// <summary>The plain text that is made from an html, as its author would have written it: with addresses and merge fields, not with markers.</summary>
internal static class AutoText
{
    /// <returns>Null while the html cannot be used.</returns>
    public static string? Of(string? html, string language) =>
        string.IsNullOrWhiteSpace(html) ? null : MessageInspector.Process(html, new ProcessOptions { Language = language }).Text;
}
