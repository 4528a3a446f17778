using System.Net;
using System.Text.RegularExpressions;
using AngleSharp.Dom;

namespace Estafette.Core.Messages.Content;

/// <summary>Leaves in a document only what an email may hold: known elements, harmless attributes, harmless URLs and styles.</summary>
/// <remarks>
/// Elements are an allow-list: active and foreign ones (script, frames, objects, svg, math, form controls) go with their content, all
/// others give way to their content. Comments go, except conditional comments for Outlook and the expressions of the shield.
/// </remarks>
internal sealed partial class MarkupCleaner(ExpressionShield shield, List<ContentIssue> issues, ContentChanges changes)
{
    /// <summary>Characters of a conditional comment that is worth cleaning; a longer one with active code in it goes.</summary>
    private const int MaxConditional = 8000;

    private static readonly HashSet<string> Kept = Words(
        "html head body title style meta a abbr acronym address area article aside b bdi bdo big blockquote br caption center cite code col "
            + "colgroup dd del dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main map "
            + "mark menu nav nobr ol p picture pre q rp rt ruby s samp section small source span strike strong sub sup table tbody td tfoot th "
            + "thead time tr tt u ul var wbr"
    );
    private static readonly HashSet<string> Dropped = Words(
        "script iframe frame frameset noframes noembed object embed applet svg math template textarea select option optgroup input datalist "
            + "keygen track canvas xml param link base bgsound portal dialog"
    );

    /// <summary>What the removal of an element is called.</summary>
    private static readonly Dictionary<string, string> DroppedAs = new[]
    {
        (ContentChange.Script, "script"),
        (ContentChange.Frame, "iframe frame frameset portal"),
        (ContentChange.Embedded, "object embed applet canvas bgsound noembed"),
        (ContentChange.Drawing, "svg math"),
        (ContentChange.Form, "form fieldset legend label button textarea select input datalist keygen isindex"),
    }
        .SelectMany(row => row.Item2.Split(' '), (row, name) => KeyValuePair.Create(name, row.Item1))
        .ToDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>They hide what stands for mail programs that do not know them; their own sources go.</summary>
    private static readonly HashSet<string> Players = Words("video audio");
    private static readonly HashSet<string> DroppedAttributes = Words(
        "srcdoc formaction action ping is nonce integrity autofocus contenteditable tabindex accesskey dynsrc lowsrc data codebase classid "
            + "archive profile manifest poster longdesc cite icon xml:base attributename from to values by slot part"
    );
    private static readonly HashSet<string> KeptMeta = Words(
        "viewport color-scheme supported-color-schemes format-detection x-apple-disable-message-reformatting robots author description"
    );

    public void Run(IDocument document)
    {
        var gone = new HashSet<INode>(ReferenceEqualityComparer.Instance);
        foreach (var node in MarkupWalk.Nodes(document).ToArray())
        {
            if (node.Parent is { } parent && gone.Contains(parent))
                gone.Add(node);
            else if (node is IComment comment)
                CleanComment(comment);
            else if (node is IElement element && element.Parent is not null)
            {
                if (!CleanElement(element))
                    gone.Add(element);
            }
            else if (node.NodeType is NodeType.ProcessingInstruction or NodeType.CharacterData)
                node.Parent?.RemoveChild(node);
        }
        foreach (var body in document.QuerySelectorAll("tbody"))
            TakeIntoTableBody(body);
    }

    /// <summary>Done before the rules are moved into attributes, so that a rule counts once and not once an element.</summary>
    public void CleanStyleSheets(IDocument document)
    {
        foreach (var style in document.QuerySelectorAll("style").ToArray())
            CleanStyleSheet(style);
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
        if (Conditional().IsMatch(data))
        {
            CleanConditional(comment);
            return;
        }
        // Templates often hide block tags in comments so that editors do not move them.
        var pieces = shield.Pieces(data).ToList();
        if (pieces.Count > 1 && pieces.All(piece => string.IsNullOrWhiteSpace(piece.Literal)))
            foreach (var word in shield.Words(data))
                comment.Parent?.InsertBefore(comment.Owner!.CreateComment(word), comment);
        else
            changes.Add(ContentChange.Comment);
        comment.Remove();
    }

    /// <summary>Its tags stay, since others outside may need them; what cannot be cleaned goes.</summary>
    private void CleanConditional(IComment comment)
    {
        if (!IsActive(comment.Data))
            return;
        changes.Add(ContentChange.Script);
        if (comment.Data.Length > MaxConditional)
        {
            comment.Remove();
            return;
        }
        var cleaned = ActiveAttribute().Replace(ActiveElement().Replace(comment.Data, ""), "");
        // What stood around a removed tag may have become the end of the comment.
        if (IsActive(cleaned) || cleaned.Contains("-->", StringComparison.Ordinal) || cleaned.Contains("--!>", StringComparison.Ordinal))
            comment.Remove();
        else
            comment.Data = cleaned;
    }

    /// <summary>Character references and line ends inside words count for nothing, as they do for a browser.</summary>
    private static bool IsActive(string conditional) =>
        ActiveInComment().IsMatch(conditional)
        || ActiveInComment()
            .IsMatch(string.Concat(WebUtility.HtmlDecode(conditional).Where(c => c is ' ' or '\n' || (c > ' ' && !char.IsControl(c)))))
        || ActiveInComment().IsMatch(string.Concat(WebUtility.HtmlDecode(conditional).Where(c => c >= ' ' && !char.IsControl(c))));

