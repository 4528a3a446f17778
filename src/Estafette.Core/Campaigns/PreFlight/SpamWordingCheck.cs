using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using static Estafette.Core.Campaigns.PreFlight.PreFlightChecks;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>Adds up the weights of expressions that filters connect with spam; the list is spam-wording.tsv, in the language of the customer and in English.</summary>
internal sealed class SpamWordingCheck : IPreFlightCheck
{
    public const double Limit = 5;
    private static readonly Lazy<IReadOnlyList<Rule>> Rules = new(Read);

    public IEnumerable<CampaignProblem> Check(PreFlightSubject subject)
    {
        var text = Plain($"{subject.Campaign.Subject} {subject.Campaign.Preheader} {subject.Words} {subject.Campaign.Text}");
        var found = Rules.Value.Where(r => r.Pattern.IsMatch(text)).OrderByDescending(r => r.Weight).ToList();
        var sum = found.Sum(r => r.Weight);
        if (sum < Limit)
            yield break;
        var words = string.Join(", ", found.Take(6).Select(r => $"{r.Words} ({r.Weight.ToString(CultureInfo.InvariantCulture)})"));
        yield return Warning("spam.wording", "html", $"Expressions that filters connect with spam: {words}.", words);
    }

    private static List<Rule> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Campaigns/PreFlight/spam-wording.tsv")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var rules = new List<Rule>();
        while (reader.ReadLine() is { } line)
            if (line.Split('\t') is [var weight, _, var words])
                rules.Add(new Rule(double.Parse(weight, CultureInfo.InvariantCulture), words, Pattern(words)));
        return rules;
    }

    private static Regex Pattern(string words)
    {
        var body = Regex
            .Escape(Plain(words))
            .Replace("\\*", "\\w*", StringComparison.Ordinal)
            .Replace("\\ ", "\\s+", StringComparison.Ordinal);
        return new Regex($@"(?<!\w){body}(?!\w)", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }

    /// <summary>Lower case without accents, one kind of apostrophe and of space.</summary>
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var c in text.Normalize(NormalizationForm.FormD))
            if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
                plain.Append(
                    c is '’' ? '\''
                    : char.IsWhiteSpace(c) ? ' '
                    : char.ToLowerInvariant(c)
                );
        return plain.ToString();
    }

    private sealed record Rule(double Weight, string Words, Regex Pattern);
}
