using Estafette.Core.Messages.Content;

namespace Estafette.Tests.Messages.Content;

public sealed class ContentProcessorTests
{
    [Fact]
    public void Content_of_20_megabytes_is_refused_at_once()
    {
        var result = Process(new string('x', 20 << 20));
        result.Content.ShouldBeNull();
        result.Issues.ShouldHaveSingleItem().Message.ShouldStartWith("it has 20480 KiB, at most 1024 KiB");
        ContentProcessor
            .Process(new ContentSource("s", null, new string('é', 600_000)), new ProcessOptions())
            .Issues.Single()
            .Field.ShouldBe("text");
    }

    [Theory]
    [InlineData("a\r\nBcc: x@example.com", "subject")]
    [InlineData("a\0b", "subject")]
    [InlineData("", "subject")]
    [InlineData("{{#if x}}", "subject")]
    [InlineData("{{unsubscribe_url}}", "subject")]
    public void Faulty_subject_is_refused(string subject, string field)
    {
        var result = ContentProcessor.Process(new ContentSource(subject, "<p>x</p>"), new ProcessOptions());
        result.Issues.ShouldHaveSingleItem().Field.ShouldBe(field);
        ContentProcessor.Process(new ContentSource(new string('s', 251), "x"), new ProcessOptions()).Content.ShouldBeNull();
    }

    [Theory]
    [InlineData("<p>\n  {{#if a}}x</p>", 2, 3, "never closed")]
    [InlineData("<p {{#if a}}class='x'{{/if}}>", 1, 4, "inside a tag")]
    [InlineData("<{{tag}}>", 0, 0, "")]
    [InlineData("<a {{attributes}}>x</a>", 1, 4, "inside a tag")]
    [InlineData("{{> partial}}", 1, 1, "partials")]
    [InlineData("<p>{{{upper \"<script>\"}}}</p>", 1, 4, "three braces")]
    [InlineData("<p>{{__link 1}}</p>", 1, 4, "reserved")]
    [InlineData("<p>{{#if unsubscribe_url}}x{{/if}}</p>", 1, 4, "written alone")]
    [InlineData("<p>&#123;{__open}}</p>", 1, 4, "reserved")]
    [InlineData("<p>{<script></script>{__open}}</p>", 0, 0, "")]
    [InlineData("<a href='https://bank.example@evil.example/'>x</a>", 0, 0, "user name")]
    public void Template_fault_in_html_names_its_place(string html, int line, int column, string part)
    {
        var result = Process(html);
        if (part.Length == 0)
        {
            // No template fault: what remains must be plain text, never a tag or marker.
            (result.Content?.Html ?? "").ShouldNotContain("{{__open}}<");
            return;
        }
        result.Content.ShouldBeNull();
        var issue = result.Issues.First(i => i.Severity == IssueSeverity.Error);
        issue.Message.ShouldContain(part);
        (issue.Line, issue.Column).ShouldBe((line, column));
    }

    [Fact]
    public void Unsubscribe_paragraph_is_added_exactly_once_and_only_when_needed()
    {
        Count(Process("<p>x</p>").Content!.Html!, "__unsubscribe").ShouldBe(1);
        Count(Process("<p>x</p>").Content!.Text!, "__unsubscribe").ShouldBe(1);
        Count(Process("<a href='http://UNSUBSCRIBE_URL'>u</a>").Content!.Html!, "{{{__unsubscribe}}}").ShouldBe(1);
        Process("<a href='http://UNSUBSCRIBE_URL'>u</a>").Content!.Html!.ShouldContain("href=\"{{{__unsubscribe}}}\"");
        Process("<a href='{{ unsubscribe_url }}'>u</a>").Content!.Html!.ShouldContain("href=\"{{{__unsubscribe}}}\"");
        var english = ContentProcessor.Process(new ContentSource("s", null, "Hello"), new ProcessOptions { Language = "en" }).Content!;
        english.Text.ShouldBe("Hello\n\nUnsubscribe: {{{__unsubscribe}}}\n");
        var receipt = ContentProcessor
            .Process(new ContentSource("s", "<p>x</p>"), new ProcessOptions { AppendsUnsubscribe = false })
            .Content!;
        receipt.Html!.ShouldNotContain("__unsubscribe");
    }

