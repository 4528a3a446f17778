using AngleSharp.Css;
using AngleSharp.Dom;

namespace Estafette.Core.Messages.Content;

/// <summary>The rules that stay in style elements, and their rank against the rules that were moved into attributes.</summary>
/// <remarks>
/// An attribute wins against every rule that is not important. A declaration that stays therefore becomes important when, on at least one
/// element it may apply to, it won against a declaration that moved, and when on no element something else was stronger. Properties
/// compete with their shorthands: <c>padding</c> with <c>padding-left</c>. States such as <c>:hover</c> are taken as given.
/// </remarks>
internal sealed class StayingRules
{
    /// <summary>Comparisons of one document; rules that would take more stay as they are.</summary>
    private const long MaxComparisons = 5_000_000;
    private static readonly string[] States = [":link", ":visited", ":hover", ":active", ":focus", ":any-link"];
    private readonly List<(IElement Style, List<(CssRule Rule, int Order)> Rules, bool IsChanged)> _sheets = [];

    private long _comparisons;

    public void Add(IElement style, List<(CssRule Rule, int Order)> rules, bool isChanged) => _sheets.Add((style, rules, isChanged));

    /// <summary>Ranks the rules and writes them back.</summary>
    /// <param name="match">Elements and specificity of a selector, or null.</param>
    /// <param name="appliedTo">What was moved to an element and what it had, or null.</param>
    public void Settle(
        Func<string, (IElement[] Elements, Priority Specificity)?> match,
        Func<IElement, List<CssInliner.Applied>?> appliedTo
    )
    {
        foreach (var (style, rules, isChanged) in _sheets)
        {
            var settled = rules.Select(item => Settle(item.Rule, item.Order, match, appliedTo)).ToList();
            if (isChanged || settled.Where((rule, i) => rule != rules[i].Rule).Any())
                style.TextContent = "\n" + string.Join('\n', settled) + "\n";
        }
    }

    private CssRule Settle(
        CssRule rule,
        int order,
        Func<string, (IElement[] Elements, Priority Specificity)?> match,
        Func<IElement, List<CssInliner.Applied>?> appliedTo
    )
    {
        if (rule.HasRules)
        {
            var inner = CssText.Rules(rule.Body!);
            var settled = inner.Select(r => Settle(r, order, match, appliedTo)).ToList();
            return settled.SequenceEqual(inner) ? rule : rule with { Body = string.Join(' ', settled) };
        }
        if (rule.IsAtRule || rule.Body is null || _comparisons > MaxComparisons)
            return rule;
        var declarations = CssText.Declarations(rule.Body);
        if (declarations.TrueForAll(declaration => declaration.IsImportant))
            return rule;
        var rivals = CssText
            .Selectors(rule.Prelude)
            .Select(WithoutStates)
            .Where(selector => selector.Length > 0)
            .Select(match)
            .OfType<(IElement[] Elements, Priority Specificity)>()
            .SelectMany(found => found.Elements, (found, element) => (found.Specificity, Applied: appliedTo(element)))
            .Where(rival => rival.Applied is not null)
            .ToList();
        _comparisons += rivals.Sum(rival => (long)rival.Applied!.Count) * declarations.Count;
        if (_comparisons > MaxComparisons)
            return rule;
        var ranked = declarations.ConvertAll(d => Wins(d, order, rivals!) ? d with { IsImportant = true } : d);
        return ranked.SequenceEqual(declarations) ? rule : rule with { Body = string.Join("; ", ranked) };
    }

    /// <summary>True when the declaration beat something that moved and nothing was stronger.</summary>
    private static bool Wins(CssDeclaration declaration, int order, List<(Priority Specificity, List<CssInliner.Applied> Applied)> rivals)
    {
        if (declaration.IsImportant)
            return false;
        var beats = false;
        foreach (var (specificity, applied) in rivals)
        foreach (var rival in applied.Where(a => AreRivals(a.Declaration.Name, declaration.Name)))
        {
            if (
                rival.IsAttribute
                || rival.Declaration.IsImportant
                || rival.Specificity > specificity
                || (rival.Specificity == specificity && rival.Order > order)
            )
                return false;
            beats = true;
        }
        return beats;
    }

    private static bool AreRivals(string one, string other) =>
        one.Equals(other, StringComparison.OrdinalIgnoreCase)
        || one.StartsWith(other + "-", StringComparison.OrdinalIgnoreCase)
        || other.StartsWith(one + "-", StringComparison.OrdinalIgnoreCase);

    /// <summary>The selector without states; a pseudo-element is a box of its own and has no rivals.</summary>
    private static string WithoutStates(string selector)
    {
        if (selector.Contains("::", StringComparison.Ordinal))
            return "";
        foreach (var state in States)
            selector = selector.Replace(state, "", StringComparison.OrdinalIgnoreCase);
        return selector.Contains(':', StringComparison.Ordinal) && !selector.Contains("-child", StringComparison.OrdinalIgnoreCase)
            ? ""
            : selector;
    }
}
