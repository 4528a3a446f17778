using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Estafette.Core.Messages.Content;

namespace Estafette.Tests.Messages.Content;

/// <summary>What holds for every newsletter, in the ways they are written in the wild: one theory for each invariant.</summary>
public sealed partial class CorpusTests
{
    private static readonly ProcessOptions WithoutParagraph = new() { AppendsUnsubscribe = false };

    /// <summary>Hostile comments are not kept as they are.</summary>
    private const string HostileComments = "43-hostile-conditionals";

    public static TheoryData<string> Names() =>
        [.. Directory.GetFiles(Folder(), "*.html").Select(f => Path.GetFileNameWithoutExtension(f)).Order()];

    [Fact]
    public void Corpus_is_large() => Names().Count.ShouldBeGreaterThanOrEqualTo(40);

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_visible_is_lost(string name) => Visible(Process(name, WithoutParagraph).Html!).ShouldBe(Visible(Source(name)));

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_active_is_left(string name)
    {
        var html = Process(name).Html!;
        ActiveMarkup().Matches(html).Select(match => match.Value).ShouldBeEmpty();
        foreach (var isScripting in new[] { false, true })
        {
            var document = new HtmlParser(new HtmlParserOptions { IsScripting = isScripting }).ParseDocument(html);
            document
                .QuerySelectorAll(
                    "script,iframe,frame,frameset,object,embed,applet,form,input,select,textarea,button,base,link,svg,math,video,audio,template"
                )
                .ShouldBeEmpty();
            foreach (var attribute in document.All.SelectMany(element => element.Attributes))
            {
                attribute.Name.ShouldNotStartWith("on");
                SchemeOf(attribute.Value).ShouldNotBeOneOf("javascript", "vbscript", "data:text/html", "file", "blob", "feed");
            }
            foreach (var comment in document.Descendants<IComment>())
                ActiveMarkup().Matches(System.Net.WebUtility.HtmlDecode(comment.Data)).ShouldBeEmpty();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Second_processing_changes_no_byte(string name)
    {
        var first = Process(name);
        var second = MessageInspector.Process(first.Html!);
        second.Html.ShouldBe(first.Html);
        second.Text.ShouldBe(first.Text);
        string[] quiet =
        [
            ContentChange.Unsubscribe,
            ContentChange.Script,
            ContentChange.Form,
            ContentChange.StylesInlined,
            ContentChange.Comment,
        ];
        second.Changes.Select(change => change.Kind).Intersect(quiet).ShouldBeEmpty();
    }

    /// <summary>Styles moved into attributes are the purpose and do not count: they repeat a rule for each of its elements.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Size_stays_within_a_fifth(string name)
    {
        var (before, after) = (BytesWithoutStyles(Source(name)), BytesWithoutStyles(Process(name, WithoutParagraph).Html!));
        after.ShouldBeLessThanOrEqualTo(Math.Max(before * 6 / 5, before + 1024));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_web_link_is_counted_once_for_each_occurrence(string name)
    {
        var expected = Parse(Source(name))
            .QuerySelectorAll("a[href],area[href]")
            .Select(link => LineEnds().Replace(link.GetAttribute("href")!.Trim(), ""))
            .Where(href => LinkTarget.HasWebScheme(href) && !href.EndsWith("_URL", StringComparison.Ordinal))
            // A field of a loop has no value outside of it.
            .Where(href => !href.Contains("{{this.", StringComparison.Ordinal))
            .Select(href => href.Contains("{{", StringComparison.Ordinal) ? href : href.Replace(" ", "%20", StringComparison.Ordinal));
        var links = Process(name).Links;
        links.Select(link => link.Url).ShouldBe(expected);
        links.Select(link => link.Number).ShouldBe(Enumerable.Range(1, links.Count));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rules_under_conditions_stay(string name)
    {
        var kept = RulesUnderConditions(Process(name).Html!).ToList();
        foreach (var rule in RulesUnderConditions(Source(name)).Where(rule => !rule.Contains("behavior", StringComparison.Ordinal)))
            kept.ShouldContain(rule);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Important_stays_important(string name)
    {
        var after = Parse(Process(name).Html!);
        var sheets = string.Concat(after.QuerySelectorAll("style").Select(style => style.TextContent));
        foreach (var rule in Rules(Parse(Source(name))).Where(rule => !rule.IsAtRule && rule.Body is not null))
        foreach (var declaration in CssText.Declarations(rule.Body!).Where(d => d.IsImportant))
        foreach (var selector in CssText.Selectors(rule.Prelude).Where(s => !sheets.Contains(s, StringComparison.Ordinal)))
        foreach (
            var element in after.Body!.QuerySelectorAll(selector).Append(after.Body!).Where(e => e.Matches(selector) && e.LocalName != "br")
        )
            CssText
                .Declarations(element.GetAttribute("style") ?? "")
                .ShouldContain(d => d.IsImportant && d.Name.Equals(declaration.Name, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Comments_for_outlook_stay(string name)
    {
        if (name == HostileComments)
            return;
        var kept = Conditionals(Process(name).Html!);
        Conditionals(Source(name)).ShouldBe(kept);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Doctype_stays(string name)
    {
        var (before, after) = (Parse(Source(name)).Doctype, Parse(Process(name).Html!).Doctype);
        (after?.Name, after?.PublicIdentifier, after?.SystemIdentifier).ShouldBe(
            (before?.Name, before?.PublicIdentifier, before?.SystemIdentifier)
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Unsubscribe_link_is_gained_only_where_there_was_none(string name)
    {
        var before = UnsubscribePlaces().Count(Source(name));
        UnsubscribePlaces().Count(Process(name).Html!).ShouldBe(Math.Max(1, before));
        Process(name).Changes.Any(change => change.Kind == ContentChange.Unsubscribe).ShouldBe(before == 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Merge_fields_stay(string name) => Fields(Process(name, WithoutParagraph).Html!).ShouldBe(Fields(Source(name)));

    [Theory]
    [MemberData(nameof(Names))]
    public void Plain_text_has_every_heading_and_link(string name)
    {
        var result = Process(name);
        var text = Blanks().Replace(result.Text!, " ");
        foreach (var heading in Parse(Expressions().Replace(result.Html!, "")).QuerySelectorAll("h1,h2,h3,h4,h5,h6"))
            if (heading.QuerySelector("a") is null && heading.TextContent.Trim() is { Length: > 0 } words)
                text.ShouldContain(new string('#', heading.LocalName[1] - '0') + " " + Blanks().Replace(words, " "));
        foreach (var link in result.Links)
            result.Text!.ShouldContain(link.Url);
        result.Text!.ShouldNotContain("\n\n\n");
    }

    [Fact]
    public void Whole_corpus_takes_seconds()
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var name in Names())
            Process(name.Data).Html.ShouldNotBeNull();
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(string, bool), InspectedMessage> Processed = new();

    private static InspectedMessage Process(string name, ProcessOptions? options = null)
    {
        options ??= new ProcessOptions();
        return Processed.GetOrAdd((name, options.AppendsUnsubscribe), _ => MessageInspector.Process(Source(name), options));
    }

    private static string Source(string name) => File.ReadAllText(Path.Combine(Folder(), name + ".html"));

    private static IHtmlDocument Parse(string html) => new HtmlParser().ParseDocument(FrameTags().Replace(html, ""));

    /// <summary>All letters a reader sees, without blanks; expressions would be moved about by the parser.</summary>
    private static string Visible(string html)
    {
        var document = Parse(Expressions().Replace(html, ""));
        foreach (
            var unseen in document
                .QuerySelectorAll("head,script,style,iframe,object,embed,applet,canvas,svg,math,select,textarea,xml,template")
                .ToArray()
        )
            unseen.Remove();
        return string.Concat(document.DocumentElement.TextContent.Where(c => !char.IsWhiteSpace(c)));
    }

    private static int BytesWithoutStyles(string html) => Encoding.UTF8.GetByteCount(StyleAttributes().Replace(html, ""));

    private static IEnumerable<CssRule> Rules(IHtmlDocument document) =>
        document
            .QuerySelectorAll("style")
            .Where(style => !style.HasAttribute("media"))
            .SelectMany(style => CssText.Rules(style.TextContent));

    /// <summary>Each declaration in a media query or for an attribute that mail programs add, with what is around it.</summary>
    private static IEnumerable<string> RulesUnderConditions(string html) =>
        Parse(html)
            .QuerySelectorAll("style")
            .SelectMany(style => CssText.Rules(style.TextContent))
            .SelectMany(rule =>
                rule.HasRules
                    ? CssText
                        .Rules(rule.Body!)
                        .SelectMany(inner =>
                            CssText.Declarations(inner.Body!).Select(d => $"{rule.Prelude} {inner.Prelude} {d.Name}:{d.Value}")
                        )
                : rule.Prelude.Contains("[data-ogs", StringComparison.Ordinal)
                    ? CssText.Declarations(rule.Body!).Select(d => $"{rule.Prelude} {d}")
                : rule.Prelude.StartsWith("@font-face", StringComparison.Ordinal) ? [rule.ToString()]
                : []
            );

    private static List<string> Conditionals(string html) =>
        [.. ConditionalMarks().Matches(html).Select(match => Quotes().Replace(match.Value, ""))];

    private static List<string> Fields(string html) =>
        [
            .. Expressions()
                .Matches(html)
                .Select(match => match.Value)
                .Where(field =>
                    field[0] != '\\'
                    && !field.StartsWith("{{!", StringComparison.Ordinal)
                    && !field.Contains("unsubscribe_url", StringComparison.Ordinal)
                )
                .Select(field => field.Trim('{', '}', ' '))
                .Order(StringComparer.Ordinal),
        ];

    private static string SchemeOf(string value)
    {
        var plain = string.Concat(value.Where(c => c > ' ' && c != '\u007f')).ToLowerInvariant();
        return plain.StartsWith("data:text/html", StringComparison.Ordinal) ? "data:text/html" : UrlRules.Scheme(plain) ?? "";
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "..", "Corpus");

    [GeneratedRegex(
        @"<(script|iframe|frameset|object|embed|applet|form|svg|math|base|link)\b|<[^>]*\son\w+\s*=|[""'(]\s*(java|vb)script:|expression\(|-moz-binding|@import|srcdoc=|http-equiv=""refresh|[^-]behavior\s*:",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex ActiveMarkup();

    [GeneratedRegex(@"\\?\{\{\{?[^{}]*\}?\}\}")]
    private static partial Regex Expressions();

    [GeneratedRegex("</?(frameset|frame|noframes)[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex FrameTags();

    [GeneratedRegex("""\sstyle=("[^"]*"|'[^']*')""", RegexOptions.IgnoreCase)]
    private static partial Regex StyleAttributes();

    [GeneratedRegex(@"(?<![A-Za-z_])UNSUBSCRIBE_URL(?![A-Za-z_])|\{\{\s*unsubscribe_url\s*\}\}")]
    private static partial Regex UnsubscribePlaces();

    [GeneratedRegex(@"<!(?:--)?\s*\[if[^\]]*\].*?<!\[endif\]\s*(?:--)?>", RegexOptions.Singleline)]
    private static partial Regex ConditionalMarks();

    [GeneratedRegex("""[\s"']|&quot;""")]
    private static partial Regex Quotes();

    [GeneratedRegex(@"[\s\u00A0]+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"[\t\r\n\f]")]
    private static partial Regex LineEnds();
}
