using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Estafette.Protocols.Feeds;

/// <summary>One entry of a feed.</summary>
/// <param name="Key">Stays the same for the same entry: its id, else its link, else a hash of title and date; 500 characters at most.</param>
/// <param name="Title">Plain text; empty when the feed gives none.</param>
/// <param name="Link">Absolute http or https address, or null.</param>
/// <param name="Html">What the feed says about it, as HTML that nobody cleaned yet; null when it says nothing.</param>
/// <param name="Author">Plain text, or null.</param>
/// <param name="PublishedAt">When it was published, or null when that is missing or unreadable.</param>
/// <param name="Image">Absolute http or https address of its picture, or null.</param>
public sealed record FeedItem(string Key, string Title, Uri? Link, string? Html, string? Author, DateTimeOffset? PublishedAt, Uri? Image);

/// <summary>A feed as it was read, entries in its own order.</summary>
public sealed record FeedDocument(string? Title, Uri? Link, IReadOnlyList<FeedItem> Items);

/// <summary>Reads RSS 0.9x and 2.0, RSS 1.0 (RDF) and Atom 1.0 (RFC 4287). Document type declarations are skipped, never followed.</summary>
public static class FeedReader
{
    /// <summary>Characters of a document at most.</summary>
    public const int MaxCharacters = 8 * 1024 * 1024;

    /// <summary>Entries read at most, from the beginning.</summary>
    public const int MaxItems = 500;

    private const int MaxKey = 500;

    /// <param name="document">The document.</param>
    /// <param name="address">Where it came from; relative links lead from there.</param>
    /// <exception cref="FormatException">It is no feed, or broken XML; the message says what is wrong.</exception>
    public static FeedDocument Read(Stream document, Uri address)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Ignore,
            XmlResolver = null,
            MaxCharactersInDocument = MaxCharacters,
            MaxCharactersFromEntities = 1024,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        try
        {
            using var reader = XmlReader.Create(document, settings);
            var root = XDocument.Load(reader).Root ?? throw new FormatException("The document is empty.");
            return root.Name.LocalName switch
            {
                "rss" => ReadRss(root.Child("channel") ?? throw new FormatException("The feed has no channel."), null, address),
                "RDF" => ReadRss(root.Child("channel"), root, address),
                "feed" => ReadAtom(root, address),
                var other => throw new FormatException($"The document is no feed: it begins with <{other}>."),
            };
        }
        catch (XmlException broken)
        {
            throw new FormatException($"The feed is not well-formed XML: {broken.Message}", broken);
        }
    }

    private static FeedDocument ReadRss(XElement? channel, XElement? rdf, Uri address)
    {
        var link = Address(channel?.Text("link"), address);
        var items = (rdf ?? channel)!.Children("item").Take(MaxItems).Select(i => RssItem(i, link ?? address)).ToList();
        return new FeedDocument(channel?.Text("title"), link, items);
    }

    private static FeedItem RssItem(XElement item, Uri home)
    {
        var from = Base(item, home);
        var link = Address(item.Text("link"), from);
        var guid = item.Child("guid");
        if (link is null && guid is not null && (string?)guid.Attribute("isPermaLink") != "false")
            link = Address(guid.Value, from);
        var title = item.Text("title") ?? "";
        var published = Date(item.Text("pubDate") ?? item.Text("date"));
        var enclosure = item.Children("enclosure")
            .FirstOrDefault(e => ((string?)e.Attribute("type"))?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) == true);
        var media = item.Children("thumbnail").Concat(item.Children("content").Where(c => c.Attribute("url") is not null)).FirstOrDefault();
        return new FeedItem(
            Key(item.Text("guid") ?? About(item), link, title, published),
            title,
            link,
            item.Text("encoded") ?? item.Text("description"),
            item.Text("creator") ?? item.Text("author"),
            published,
            Address((string?)(enclosure ?? media)?.Attribute("url"), from)
        );
    }

    private static FeedDocument ReadAtom(XElement feed, Uri address)
    {
        var from = Base(feed, address);
        return new FeedDocument(
            feed.Text("title"),
            Alternate(feed, from),
            feed.Children("entry").Take(MaxItems).Select(e => AtomEntry(e, from)).ToList()
        );
    }

    private static FeedItem AtomEntry(XElement entry, Uri home)
    {
        var from = Base(entry, home);
        var link = Alternate(entry, from);
        var title = Plain(entry.Child("title")) ?? "";
        var published = Date(entry.Text("published") ?? entry.Text("updated"));
        var image = entry
            .Children("link")
            .FirstOrDefault(l =>
                (string?)l.Attribute("rel") == "enclosure"
                && ((string?)l.Attribute("type"))?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) == true
            );
        return new FeedItem(
            Key(entry.Text("id"), link, title, published),
            title,
            link,
            Html(entry.Child("content")) ?? Html(entry.Child("summary")),
            entry.Child("author")?.Text("name"),
            published,
            Address((string?)image?.Attribute("href") ?? (string?)entry.Child("thumbnail")?.Attribute("url"), from)
        );
    }

    private static Uri? Alternate(XElement element, Uri from) =>
        Address(
            (string?)
                element
                    .Children("link")
                    .FirstOrDefault(l => ((string?)l.Attribute("rel") ?? "alternate") == "alternate")
                    ?.Attribute("href"),
            from
        );

    /// <summary>RFC 4287 §3.1: text, html or xhtml.</summary>
    private static string? Html(XElement? text) =>
        text is null
            ? null
            : (string?)text.Attribute("type") switch
            {
                "html" or "text/html" => text.Value,
                "xhtml" or "application/xhtml+xml" => string.Concat(
                    (text.Child("div") ?? text).Nodes().Select(n => n.ToString(SaveOptions.DisableFormatting))
                ),
                null or "text" or "text/plain" => System.Net.WebUtility.HtmlEncode(text.Value),
                _ => null,
            };

    private static string? Plain(XElement? text) => text is null ? null : Blank(text.Value);

    private static string? About(XElement item) => item.Attributes().FirstOrDefault(a => a.Name.LocalName == "about")?.Value;

    private static Uri Base(XElement element, Uri otherwise) =>
        Address((string?)element.Attribute(XNamespace.Xml + "base"), otherwise) ?? otherwise;

    private static Uri? Address(string? text, Uri from) =>
        text is { Length: > 0 and <= 2000 } && Uri.TryCreate(from, text.Trim(), out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : null;

    private static string Key(string? id, Uri? link, string title, DateTimeOffset? at)
    {
        var key = Blank(id) ?? link?.AbsoluteUri;
        return key is { Length: <= MaxKey } && !key.Contains('\0', StringComparison.Ordinal)
            ? key
            : "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key ?? $"{title}\n{at:O}")));
    }

    private static DateTimeOffset? Date(string? text) =>
        DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var at
        )
            ? at
            : null;

    private static XElement? Child(this XElement element, string name) => element.Elements().FirstOrDefault(e => e.Name.LocalName == name);

    private static IEnumerable<XElement> Children(this XElement element, string name) =>
        element.Elements().Where(e => e.Name.LocalName == name);

    private static string? Text(this XElement element, string name) =>
        element.Children(name).Select(e => Blank(e.Value)).FirstOrDefault(t => t is not null);

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
