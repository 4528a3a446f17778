using System.Globalization;
using System.Text.RegularExpressions;
using Estafette.Core.Messages.Content;

namespace Estafette.Core.Messages.Editing;

/// <summary>The plain text that is made from an html, as its author would have written it: with addresses and merge fields, not with markers.</summary>
internal static partial class AutoText
{
    /// <returns>Null while the html cannot be used.</returns>
    public static string? Of(string? html, string language)
    {
        if (string.IsNullOrWhiteSpace(html))
            return null;
        var processed = ContentProcessor.Process(new ContentSource("-", html), new ProcessOptions { Language = language });
        if (processed.Content is not { Text: { } text } content)
            return null;
        return Marker()
            .Replace(
                text,
                match =>
                    match.Groups[1].Value switch
                    {
                        "unsubscribe" => "UNSUBSCRIBE_URL",
                        "web" => "WEB_VERSION_URL",
                        "link" => content.Links.First(l => l.Number == int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)).Url,
                        _ => "",
                    }
            );
    }

    [GeneratedRegex(@"\{\{\{__(link|unsubscribe|web|open)(?: ([0-9]+))?\}\}\}")]
    private static partial Regex Marker();
}
