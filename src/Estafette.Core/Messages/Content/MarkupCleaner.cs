using System.Text.RegularExpressions;
using AngleSharp.Dom;

namespace Estafette.Core.Messages.Content;

/// <summary>Leaves in a document only what an email may hold: known elements, harmless attributes, harmless URLs and styles.</summary>
/// <remarks>
/// Elements are an allow-list: active and foreign ones (script, frames, objects, svg, math, form controls) go with their content, all
/// others give way to their content. Comments go, except conditional comments for Outlook and the expressions of the shield.
/// </remarks>
internal sealed partial class MarkupCleaner(ExpressionShield shield, List<ContentIssue> issues)
{
    private static readonly HashSet<string> Kept = Words(
        "html head body title style meta a abbr acronym address area article aside b bdi bdo big blockquote br caption center cite code col "
            + "colgroup dd del dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main map "
            + "mark menu nav nobr ol p picture pre q rp rt ruby s samp section small source span strike strong sub sup table tbody td tfoot th "
            + "thead time tr tt u ul var wbr"
    );
    private static readonly HashSet<string> Dropped = Words(
        "script iframe frame frameset noframes noembed object embed applet svg math template textarea select option optgroup input datalist "
            + "keygen audio video track canvas xml param link base bgsound portal dialog"
    );
    private static readonly HashSet<string> DroppedAttributes = Words(
        "srcdoc formaction action ping is nonce integrity autofocus contenteditable tabindex accesskey dynsrc lowsrc data codebase classid "
            + "archive profile manifest poster longdesc cite icon xml:base attributename from to values by slot part"
    );
    private static readonly HashSet<string> KeptMeta = Words(
        "viewport color-scheme supported-color-schemes format-detection x-apple-disable-message-reformatting robots author description"
    );

    public void Run(IDocument document)
    {
        foreach (var node in MarkupWalk.Nodes(document).ToArray())
        {
            if (node is IComment comment)
                CleanComment(comment);
            else if (node is IElement element && element.Parent is not null)
                CleanElement(element);
            else if (node.NodeType is NodeType.ProcessingInstruction or NodeType.CharacterData)
                node.Parent?.RemoveChild(node);
        }
        foreach (var body in document.QuerySelectorAll("tbody"))
            TakeIntoTableBody(body);
    }

    /// <summary>Rows in a loop without a tbody: the parser begins one after the loop's tag and ends it after the loop's end.</summary>
    private void TakeIntoTableBody(IElement body)
    {
        var lowest = 0;
        var balance = 0;
        foreach (var comment in MarkupWalk.Nodes(body).OfType<IComment>())
        {
            var kind = shield.OfComment(comment.Data)?.Kind;
            balance +=
                kind == MergeTokenKind.Open ? 1
                : kind == MergeTokenKind.Close ? -1
                : 0;
            lowest = Math.Min(lowest, balance);
        }
        while (lowest < 0 && body.PreviousSibling is { } before and (IComment or IText))
        {
            if (before is IComment comment && shield.OfComment(comment.Data) is { } entry)
                lowest +=
                    entry.Kind == MergeTokenKind.Open ? 1
                    : entry.Kind == MergeTokenKind.Close ? -1
                    : 0;
            body.InsertBefore(before, body.FirstChild);
        }
    }

    private void CleanComment(IComment comment)
    {
        var data = comment.Data;
        if (shield.OfComment(data.Trim()) is not null)
        {
            comment.Data = data.Trim();
            return;
        }
        var isConditional = Conditional().IsMatch(data) && !ActiveInComment().IsMatch(data);
        if (isConditional)
            return;
        // Templates often hide block tags in comments so that editors do not move them.
        var pieces = shield.Pieces(data).ToList();
        if (pieces.Count > 1 && pieces.All(piece => string.IsNullOrWhiteSpace(piece.Literal)))
            foreach (var word in shield.Words(data))
                comment.Parent?.InsertBefore(comment.Owner!.CreateComment(word), comment);
        comment.Remove();
    }

    private void CleanElement(IElement element)
    {
        var name = element.LocalName;
        if (Dropped.Contains(name) || element.NamespaceUri != NamespaceNames.HtmlUri || (name == "meta" && !KeepMeta(element)))
        {
            if (name is not ("option" or "optgroup" or "param" or "track" or "meta" or "xml"))
                issues.Add(
                    ContentIssue.Warning(
                        "html",
                        ContentFault.Of("element-removed", "<{0}> was removed: mail programs do not allow it", name)
                    )
                );
            element.Remove();
            return;
        }
        if (!Kept.Contains(name))
        {
            Unwrap(element);
            return;
        }
        foreach (var attribute in element.Attributes.ToArray())
            if (!KeepAttribute(element, attribute))
                element.RemoveAttribute(attribute.NamespaceUri, attribute.LocalName);
        if (name == "style")
            CleanStyleSheet(element);
        else if (name == "img" && string.IsNullOrWhiteSpace(element.GetAttribute("src")))
            issues.Add(ContentIssue.Warning("html", ContentFault.Of("image-source", "an <img> has no usable src")));
    }

