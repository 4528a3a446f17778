using System.Runtime.CompilerServices;
using Estafette.Core.Messages.Content;

namespace Estafette.Tests.Messages.Content;

/// <summary>Whole newsletters in, whole contents out. To accept new output run once with ESTAFETTE_UPDATE_GOLDEN=1 and read the difference.</summary>
public sealed class GoldenTests
{
    private static readonly bool Updates = Environment.GetEnvironmentVariable("ESTAFETTE_UPDATE_GOLDEN") == "1";

    public static TheoryData<string> Newsletters() =>
        [
            .. Directory
                .GetFiles(Folder(), "*.html")
                .Where(f => !f.EndsWith(".golden.html", StringComparison.Ordinal))
                .Select(f => Path.GetFileNameWithoutExtension(f))
                .Order(),
        ];

    [Theory]
    [MemberData(nameof(Newsletters))]
    public void Newsletter_is_processed_as_recorded(string name)
    {
        var content = Process(name);
        var links = string.Concat(
            content.Links.Select(l => $"<!-- link {l.Number}: {l.Url}{(l.HasMergeFields ? " (merge)" : "")} | {l.Label} -->\n")
        );
        var warnings = string.Concat(content.Warnings.Select(w => $"<!-- warning: {w.Message} -->\n"));
        Compare(name + ".golden.html", content.Html + "\n" + links + warnings);
        Compare(name + ".golden.txt", content.Text!);
    }

    [Theory]
    [MemberData(nameof(Newsletters))]
    public void Processing_twice_changes_nothing_more(string name)
    {
        var first = Process(name);
        var source = UserSource(first.Html!);
        var second = ContentProcessor.Process(new ContentSource("s", source), new ProcessOptions());
        second.Issues.ShouldBeEmpty();
        UserSource(second.Content!.Html!).ShouldBe(source);
    }

    [Theory]
    [MemberData(nameof(Newsletters))]
    public void Newsletter_renders_for_a_recipient(string name)
    {
        var compiled = CompiledContent.Compile(Process(name), new CompileOptions(), out _)!;
        var offers = new List<object?>
        {
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["title"] = "T<1>",
                ["id"] = 7L,
                ["label"] = "L",
            },
        };
        var data = MergeData.Create(
            new MergeContact("a@example.com", "Zoé", "Müller"),
            "{\"vip\":true}"u8,
            new MergeCampaign("C", "L", "S", "s@example.com")
        );
        data["offers"] = offers;
        var (preview, failure) = compiled.RenderPreview(data);
        failure.ShouldBeNull();
        preview!.Html!.ShouldNotContain("xhb");
        preview.Html!.Replace("{{not_a_field}}", "", StringComparison.Ordinal).ShouldNotContain("{{");
        preview.Html!.ShouldContain("UNSUBSCRIBE_URL");
        preview.Text!.ShouldContain("UNSUBSCRIBE_URL");
    }

    private static string UserSource(string processed) =>
        System.Text.RegularExpressions.Regex.Replace(
            processed
                .Replace("{{{__open}}}", "", StringComparison.Ordinal)
                .Replace("{{{__unsubscribe}}}", "UNSUBSCRIBE_URL", StringComparison.Ordinal)
                .Replace("{{{__web}}}", "WEB_VERSION_URL", StringComparison.Ordinal)
                .Replace("{{{__url ", "{{", StringComparison.Ordinal)
                .Replace("profile_link}}}", "profile_link}}", StringComparison.Ordinal),
            "\\{\\{\\{__link \\d+\\}\\}\\}|https://example.com/legal",
            "https://example.com/link"
        );

    private static ProcessedContent Process(string name)
    {
        var html = File.ReadAllText(Path.Combine(Folder(), name + ".html"));
        var result = ContentProcessor.Process(new ContentSource("Sujet", html, null, "Aperçu {{prenom}}"), new ProcessOptions());
        result.Issues.ShouldBeEmpty();
        return result.Content!;
    }

    private static void Compare(string file, string actual)
    {
        var path = Path.Combine(Folder(), file);
        if (Updates)
            File.WriteAllText(path, actual);
        actual.ShouldBe(File.ReadAllText(path));
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Golden");
}
