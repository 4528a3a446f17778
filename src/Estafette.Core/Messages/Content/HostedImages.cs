using System.Text.RegularExpressions;

namespace Estafette.Core.Messages.Content;

/// <summary>
/// Images of the library are written as <c>/m/…</c> in a content, so that it stays right when the customer's address changes; in a message they
/// get the address under which recipients reach us.
/// </summary>
internal static partial class HostedImages
{
    public static ProcessedContent Absolute(ProcessedContent content, string baseUrl) =>
        content.Html is { } html ? content with { Html = Address().Replace(html, baseUrl + "/m/") } : content;

    [GeneratedRegex("""(?<=\s(?:src|background|href)=")/m/(?=[0-9a-z])|(?<=url\((?:'|&quot;|&\#39;)?)/m/(?=[0-9a-z])""")]
    private static partial Regex Address();
}
