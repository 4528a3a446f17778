using System.Text.RegularExpressions;
using System.Xml.Linq;
using Estafette.Testing;
using Estafette.Web;

namespace Estafette.Tests.Web;

public sealed partial class TextsTests
{
    // Names of formats and protocols, the same in both languages.
    private static readonly string[] SameEverywhere =
    [
        "HTML",
        "DKIM",
        "URL",
        "TXT",
        "UNSUBSCRIBE_URL",
        "WEB_VERSION_URL",
        "Français",
        "English",
        "ms",
        "news.example.com",
        "app.example.com",
        "https://links.example.com",
    ];

    private static string Folder => Path.Combine(Repository.Root, "src", "Estafette", "Web");

    [Fact]
    public void Both_languages_have_the_same_keys_and_no_empty_text()
    {
        var files = Directory
            .GetFiles(Path.Combine(Folder, "Resources"), "*.resx")
            .Where(f => !f.EndsWith(".fr.resx", StringComparison.Ordinal))
            .ToList();
        files.Count.ShouldBeGreaterThan(10);
        foreach (var file in files)
        {
            var (english, french) = (Read(file), Read(Path.ChangeExtension(file, ".fr.resx")));
            french.Keys.Order(StringComparer.Ordinal).ShouldBe(english.Keys.Order(StringComparer.Ordinal), Path.GetFileName(file));
            foreach (var (key, text) in english.Concat(french))
                text.ShouldNotBeNullOrWhiteSpace($"{Path.GetFileName(file)} {key}");
        }
    }

    [Fact]
    public void Both_languages_have_the_same_placeholders()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Folder, "Resources"), "*.fr.resx"))
        {
            var (french, english) = (Read(file), Read(file.Replace(".fr.resx", ".resx", StringComparison.Ordinal)));
            foreach (var (key, text) in french)
                Holes(text).ShouldBe(Holes(english[key]), $"{Path.GetFileName(file)} {key}");
        }
    }

    [Fact]
    public void Every_word_that_a_page_asks_for_exists()
    {
        var missing = Sources()
            .SelectMany(file => Asked().Matches(File.ReadAllText(file)).Select(m => (File: Path.GetFileName(file), Key: m.Groups[1].Value)))
            .Where(asked =>
                !asked.Key.EndsWith('-') && !asked.Key.EndsWith('.') && !Texts.Has(asked.Key) && !Texts.Has(asked.Key + ".other")
            )
            .Where(asked => !Area(asked.Key).Any(known => known.StartsWith(asked.Key + "-", StringComparison.Ordinal)))
            .Select(asked => $"{asked.File}: {asked.Key}");
        missing.ShouldBeEmpty();
    }

    [Fact]
    public void No_page_holds_words_of_its_own()
    {
        var found = new List<string>();
        foreach (var file in Directory.GetFiles(Folder, "*.razor", SearchOption.AllDirectories))
        {
            var markup = File.ReadAllText(file).Split("@code {")[0];
            foreach (Match text in Visible().Matches(markup))
                if (!SameEverywhere.Contains(text.Groups[1].Value.Trim(), StringComparer.Ordinal))
                    found.Add($"{Path.GetFileName(file)}: {text.Groups[1].Value.Trim()}");
            foreach (Match attribute in Spoken().Matches(markup))
                if (!SameEverywhere.Contains(attribute.Groups[1].Value, StringComparer.Ordinal))
                    found.Add($"{Path.GetFileName(file)}: {attribute.Value}");
        }
        found.ShouldBeEmpty();
    }

    [Fact]
    public void French_gets_its_no_break_spaces()
    {
        Texts.FrenchTypography("« Été » : prêt ?").ShouldBe("«\u00a0Été\u00a0»\u00a0: prêt\u202f?");
    }

    private static IEnumerable<string> Sources() =>
        Directory
            .EnumerateFiles(Folder, "*.*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".razor" or ".cs" && !f.Contains("node_modules", StringComparison.Ordinal));

    private static IEnumerable<string> Area(string key)
    {
        var area = key.Split('.')[0];
        var file = Path.Combine(Folder, "Resources", char.ToUpperInvariant(area[0]) + area[1..] + ".resx");
        return File.Exists(file) ? Read(file).Keys.Select(k => $"{area}.{k}") : [];
    }

    private static Dictionary<string, string> Read(string file) =>
        XDocument
            .Load(file)
            .Root!.Elements("data")
            .ToDictionary(d => d.Attribute("name")!.Value, d => d.Element("value")!.Value, StringComparer.Ordinal);

    private static string Holes(string text) =>
        string.Join(' ', Hole().Matches(text).Select(m => m.Value).Distinct().Order(StringComparer.Ordinal));

    // T("…"), Texts.Count("…"), Of…("…"): the first text of the call.
    [GeneratedRegex(
        """(?<![\w.])(?:T|Texts\.Get|Texts\.Count|StatusWords\.Of|Choice\.Of<\w+>)\("([a-z]+\.[a-z0-9.-]+)" ?(?=[,)])""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Asked();

    // Three letters in a row between two tags, outside of code.
    [GeneratedRegex(@">([^<>@{}();=]*\p{L}{3,}[^<>@{}();=]*)</", RegexOptions.CultureInvariant)]
    private static partial Regex Visible();

    [GeneratedRegex(
        """(?:[Ll]abel|Title|title|Placeholder|placeholder|Help|Text|aria-label)="(?!@)([^"]*\p{L}{3,}[^"]*)" """,
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Spoken();

    [GeneratedRegex(@"\{\d+\}", RegexOptions.CultureInvariant)]
    private static partial Regex Hole();
}