    [Fact]
    public void Links_are_numbered_in_document_order_and_special_ones_left_alone()
    {
        var html =
            "<a href='https://a.example/'>1</a><a href='HTTP://b.example/x'>2</a><a href='https://a.example/'>3</a><a href='mailto:x@example.com'>m</a>"
            + "<a href='tel:1'>t</a><a href='#a'>a</a><a href='https://c.example/{{id}}'>4</a><a href='WEB_VERSION_URL'>w</a><a name='x'>n</a>";
        var links = Process(html).Content!.Links;
        links.Select(l => l.Number).ShouldBe([1, 2, 3, 4]);
        links.Select(l => l.Url).ShouldBe(["https://a.example/", "HTTP://b.example/x", "https://a.example/", "https://c.example/{{id}}"]);
        links.Select(l => l.HasMergeFields).ShouldBe([false, false, false, true]);
    }

    [Fact]
    public void Url_that_begins_with_a_field_is_checked_when_rendered()
    {
        var compiled = CompiledContent.Compile(
            Process("<a href='{{link}}'>x</a><img src='{{{link}}}'>").Content!,
            new CompileOptions(),
            out _
        )!;
        foreach (var bad in new[] { "javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "\" onclick=\"x" })
            compiled
                .RenderPreview(new Dictionary<string, object?>(StringComparer.Ordinal) { ["link"] = bad })
                .Preview!.Html!.ShouldContain("<a href=\"#\">x</a><img src=\"#\">");
        compiled
            .RenderPreview(new Dictionary<string, object?>(StringComparer.Ordinal) { ["link"] = "https://x.example/?a=1&b" })
            .Preview!.Html!.ShouldContain("<a href=\"https://x.example/?a=1&amp;b\">");
    }

    [Theory]
    [InlineData("<a href='java{{x}}script:alert(1)'>x</a>")]
    [InlineData("<a href='{{x}}:alert(1)'>x</a>")]
    [InlineData("<a href='{{#if a}}javascript:{{/if}}alert(1)'>x</a>")]
    [InlineData("<a href='{{#if a}}https://x.example/{{else}}javascript:alert(1){{/if}}'>x</a>")]
    [InlineData("<a href='{{#if a}}{{/if}}javascript:alert(1)'>x</a>")]
    public void Url_cannot_be_put_together_from_pieces(string html) => Process(html).Content!.Html!.ShouldContain("<a>x</a>");

    [Fact]
    public void Raw_field_in_an_attribute_is_escaped()
    {
        var compiled = CompiledContent.Compile(Process("<p title=\"{{{t}}}\">{{{t}}}</p>").Content!, new CompileOptions(), out _)!;
        var data = new Dictionary<string, object?>(StringComparer.Ordinal) { ["t"] = "\"><b>" };
        compiled.RenderPreview(data).Preview!.Html!.ShouldContain("<p title=\"&quot;&gt;&lt;b&gt;\">\"><b></p>");
    }

    [Fact]
    public void Markup_bombs_are_refused_without_hanging()
    {
        Process(string.Concat(Enumerable.Repeat("<div>", 5000))).Issues.ShouldContain(i => i.Message.Contains("nested deeper"));
        Process(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"<p><b a={i}>")))
            .Issues.ShouldContain(i => i.Message.Contains("formatting tags"));
        Process(string.Concat(Enumerable.Repeat("<i>", 200_000))).Issues.ShouldContain(i => i.Severity == IssueSeverity.Error);
        var css = "<style>" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $".a{i} .b .c{{color:red}}")) + "</style>";
        Process(css + string.Concat(Enumerable.Repeat("<p class='b'>x</p>", 2000)))
            .Content!.Warnings.ShouldContain(i => i.Message.Contains("style sheets are too large"));
    }

    [Fact]
    public void Block_that_crosses_elements_is_refused_or_still_balanced()
    {
        foreach (
            var html in new[]
            {
                "<p>{{#if a}}<b>x</p>{{/if}}",
                "<table>{{#each a}}<tr><td>{{x}}</table>{{/each}}",
                "<select>{{#if a}}<option>x{{/if}}</select>",
            }
        )
        {
            var result = Process(html);
            if (result.Content is null)
                result.Issues.ShouldNotBeEmpty();
            else
                CompiledContent.Compile(result.Content, new CompileOptions(), out _).ShouldNotBeNull();
        }
    }

    [Fact]
    public void Text_of_the_user_is_kept_as_it_is()
    {
        var content = ContentProcessor
            .Process(new ContentSource("s", "<p>h</p>", "Bonjour {{prenom}}\r\nhttps://x.example/\r\n"), new ProcessOptions())
            .Content!;
        content.Text.ShouldBe("Bonjour {{prenom}}\nhttps://x.example/\n\nSe désinscrire : {{{__unsubscribe}}}\n");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static ProcessResult Process(string html) => ContentProcessor.Process(new ContentSource("Sujet", html), new ProcessOptions());
}
