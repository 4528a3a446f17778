using System.Diagnostics;
using AngleSharp.Css;
using AngleSharp.Css.Parser;
using AngleSharp.Dom;

namespace Estafette.Core.Messages.Content;

/// <summary>Moves the rules of style elements into style attributes, by the order of the CSS cascade (CSS Cascade 4 §6).</summary>
/// <remarks>
/// What an attribute cannot say stays in the style element: at-rules (media queries, fonts, animations), selectors with pseudo-classes or
/// pseudo-elements, selectors that cannot be read. A later declaration of the same property replaces an earlier one; two in the same rule
/// both stay, since the first is a fallback. The work is bounded: 5,000 selectors, 2 seconds, and selectors too costly for the depth of
/// the document are left where they are.
/// </remarks>
internal sealed class CssInliner(IDocument document, int depth)
{
    private const int MaxSelectors = 5000;
    private const double MaxMatchCost = 1e8;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(2);
    private static readonly CssSelectorParser Parser = new();

    // Selectors for elements and attributes that mail programs add around a message; they match nothing here and must stay.
    private static readonly string[] ForMailPrograms =
    [
        "[",
        "#outlook",
        ".ExternalClass",
        ".ReadMsgBody",
        "u +",
        "#MessageViewBody",
        ".yshortcuts",
    ];

    private readonly Dictionary<IElement, List<Applied>> _applied = new(ReferenceEqualityComparer.Instance);
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly IElement[] _elements = [.. document.All];
    private int _selectors;
    private int _order;

    private sealed record Applied(CssDeclaration Declaration, bool IsAttribute, Priority Specificity, int Order, int Block);

    /// <summary>True when the bounds were reached and some rules stayed in the style element.</summary>
    public bool GaveUp { get; private set; }

    public void Run(Func<string, bool> hasBlocks)
    {
        foreach (var style in document.QuerySelectorAll("style").ToArray())
        {
            var media = style.GetAttribute("media");
            if (!hasBlocks(style.TextContent) && (string.IsNullOrWhiteSpace(media) || media.Trim().ToLowerInvariant() is "all" or "screen"))
                Inline(style);
        }
        foreach (var (element, applied) in _applied)
            WriteAttribute(element, applied);
    }

    private void Inline(IElement style)
    {
        var remaining = new List<string>();
        foreach (var rule in CssText.Rules(style.TextContent))
        {
            if (rule.IsAtRule || rule.Body is null)
            {
                remaining.Add(rule.ToString());
                continue;
            }
            var declarations = CssText.Declarations(rule.Body);
            var kept = CssText.Selectors(rule.Prelude).Where(selector => !TryApply(selector, declarations)).ToList();
            if (kept.Count > 0)
                remaining.Add(new CssRule(string.Join(", ", kept), rule.Body).ToString());
        }
        if (remaining.Count == 0)
            style.Remove();
        else
            style.TextContent = "\n" + string.Join('\n', remaining) + "\n";
    }

    private bool TryApply(string selector, List<CssDeclaration> declarations)
    {
        if (selector.Length is 0 or > 500 || HasPseudo(selector) || Math.Pow(depth, Combinators(selector)) > MaxMatchCost)
            return false;
        if (++_selectors > MaxSelectors || Stopwatch.GetElapsedTime(_start) > MaxTime)
        {
            GaveUp = true;
            return false;
        }
        if (Parser.ParseSelector(selector) is not { } parsed)
            return false;
        var block = ++_order;
        var isUsed = false;
        foreach (var element in _elements)
        {
            if (!IsStyled(element) || !parsed.Match(element, null))
                continue;
            isUsed = true;
            var list = AppliedTo(element);
            foreach (var declaration in declarations)
                list.Add(new Applied(declaration, IsAttribute: false, parsed.Specificity, ++_order, block));
        }
        return isUsed || !ForMailPrograms.Any(mark => selector.Contains(mark, StringComparison.Ordinal));
    }

    private static bool IsStyled(IElement element) =>
        element.LocalName is not ("html" or "head" or "title" or "meta" or "style" or "link" or "script" or "br");

    /// <summary>:first-child and its like depend only on the document and can be inlined; all other pseudo-classes stay.</summary>
    private static bool HasPseudo(string selector)
    {
        var rest = selector;
        foreach (var structural in (ReadOnlySpan<string>)[":first-child", ":last-child", ":first-of-type", ":last-of-type", ":only-child"])
            rest = rest.Replace(structural, "", StringComparison.OrdinalIgnoreCase);
        return rest.Contains(':', StringComparison.Ordinal) || rest.Contains('@', StringComparison.Ordinal);
    }

    private static int Combinators(string selector) =>
        selector.Split([' ', '>', '+', '~'], StringSplitOptions.RemoveEmptyEntries).Length - 1;

    private List<Applied> AppliedTo(IElement element)
    {
        if (_applied.TryGetValue(element, out var list))
            return list;
        list = [];
        foreach (var declaration in CssText.Declarations(element.GetAttribute("style") ?? ""))
            list.Add(new Applied(declaration, IsAttribute: true, default, ++_order, 0));
        return _applied[element] = list;
    }

    private static void WriteAttribute(IElement element, List<Applied> applied)
    {
        var sorted = applied
            .OrderBy(a => a.Declaration.IsImportant)
            .ThenBy(a => a.IsAttribute)
            .ThenBy(a => a.Specificity)
            .ThenBy(a => a.Order)
            .ToList();
        var last = new Dictionary<string, (int Block, bool Important)>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in sorted)
            last[item.Declaration.Name] = (item.Block, item.Declaration.IsImportant);
        var winning = sorted
            .Where(a => last[a.Declaration.Name] == (a.Block, a.Declaration.IsImportant))
            .Select(a => Quoted(a.Declaration.ToString()));
        element.SetAttribute("style", string.Join("; ", winning));
    }

    /// <summary>Single quotes need no character reference inside an attribute.</summary>
    private static string Quoted(string declaration) =>
        declaration.Contains('\'', StringComparison.Ordinal) ? declaration : declaration.Replace('"', '\'');
}