    /// <returns>False when the element went with its content.</returns>
    private bool CleanElement(IElement element)
    {
        var name = element.LocalName;
        if (Dropped.Contains(name) || element.NamespaceUri != NamespaceNames.HtmlUri || (name == "meta" && !KeepMeta(element)))
        {
            CountRemoved(element);
            if (name is not ("option" or "optgroup" or "param" or "track" or "meta" or "xml"))
                issues.Add(
                    ContentIssue.Warning(
                        "html",
                        ContentFault.Of("element-removed", "<{0}> was removed: mail programs do not allow it", name)
                    )
                );
            element.Remove();
            return false;
        }
        if (!Kept.Contains(name) || (name == "source" && element.ParentElement?.LocalName != "picture"))
        {
            if (DroppedAs.TryGetValue(name, out var kind))
                changes.Add(kind, name);
            else
                changes.Add(Players.Contains(name) ? ContentChange.Embedded : ContentChange.Unwrapped, name);
            Unwrap(element);
            return true;
        }
        foreach (var attribute in element.Attributes.ToArray())
            if (!KeepAttribute(element, attribute))
            {
                CountRemoved(attribute);
                element.RemoveAttribute(attribute.NamespaceUri, attribute.LocalName);
            }
        if (name == "style")
            CleanStyleSheet(element);
        else if (name == "img" && string.IsNullOrWhiteSpace(element.GetAttribute("src")))
            issues.Add(ContentIssue.Warning("html", ContentFault.Of("image-source", "an <img> has no usable src")));
        return true;
    }

    private void CountRemoved(IElement element)
    {
        var name = element.LocalName;
        if (name == "link")
        {
            if (element.GetAttribute("rel")?.Contains("stylesheet", StringComparison.OrdinalIgnoreCase) == true)
                changes.Add(ContentChange.ExternalStylesheet);
        }
        else if (name is not ("option" or "optgroup" or "param" or "meta") || element.GetAttribute("http-equiv") is not null)
            changes.Add(DroppedAs.GetValueOrDefault(name, ContentChange.Element), name);
    }

    private void CountRemoved(IAttr attribute)
    {
        var name = attribute.Name.ToLowerInvariant();
        if (name == "style" && string.IsNullOrWhiteSpace(attribute.Value))
            return;
        changes.Add(
            name.StartsWith("on", StringComparison.Ordinal) ? ContentChange.EventAttribute
                : name is "href" or "src" or "srcset" or "background" or "usemap" ? ContentChange.UnsafeAddress
                : ContentChange.Attribute,
            name
        );
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
                return element.LocalName is "a" or "area" && KeepUrl(attribute, UrlRules.IsHarmlessLink) && RepairAddress(attribute);
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

    /// <summary>Line ends go and blanks become %20, as browsers do (WHATWG URL §4.4), so that the address is the same for all.</summary>
    private bool RepairAddress(IAttr attribute)
    {
        var address = attribute.Value.Trim();
        if (!LineEnd().Replace(address, "").StartsWith("http", StringComparison.OrdinalIgnoreCase))
            return true;
        var repaired = LineEnd().Replace(address, "").Replace(" ", "%20", StringComparison.Ordinal);
        changes.Add(ContentChange.Address, count: repaired == address ? 0 : 1);
        attribute.Value = repaired;
        return true;
    }

    [GeneratedRegex(@"[\t\r\n\f]")]
    private static partial Regex LineEnd();

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
            changes.Add(ContentChange.UnsafeStyle, count: declarations.Count - kept.Count);
            element.SetAttribute("style", string.Join("; ", kept));
            issues.Add(
                ContentIssue.Warning("html", ContentFault.Of("style-removed", "a style that could run code or load a page was removed"))
            );
        }
        return kept.Count > 0;
    }

    private void CleanStyleSheet(IElement style)
    {
        var kept = CssText.Harmless(CssText.Rules(style.TextContent), CountRule);
        style.TextContent = "\n" + string.Join('\n', kept) + "\n";
        if (kept.Count == 0)
            style.Remove();
    }

    private void CountRule(string removed)
    {
        if (removed.StartsWith("@import", StringComparison.OrdinalIgnoreCase))
            changes.Add(ContentChange.ExternalStylesheet);
        else if (!removed.StartsWith("@charset", StringComparison.OrdinalIgnoreCase))
            changes.Add(ContentChange.UnsafeStyle);
    }

    private static HashSet<string> Words(string words) => new(words.Split(' '), StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex(@"^\s*(<!\s*)?\[(if\s[^\]]*|endif)\]", RegexOptions.IgnoreCase)]
    private static partial Regex Conditional();

    // The behaviour of VML is part of Outlook and of nothing else.
    [GeneratedRegex(
        @"<[\s/]*(script|iframe|frame|object|embed|applet|form|input|button|meta|link|base|svg|math|html:|import)|(java|vb)script\s*:|[\s/""']on\w+\s*=|expression\s*\(|srcdoc|data\s*:\s*text/|(?<!scroll-)behaviou?r\s*:(?!\s*url\(['""]?#default#vml)|-moz-binding|@import",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex ActiveInComment();

    [GeneratedRegex(
        @"<script\b.*?</script\s*>|</?(script|iframe|frame|object|embed|applet|form|input|button|meta|link|base|svg|math)\b[^>]*>|@import[^;<}]*;?",
        RegexOptions.IgnoreCase | RegexOptions.Singleline
    )]
    private static partial Regex ActiveElement();

    [GeneratedRegex(@"[\s/]on\w+\s*=\s*(""[^""]*""|'[^']*'|[^\s>]+)", RegexOptions.IgnoreCase)]
    private static partial Regex ActiveAttribute();

    [GeneratedRegex(@"^[a-z_][a-z0-9_.:-]*$")]
    private static partial Regex AttributeName();
}
