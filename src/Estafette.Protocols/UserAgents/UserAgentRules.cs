using System.Text.RegularExpressions;
using Estafette.Protocols.Bounces;

namespace Estafette.Protocols.UserAgents;

/// <summary>
/// One list of rules of uap-core (docs/specification.md of that project): tried in order, the first expression that matches gives the family,
/// which is its replacement text with $1…$9 filled in, or its first group. Before an expression is tried, one of the words that it requires
/// must stand in the text (<see cref="RequiredWords"/>): all of them are looked for in one pass, which spares most of the thousand expressions.
/// </summary>
internal sealed class UserAgentRules
{
    private readonly IReadOnlyList<Rule> _rules;
    private readonly LiteralIndex _index;
    private readonly int[]?[] _required;

    public UserAgentRules(IReadOnlyList<Rule> rules)
    {
        _rules = rules;
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        _required = [.. rules.Select(r => RequiredWords.Of(r.Expression)?.Select(w => Number(w, words)).ToArray())];
        _index = new LiteralIndex([.. words.OrderBy(w => w.Value).Select(w => w.Key)]);
    }

    internal IReadOnlyList<Rule> Rules => _rules;

    /// <summary>The family of a text; null when no rule matches or the time is over.</summary>
    public string? FamilyOf(string text, Func<bool> isOver)
    {
        // Letters beyond ASCII may be the other case of ASCII ones (U+212A is a K): such texts are tried on everything.
        Span<bool> found = new bool[_index.Count];
        if (System.Text.Ascii.IsValid(text))
            _index.Find(text.ToLowerInvariant(), found);
        else
            found.Fill(true);
        for (var i = 0; i < _rules.Count; i++)
        {
            if (_required[i] is { } required && !IsOneFound(required, found))
                continue;
            if (isOver())
                return null;
            if (_rules[i].FamilyOf(text) is { } family)
                return family;
        }
        return null;
    }

    private static bool IsOneFound(int[] required, ReadOnlySpan<bool> found)
    {
        foreach (var word in required)
            if (found[word])
                return true;
        return false;
    }

    private static int Number(string word, Dictionary<string, int> words)
    {
        if (!words.TryGetValue(word, out var number))
            words.Add(word, number = words.Count);
        return number;
    }

    /// <summary>Reads the three lists of regexes.yaml. Only the shape that file has is understood: lists of mappings of quoted texts.</summary>
    /// <exception cref="InvalidDataException">The file has another shape.</exception>
    public static (UserAgentRules Browsers, UserAgentRules Systems, UserAgentRules Devices) Read(TextReader yaml)
    {
        var lists = new Dictionary<string, List<Rule>>(StringComparer.Ordinal);
        List<Rule>? list = null;
        for (var number = 1; yaml.ReadLine() is { } line; number++)
        {
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
                continue;
            if (!char.IsWhiteSpace(line[0]))
                lists.Add(text.TrimEnd(':'), list = []);
            else if (list is null || !TryRead(text, list))
                throw new InvalidDataException($"Line {number} of the user agent rules is not understood: {line}");
        }
        return (new(lists["user_agent_parsers"]), new(lists["os_parsers"]), new(lists["device_parsers"]));
    }

    private static bool TryRead(string text, List<Rule> list)
    {
        var begins = text.StartsWith("- ", StringComparison.Ordinal);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return false;
        var key = text[(begins ? 2 : 0)..colon].Trim();
        if (Unquote(text[(colon + 1)..].Trim()) is not { } value)
            return false;
        if (begins)
            list.Add(new Rule());
        switch (key)
        {
            case "regex":
                list[^1].Expression = value;
                break;
            case "regex_flag":
                list[^1].IgnoresCase = value == "i";
                break;
            case "family_replacement" or "os_replacement" or "device_replacement":
                list[^1].Family = value;
                break;
            default:
                // Versions, brands and models: the reports do not show them.
                break;
        }
        return true;
    }

    private static string? Unquote(string text)
    {
        var hash = text.LastIndexOf(" #", StringComparison.Ordinal);
        if (hash > 0 && text[..hash].TrimEnd() is [.., '\'' or '"'] before)
            text = before;
        return text switch
        {
            ['\'', .. var single, '\''] => single.Replace("''", "'", StringComparison.Ordinal),
            ['"', .. var quoted, '"'] => quoted
                .Replace("\\\"", "\"", StringComparison.Ordinal)
                .Replace(@"\\", @"\", StringComparison.Ordinal),
            _ => null,
        };
    }

    /// <summary>One rule; its expression is compiled at its first use and gives up after <see cref="Patience"/>.</summary>
    internal sealed class Rule
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
        private Regex? _regex;

        public string Expression { get; set; } = "";
        public bool IgnoresCase { get; set; }
        public string? Family { get; set; }

        public string? FamilyOf(string text)
        {
            _regex ??= new Regex(
                Expression,
                RegexOptions.CultureInvariant | (IgnoresCase ? RegexOptions.IgnoreCase : RegexOptions.None),
                Patience
            );
            try
            {
                return _regex.Match(text) is { Success: true } match ? Fill(match) : null;
            }
            catch (RegexMatchTimeoutException)
            {
                return null;
            }
        }

        private string? Fill(Match match)
        {
            var family = Family ?? (match.Groups.Count > 1 ? match.Groups[1].Value : null);
            if (family is null)
                return null;
            for (var group = 9; group > 0 && family.Contains('$'); group--)
                family = family.Replace($"${group}", match.Groups[group].Value, StringComparison.Ordinal);
            return family.Trim() is { Length: > 0 } named ? named : null;
        }
    }
}
