using System.Diagnostics;
using AngleSharp.Css;
using AngleSharp.Css.Parser;
using AngleSharp.Dom;

namespace Estafette.Core.Messages.Content;

/// <summary>Moves the rules of style elements into style attributes, by the order of the CSS cascade (CSS Cascade 4 §6).</summary>
/// <remarks>
/// What an attribute cannot say stays in the style element: at-rules (media queries, fonts, animations), selectors with pseudo-classes or
/// pseudo-elements, the universal selector, selectors that cannot be read. A rule that stays and won against one that moved would now lose
/// against the attribute: it gets <c>!important</c>, unless it would then win where it did not (<see cref="StayingRules"/>).
/// Rules for nothing in the document go, but not those for elements that mail programs or conditional comments add.
/// A later declaration of the same property replaces an earlier one; two in the same rule both stay, since the first is a fallback.
/// The work is bounded: 5,000 selectors, 300,000 declarations, 2 seconds, and selectors too costly for the depth of the document are left where they are.
/// </remarks>
internal sealed class CssInliner(IDocument document, int depth, Func<string, bool> hasExpressions)
{
    private const int MaxSelectors = 5000;
    private const int MaxApplied = 300_000;
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
        ".moz-text-",
        ".gmail",
        ".im",
        ".a6S",
        ".g-img",
        ".mso",
        ".Mso",
    ];

    private readonly Dictionary<IElement, List<Applied>> _applied = new(ReferenceEqualityComparer.Instance);
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly IElement[] _elements = [.. document.All];
    private readonly StayingRules _staying = new();
    private string? _hidden;
    private bool _hasFieldsInNames;
    private int _selectors;
    private long _appliedCount;
    private int _order;

    internal sealed record Applied(CssDeclaration Declaration, bool IsAttribute, Priority Specificity, int Order, int Block);

    /// <summary>Rules that were moved, one for each selector.</summary>
    public int Inlined { get; private set; }

    /// <summary>Selectors that matched nothing and went.</summary>
    public int Unused { get; private set; }

    /// <summary>True when the bounds were reached and some rules stayed in the style element.</summary>
    public bool GaveUp { get; private set; }

    public void Run(Func<string, bool> hasBlocks)
    {
        _hidden = string.Join('\n', MarkupWalk.Nodes(document).OfType<IComment>().Select(comment => comment.Data));
        _hasFieldsInNames = _elements.Any(e => hasExpressions(e.ClassName ?? "") || hasExpressions(e.Id ?? ""));
        foreach (var style in document.QuerySelectorAll("style").ToArray())
        {
            var media = style.GetAttribute("media");
            if (!hasBlocks(style.TextContent) && (string.IsNullOrWhiteSpace(media) || media.Trim().ToLowerInvariant() is "all" or "screen"))
                Inline(style);
            else if (!hasBlocks(style.TextContent))
                _staying.Add(style, [.. CssText.Rules(style.TextContent).Select(rule => (rule, ++_order))], isChanged: false);
        }
        _staying.Settle(Match, element => _applied.GetValueOrDefault(element));
        foreach (var (element, applied) in _applied)
            WriteAttribute(element, applied);
    }

    private void Inline(IElement style)
    {
        var remaining = new List<(CssRule, int)>();
        var rules = CssText.Rules(style.TextContent);
        foreach (var rule in rules)
        {
            if (rule.IsAtRule || rule.Body is null)
            {
                remaining.Add((rule, ++_order));
                continue;
            }
            var declarations = CssText.Declarations(rule.Body);
            var kept = CssText.Selectors(rule.Prelude).Where(selector => !TryApply(selector, declarations)).ToList();
            if (kept.Count > 0)
                remaining.Add((new CssRule(string.Join(", ", kept), rule.Body), ++_order));
        }
        if (remaining.Count == 0)
            style.Remove();
        else
            _staying.Add(style, remaining, isChanged: true);
    }

    /// <summary>The elements a selector matches and its specificity; null when it cannot be read or costs too much.</summary>
    private (IElement[] Elements, Priority Specificity)? Match(string selector)
    {
        if (selector.Length is 0 or > 500 || Math.Pow(depth, Combinators(selector)) > MaxMatchCost)
            return null;
        if (++_selectors > MaxSelectors || Stopwatch.GetElapsedTime(_start) > MaxTime)
        {
            GaveUp = true;
            return null;
        }
        return Parser.ParseSelector(selector) is { } parsed
            ? ([.. _elements.Where(element => parsed.Match(element, null))], parsed.Specificity)
            : null;
    }

    private bool TryApply(string selector, List<CssDeclaration> declarations)
    {
        if (selector == "*" || HasPseudo(selector) || Match(selector) is not var (elements, specificity))
            return false;
        if (elements.Length == 0)
        {
            var goes = !MayMatchElsewhere(selector);
            Unused += goes ? 1 : 0;
            return goes;
        }
        if (Array.Exists(elements, element => element.LocalName is "html" or "br"))
            return false;
        _appliedCount += (long)elements.Length * declarations.Count;
        if (_appliedCount > MaxApplied)
        {
            GaveUp = true;
            return false;
        }
        var block = ++_order;
        foreach (var element in elements.Where(IsStyled))
        foreach (var declaration in declarations)
            AppliedTo(element).Add(new Applied(declaration, IsAttribute: false, specificity, ++_order, block));
        Inlined++;
        return true;
    }

    /// <summary>True when a mail program, a conditional comment or a field in a class could bring elements for the selector.</summary>
    private bool MayMatchElsewhere(string selector) =>
        _hasFieldsInNames
        || hasExpressions(selector)
        || ForMailPrograms.Any(mark => selector.Contains(mark, StringComparison.Ordinal))
        || selector
            .Split(['.', '#', ' ', '>', '+', '~', '['], StringSplitOptions.RemoveEmptyEntries)
            .All(name => _hidden!.Contains(name, StringComparison.Ordinal));

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
