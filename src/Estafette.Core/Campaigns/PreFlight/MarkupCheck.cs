using System.Text.RegularExpressions;
using static Estafette.Core.Campaigns.PreFlight.PreFlightChecks;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>
/// Tags that are not closed, or closed without having been opened. Browsers guess, mail clients guess differently, and filters count it against the
/// message (seed 004, "le document"). Elements whose end may be left out by HTML §13.1.2.4 are not counted.
/// </summary>
internal sealed partial class MarkupCheck : IPreFlightCheck
{
    private static readonly HashSet<string> Closed = new(StringComparer.OrdinalIgnoreCase)
    {
        "a",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "span",
        "font",
        "center",
        "div",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "section",
        "style",
        "title",
        "button",
    };

    public IEnumerable<CampaignProblem> Check(PreFlightSubject subject)
    {
        if (subject.Campaign.Html is { } html && FirstFault(html) is { } fault)
            yield return Warning(
                "markup.broken",
                "html",
                $"Line {fault.Line}: the tag <{fault.Tag}> is not opened and closed in the right order; mail clients will guess.",
                $"<{fault.Tag}>, {fault.Line}"
            );
    }

    internal static (string Tag, int Line)? FirstFault(string html)
    {
        // Comments, conditional ones of Outlook included, are not markup here.
        html = Comment().Replace(html, m => new string('\n', m.Value.Count(c => c == '\n')));
        var open = new Stack<(string Tag, int At)>();
        foreach (Match match in Tag().Matches(html))
        {
            var tag = match.Groups[2].Value.ToLowerInvariant();
            if (!Closed.Contains(tag) || match.Value.EndsWith("/>", StringComparison.Ordinal))
                continue;
            if (match.Groups[1].Length == 0)
                open.Push((tag, match.Index));
            else if (open.Count > 0 && open.Peek().Tag == tag)
                open.Pop();
            else
                return open.Count > 0 && open.Any(o => o.Tag == tag) ? Place(open.Peek(), html) : Place((tag, match.Index), html);
        }
        return open.Count > 0 ? Place(open.Peek(), html) : null;
    }

    private static (string, int) Place((string Tag, int At) fault, string html) => (fault.Tag, html.AsSpan(0, fault.At).Count('\n') + 1);

    [GeneratedRegex("<!--.*?-->|<!\\[.*?\\]>", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex("<(/?)([a-zA-Z][a-zA-Z0-9]*)(?:\"[^\"]*\"|'[^']*'|[^'\">])*>", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();
}
