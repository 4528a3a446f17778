using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Estafette.Protocols.Feeds;

namespace Estafette.Core.Automations.Feeds;

/// <summary>
/// Writes the items of an issue into a content, before it becomes a campaign: every link of every item is then a link of its own with figures
/// of its own. Merge fields of the contact stay for later; nothing that comes from the feed can become one.
/// <para><c>{{#each items}} … {{/each}}</c> with <c>{{title}} {{link}} {{date}} {{author}} {{summary}} {{image}} {{{content}}}</c> and
/// <c>{{#if image}} … {{else}} … {{/if}}</c>; outside <c>{{feed.title}} {{feed.link}} {{first.title}} {{items_count}}</c>.</para>
/// </summary>
internal static partial class FeedTemplate
{
    private const int SummaryLength = 280;

    /// <summary>A content for HTML: values are encoded, the content of an item is cleaned.</summary>
    public static string Html(string template, FeedDocument feed, IReadOnlyList<FeedItem> items, CultureInfo culture) =>
        Expand(template, feed, items, culture, isHtml: true);

    /// <summary>A subject or a plain text.</summary>
    public static string Text(string template, FeedDocument feed, IReadOnlyList<FeedItem> items, CultureInfo culture) =>
        Expand(template, feed, items, culture, isHtml: false);

    private static string Expand(string template, FeedDocument feed, IReadOnlyList<FeedItem> items, CultureInfo culture, bool isHtml)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["feed.title"] = Value(feed.Title, isHtml),
            ["feed.link"] = Value(feed.Link?.AbsoluteUri, isHtml),
            ["first.title"] = Value(items.Count > 0 ? items[0].Title : null, isHtml),
            ["items_count"] = items.Count.ToString(culture),
        };
        var parts = new List<string>();
        var last = 0;
        foreach (Match loop in Each().Matches(template))
        {
            parts.Add(Fill(template[last..loop.Index], values));
            parts.AddRange(items.Select(item => Fill(loop.Groups[1].Value, ValuesOf(item, culture, isHtml))));
            last = loop.Index + loop.Length;
        }
        parts.Add(Fill(template[last..], values));
        return string.Concat(parts);
    }

    private static Dictionary<string, string> ValuesOf(FeedItem item, CultureInfo culture, bool isHtml)
    {
        var html = item.Html is { } source ? FeedHtml.Clean(source, item.Link) : "";
        var plain = FeedHtml.Text(html);
        var summary = plain.Length > SummaryLength ? plain[..SummaryLength].TrimEnd() + "…" : plain;
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["title"] = Value(item.Title, isHtml),
            ["link"] = Value(item.Link?.AbsoluteUri, isHtml),
            ["date"] = Value(item.PublishedAt?.ToString("d MMMM yyyy", culture), isHtml),
            ["author"] = Value(item.Author, isHtml),
            ["summary"] = Value(summary, isHtml),
            ["image"] = Value(item.Image?.AbsoluteUri, isHtml),
            ["content"] = isHtml ? Harmless(html, isHtml) : Value(plain, isHtml),
        };
    }

    private static string Fill(string template, Dictionary<string, string> values)
    {
        var chosen = If()
            .Replace(
                template,
                m =>
                    !values.TryGetValue(m.Groups[1].Value, out var value) ? m.Value
                    : value.Length > 0 ? m.Groups[2].Value
                    : m.Groups[3].Value
            );
        return Field().Replace(chosen, m => values.GetValueOrDefault(m.Groups[1].Value, m.Value));
    }

    private static string Value(string? text, bool isHtml) => Harmless(isHtml ? WebUtility.HtmlEncode(text ?? "") : text ?? "", isHtml);

    /// <summary>Braces of the feed must not be read as merge fields.</summary>
    private static string Harmless(string text, bool isHtml) =>
        isHtml
            ? text.Replace("{", "&#123;", StringComparison.Ordinal).Replace("}", "&#125;", StringComparison.Ordinal)
            : text.Replace("{{", "{ {", StringComparison.Ordinal).ReplaceLineEndings(" ");

    [GeneratedRegex(@"\{\{#each\s+items\s*\}\}(.*?)\{\{/each\}\}", RegexOptions.Singleline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Each();

    [GeneratedRegex(
        @"\{\{#if\s+([a-z._]+)\s*\}\}((?:(?!\{\{#if|\{\{else\}\}|\{\{/if\}\}).)*)(?:\{\{else\}\}((?:(?!\{\{#if|\{\{/if\}\}).)*))?\{\{/if\}\}",
        RegexOptions.Singleline | RegexOptions.CultureInvariant,
        1000
    )]
    private static partial Regex If();

    [GeneratedRegex(@"\{\{\{?\s*([a-z._]+)\s*\}?\}\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Field();
}
