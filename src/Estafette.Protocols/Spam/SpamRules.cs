using System.Globalization;
using System.Text.RegularExpressions;

namespace Estafette.Protocols.Spam;

/// <summary>Our own test of how much a message looks like spam, for installations without spamd.</summary>
/// <remarks>
/// The rules are lines of spam-rules.tsv: name, points, kind, pattern, French and English description. Patterns of kind header, subject,
/// text and html are tried on folded text (lower case, no accents, one space for white space) by an engine without backtracking, so a
/// message costs time in proportion to its size whatever it holds; kind structure names a check of <see cref="SpamStructure"/>.
/// A rule counts once, however often it matches. Newsletters as people send them stay far below the threshold; mass fraud reaches it.
/// </remarks>
public static class SpamRules
{
    private const string Resource = "Estafette.Protocols.Spam.spam-rules.tsv";

    private static readonly Lazy<IReadOnlyList<Rule>> Rules = new(Load);

    /// <summary>Names of all rules.</summary>
    public static IEnumerable<string> Names => Rules.Value.Select(r => r.Name);

    /// <summary>Tests a message.</summary>
    /// <param name="message">The whole message; damaged ones are read as far as they go.</param>
    /// <param name="language">Language of the descriptions: French, or else English.</param>
    /// <param name="threshold">Points from which it counts as spam.</param>
    public static SpamReport Check(ReadOnlyMemory<byte> message, CultureInfo language, double threshold = SpamReport.DefaultThreshold)
    {
        ArgumentNullException.ThrowIfNull(language);
        var text = SpamText.Read(message);
        var isFrench = language.TwoLetterISOLanguageName == "fr";
        var found = Rules.Value.Where(r => r.Matches(text)).Select(r => new SpamCheck(r.Name, r.Score, isFrench ? r.French : r.English));
        var checks = SpamReport.HighestFirst(found);
        return new SpamReport(Math.Round(checks.Sum(c => c.Score), 1), threshold, checks, null);
    }

    private static List<Rule> Load()
    {
        using var reader = new StreamReader(typeof(SpamRules).Assembly.GetManifestResourceStream(Resource)!);
        var rules = new List<Rule>();
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line.Split('\t') is not [var name, var score, var kind, var pattern, var french, var english])
                throw new InvalidDataException($"Line {number} of spam-rules.tsv has not six columns.");
            rules.Add(new Rule(name, double.Parse(score, CultureInfo.InvariantCulture), Matcher(kind, pattern), french, english));
        }
        return rules;
    }

    private static Func<SpamText, bool> Matcher(string kind, string pattern)
    {
        if (kind == "structure")
            return SpamStructure.Checks[pattern];
        // NonBacktracking has no time limit to pass: its work is linear in the text.
        var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Multiline);
        return kind switch
        {
            "header" => m => regex.IsMatch(m.FoldedHeader),
            "subject" => m => regex.IsMatch(m.FoldedSubject),
            "text" => m => regex.IsMatch(m.FoldedText),
            "html" => m => regex.IsMatch(m.FoldedHtml),
            _ => throw new InvalidDataException($"spam-rules.tsv: kind '{kind}' is unknown."),
        };
    }

    private sealed record Rule(string Name, double Score, Func<SpamText, bool> Matches, string French, string English);
}
