using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Estafette.Core.Messages.Content;
using FsCheck;
using FsCheck.Fluent;

namespace Estafette.Tests.Messages.Content;

/// <summary>Whatever comes in, a content or declared faults come out, soon.</summary>
public sealed class ContentFuzzTests
{
    /// <summary>Ten times what the slowest takes alone: other tests run beside it. What is quadratic takes minutes.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly string[] Pieces =
    [
        "<",
        ">",
        "\"",
        "'",
        "&",
        "<!--",
        "-->",
        "]]>",
        "<![CDATA[",
        "{{",
        "}}",
        "{{#if a}}",
        "{{/if}}",
        "{{{x}}}",
        "</table>",
        "<table>",
        "<tr>",
        "<style>",
        "</style>",
        "<script>",
        "</script>",
        "<svg>",
        "<math>",
        "<template>",
        "<select>",
        "<a href=",
        " onclick=",
        "javascript:",
        "\0",
        "\uFEFF",
        "\uD800",
        "/*",
        "*/",
        "@media",
        "{",
        "}",
        "!important",
        "<!--[if mso]>",
        "<![endif]-->",
        "UNSUBSCRIBE_URL",
        "<p",
        "</p>",
        "<plaintext>",
        "<noscript>",
        "xhb0x",
        "&#123;",
        "style=\"",
        "url(",
        "\\",
    ];

    [Fact]
    public void Mutated_newsletter_gives_a_content_or_faults()
    {
        var sources = Directory.GetFiles(Folder(), "*.html").Where(f => new FileInfo(f).Length < 8000).Select(File.ReadAllBytes).ToArray();
        var edits = Gen.Choose(0, 9999).Zip(Gen.Choose(-300, Pieces.Length - 1)).ListOf().Resize(12);
        Prop.ForAll(Gen.Elements(sources).Zip(edits).ToArbitrary(), pair => Process(Mutated(pair.Item1, pair.Item2)) < Deadline)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Fact]
    public void Noise_gives_a_content_or_faults() =>
        Prop.ForAll(Gen.Elements(Pieces).ListOf().Select(all => string.Concat(all)).ToArbitrary(), html => Process(html) < Deadline)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    public static TheoryData<string> Bombs() =>
        [
            "div",
            "b",
            "table",
            "a",
            "closing",
            "attribute",
            "attributes",
            "rule",
            "rules",
            "braces",
            "selector",
            "comment",
            "entities",
            "cells",
            "style",
            "url",
            "open comments",
            "var",
            "blanks in a comment",
            "scripts in a comment",
        ];

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Bomb_ends_soon_and_in_bounded_memory(string name)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Process(Bomb(name)).ShouldBeLessThan(Deadline);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1500L << 20);
    }

    private static string Bomb(string name) =>
        name switch
        {
            "div" => Repeat("<div>", 100_000),
            "b" => Repeat("<b>", 100_000),
            "table" => Repeat("<table><tr><td>", 60_000),
            "a" => Repeat("<a href='https://x.example/'>", 30_000),
            "closing" => Repeat("</p>", 100_000),
            "attribute" => $"<p title='{new string('x', 900_000)}'>x</p>",
            "attributes" => "<p " + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"data-a{i}='x' ")) + ">x</p>",
            "rule" => $"<style>p{{{Repeat("color:red;", 90_000)}}}</style>{Repeat("<p>x</p>", 100)}",
            "rules" => $"<style>{Repeat("p{color:red}", 80_000)}</style>{Repeat("<p>x</p>", 500)}",
            "braces" => $"<style>{Repeat("{", 400_000)}</style><p>x</p>",
            "selector" => $"<style>{Repeat("div ", 100)}p{{color:red}}</style>{Repeat("<div>", 200)}<p>x</p>",
            "comment" => Repeat("<!--[if mso]>", 70_000),
            "open comments" => "<style>" + Repeat("/*", 400_000) + "</style><p>x</p>",
            "entities" => Repeat("&amp;", 200_000),
            "blanks in a comment" => $"<!--{new string(' ', 450_000)}x--><!--[if mso]><{new string(' ', 450_000)}--><p>x</p>",
            "scripts in a comment" => $"<!--[if mso]>{Repeat("<script ", 100_000)}--><p>x</p>",
            "cells" => "<table>" + Repeat("<td>", 20_000),
            "style" => $"<p style='{Repeat("a:url(", 150_000)}'>x</p>",
            "url" => $"<a href='https://x.example/{Repeat("% ", 400_000)}'>x</a>",
            _ => $"<style>:root{{{string.Concat(Enumerable.Range(0, 20_000).Select(i => $"--v{i}:var(--v{i + 1});"))}}}</style><p>x</p>",
        };

    private static TimeSpan Process(string html)
    {
        var start = Stopwatch.GetTimestamp();
        var result = MessageInspector.Process(html);
        if (result.Html is null && result.Text is null)
            result.Issues.ShouldContain(issue => issue.Severity == IssueSeverity.Error);
        return Stopwatch.GetElapsedTime(start);
    }

    private static string Mutated(byte[] source, IList<(int At, int What)> edits)
    {
        var bytes = source.ToList();
        foreach (var (at, what) in edits)
        {
            var place = at * bytes.Count / 10_000;
            if (what >= 0)
                bytes.InsertRange(place, Encoding.UTF8.GetBytes(Pieces[what]));
            else if (what < -256)
                bytes.RemoveRange(place, Math.Min(bytes.Count - place, -256 - what));
            else if (bytes.Count > 0)
                bytes[place] = (byte)(-what - 1);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "..", "Corpus");
}