    private static void Unwrap(IElement element)
    {
        while (element.FirstChild is { } child)
            element.Parent!.InsertBefore(child, element);
        element.Remove();
    }

    private static bool KeepMeta(IElement meta)
    {
        if (meta.HasAttribute("charset"))
        {
            meta.SetAttribute("charset", "utf-8");
            return true;
        }
        switch (meta.GetAttribute("http-equiv")?.Trim().ToLowerInvariant())
        {
            case null:
                return KeptMeta.Contains(meta.GetAttribute("name") ?? "");
            case "content-type":
                meta.SetAttribute("content", "text/html; charset=utf-8");
                return true;
            case "x-ua-compatible":
                return true;
            default:
                return false;
        }
    }

    private bool KeepAttribute(IElement element, IAttr attribute)
    {
        var name = attribute.Name.ToLowerInvariant();
        if (name.StartsWith("on", StringComparison.Ordinal) || DroppedAttributes.Contains(name) || !AttributeName().IsMatch(name))
            return false;
        switch (name)
        {
            case "style":
                return CleanStyle(element);
            case "href":
                return element.LocalName is "a" or "area" && KeepUrl(attribute, UrlRules.IsHarmlessLink);
            case "src":
                return element.LocalName is "img" or "source" && KeepUrl(attribute, UrlRules.IsHarmlessResource);
            case "background":
                return KeepUrl(attribute, UrlRules.IsHarmlessResource);
            case "srcset":
                return attribute
                    .Value.Split(',')
                    .All(candidate => shield.HasExpressions(candidate) || UrlRules.IsHarmlessResource(candidate.Trim()));
            case "usemap":
                return attribute.Value.StartsWith('#');
            case "http-equiv":
                return element.LocalName == "meta";
            default:
                return !name.Contains(':', StringComparison.Ordinal)
                    || name.StartsWith("xmlns:", StringComparison.Ordinal)
                    || name is "xml:lang";
        }
    }

    /// <summary>A URL may begin with an expression: that value is checked when rendered, see <see cref="MergeFunctions.SafeUrl"/>.</summary>
    private bool KeepUrl(IAttr attribute, Func<string, bool> isHarmless)
    {
        var atStart = true;
        var afterValue = false;
        var before = new Stack<bool>();
        foreach (var (literal, index, entry) in shield.Pieces(attribute.Value.Trim()))
        {
            if (literal.Length > 0 && atStart)
            {
                var scheme = UrlRules.Scheme(literal);
                if (afterValue ? scheme is not null : !isHarmless(literal) || (scheme is null && IsSchemeStart(literal, entry)))
                    return false;
                (atStart, afterValue) = (false, false);
            }
            if (entry is null)
                continue;
            if (entry.Kind == MergeTokenKind.Open)
                before.Push(atStart);
            else if (entry.Kind == MergeTokenKind.Else && before.TryPeek(out var atBlock))
                (atStart, afterValue) = (atBlock, false);
            else if (entry.Kind == MergeTokenKind.Close && before.TryPop(out var atOpen))
                (atStart, afterValue) = (atOpen, false);
            else if (atStart && entry.Kind == MergeTokenKind.Value)
            {
                shield.MarkAsUrl(index);
                afterValue = true;
            }
        }
        return true;
    }

    /// <summary><c>java{{x}}</c> could become a scheme; <c>/path/{{x}}</c> and <c>page?{{x}}</c> cannot.</summary>
    private static bool IsSchemeStart(string literal, ExpressionShield.Entry? next) =>
        next is not null && literal.AsSpan().IndexOfAny("/?#") < 0;

    private bool CleanStyle(IElement element)
    {
        var declarations = CssText.Declarations(element.GetAttribute("style") ?? "");
        var kept = declarations.Where(declaration => !CssText.IsDangerous(declaration.ToString())).ToList();
        if (kept.Count < declarations.Count)
        {
            element.SetAttribute("style", string.Join("; ", kept));
            issues.Add(
                ContentIssue.Warning("html", ContentFault.Of("style-removed", "a style that could run code or load a page was removed"))
            );
        }
        return kept.Count > 0;
    }

    private static void CleanStyleSheet(IElement style)
    {
        var css = style.TextContent;
        var rules = CssText.Rules(css);
        var kept = rules.Where(rule => !CssText.IsDangerous(rule.ToString())).ToList();
        style.TextContent = "\n" + string.Join('\n', kept) + "\n";
        if (kept.Count == 0)
            style.Remove();
    }

    private static HashSet<string> Words(string words) => new(words.Split(' '), StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex(@"^\s*(<!)?\s*\[(if\s[^\]]*|endif)\]", RegexOptions.IgnoreCase)]
    private static partial Regex Conditional();

    [GeneratedRegex(
        @"<\s*/?\s*(script|iframe|frame|object|embed|applet|form|input|button|meta|link|base|svg|math|html:|import)|(java|vb)script\s*:|[\s/""']on\w+\s*=|expression\s*\(|srcdoc",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex ActiveInComment();

    [GeneratedRegex(@"^[a-z_][a-z0-9_.:-]*$")]
    private static partial Regex AttributeName();
}
