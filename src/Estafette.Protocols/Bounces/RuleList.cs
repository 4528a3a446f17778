using System.Text.RegularExpressions;

namespace Estafette.Protocols.Bounces;

/// <summary>
/// An ordered list of text rules read from an embedded table. Columns, separated by tabs: group, meaning, condition, expression, then one or
/// more examples, which a unit test runs.
/// </summary>
/// <remarks>
/// Condition: words in the form of <see cref="ReplyText"/>; <c>a | b</c> one of them, <c>a &amp; b</c> both anywhere, <c>!a</c> absent.
/// Expression: regular expression that must match as well (non-backtracking: its time is linear in the text), or <c>-</c> for none.
/// The first rule that matches decides.
/// </remarks>
internal sealed class RuleList
{
    private readonly Compiled[] _rules;
    private readonly LiteralIndex _index;

    internal sealed record Rule(
        int Line,
        string Group,
        string Meaning,
        string Condition,
        Regex? Expression,
        IReadOnlyList<string> Examples
    );

    private readonly record struct Compiled(Rule Rule, int[][] Alternatives);

    internal RuleList(IReadOnlyList<Rule> rules)
    {
        Rules = rules;
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        _rules = [.. rules.Select(r => new Compiled(r, Compile(r, words)))];
        _index = new LiteralIndex([.. words.OrderBy(w => w.Value).Select(w => w.Key)]);
    }

    internal IReadOnlyList<Rule> Rules { get; }

    /// <summary>Reads a table that is embedded in this assembly beside this class.</summary>
    /// <exception cref="InvalidDataException">A line has another shape.</exception>
    internal static IReadOnlyList<Rule> Read(string name)
    {
        var stream =
            typeof(RuleList).Assembly.GetManifestResourceStream($"Estafette.Protocols.Bounces.{name}")
            ?? throw new InvalidDataException($"Reading rules: the table {name} is not embedded.");
        using var reader = new StreamReader(stream);
        var rules = new List<Rule>();
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line.Split('\t') is not [var group, var meaning, var condition, var expression, .. var examples] || examples.Length == 0)
                throw new InvalidDataException($"Reading rules: line {number} of {name} has not five columns.");
            rules.Add(new Rule(number, group, meaning, condition, Expression(expression), examples));
        }
        return rules;
    }

    /// <summary>The first rule that matches a text in the form of <see cref="ReplyText"/>, or null.</summary>
    internal Rule? Match(string folded)
    {
        Span<bool> found = stackalloc bool[_index.Count];
        found.Clear();
        if (!_index.Find(folded, found))
            return null;
        foreach (var (rule, alternatives) in _rules)
        {
            if (Holds(alternatives, found) && (rule.Expression is null || rule.Expression.IsMatch(folded)))
                return rule;
        }
        return null;
    }

    private static bool Holds(int[][] alternatives, ReadOnlySpan<bool> found)
    {
        foreach (var words in alternatives)
        {
            var holds = true;
            foreach (var word in words)
            {
                // An absent word is kept as the complement of its number.
                if (word >= 0 ? found[word] : !found[~word])
                    continue;
                holds = false;
                break;
            }
            if (holds)
                return true;
        }
        return false;
    }

    private static int[][] Compile(Rule rule, Dictionary<string, int> words) =>
        [.. rule.Condition.Split(" | ").Select(a => a.Split(" & ").Select(w => Number(w, words)).ToArray())];

    private static int Number(string word, Dictionary<string, int> words)
    {
        var absent = word.StartsWith('!');
        var folded = ReplyText.Fold(absent ? word.AsSpan(1) : word);
        if (!words.TryGetValue(folded, out var number))
            words.Add(folded, number = words.Count);
        return absent ? ~number : number;
    }

    private static Regex? Expression(string text) =>
        text == "-" ? null : new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);
}
