using AngleSharp.Dom;

namespace Estafette.Core.Messages.Content;

/// <summary>Numbers the links of a document whose clicks can be counted, and puts <c>{{{__link n}}}</c> in their place.</summary>
internal sealed class LinkTable(ExpressionShield shield, List<ContentIssue> issues)
{
    /// <summary>Links of one content; a token has room for no more.</summary>
    public const int MaxLinks = 2000;
    private const int MaxLabel = 100;
    private readonly List<ContentLink> _links = [];
    private int _scopes;

    public IReadOnlyList<ContentLink> Links => _links;

    public void Run(IDocument document)
    {
        foreach (var node in MarkupWalk.Nodes(document))
        {
            if (node is IComment comment && shield.OfComment(comment.Data) is { IsScope: true } entry)
                _scopes +=
                    entry.Kind == MergeTokenKind.Open ? 1
                    : entry.Kind == MergeTokenKind.Close ? -1
                    : 0;
            else if (node is IElement { LocalName: "a" or "area" } link)
                Add(link);
        }
    }

    private void Add(IElement link)
    {
        var isOff = string.Equals(link.GetAttribute("data-estafette-track"), "off", StringComparison.OrdinalIgnoreCase);
        link.RemoveAttribute("data-estafette-track");
        var href = link.GetAttribute("href")?.Trim();
        if (href is null || !LinkTarget.HasWebScheme(href))
            return;
        var pieces = shield.Pieces(href).ToList();
        var url = shield.Restore(href);
        if (LinkTarget.HasUserInfo(href))
        {
            issues.Add(
                ContentIssue.Error(
                    "html",
                    ContentFault.Of(
                        "link-user",
                        "the link '{0}' has a user name before its host; such links are used to deceive",
                        Short(url)
                    )
                )
            );
            return;
        }
        if (isOff || pieces.Exists(piece => piece.Entry?.Marker is not null))
            return;
        var hasFields = pieces.Count > 1;
        if (hasFields && _scopes > 0)
            issues.Add(
                ContentIssue.Warning(
                    "html",
                    ContentFault.Of(
                        "link-loop",
                        "the link '{0}' stands in a loop and has merge fields; its clicks are not counted",
                        Short(url)
                    )
                )
            );
        else if (!hasFields && !LinkTarget.IsClean(url))
            issues.Add(
                ContentIssue.Warning(
                    "html",
                    ContentFault.Of("link-incomplete", "the link '{0}' is not a complete address; its clicks are not counted", Short(url))
                )
            );
        else if (_links.Count >= MaxLinks || url.Length > LinkTarget.MaxLength)
            issues.Add(
                ContentIssue.Warning(
                    "html",
                    ContentFault.Of(
                        "link-limit",
                        "the link '{0}' is not counted: at most {1} links of {2} characters are",
                        Short(url),
                        MaxLinks,
                        LinkTarget.MaxLength
                    )
                )
            );
        else
        {
            var number = _links.Count + 1;
            _links.Add(new ContentLink(number, url, hasFields, Label(link)));
            link.SetAttribute("href", shield.Add($"{{{{{{__link {number}}}}}}}", MergeTokenKind.Marker, MarkerKind.Link));
        }
    }

    private string Label(IElement link)
    {
        var text = string.Concat(
            MarkupWalk
                .Nodes(link)
                .Select(node =>
                    node switch
                    {
                        IText t => t.Data,
                        IElement block when PlainText.IsBlock(block.LocalName) => " ",
                        IElement { LocalName: "img" } image => image.GetAttribute("alt") ?? "",
                        IComment comment when shield.OfComment(comment.Data) is { Kind: MergeTokenKind.Value } => $"<!--{comment.Data}-->",
                        _ => "",
                    }
                )
        );
        if (string.IsNullOrWhiteSpace(text))
            text = link.GetAttribute("alt") ?? link.GetAttribute("title") ?? "";
        return Short(string.Join(' ', shield.Restore(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
    }

    private static string Short(string text) => text.Length <= MaxLabel ? text : text[..(MaxLabel - 1)] + "…";
}
