using Estafette.Core.Messages.Content;

namespace Estafette.Tests.Messages.Content;

public sealed class MessageInspectorTests
{
    [Theory]
    [InlineData("<style>p{color:red} .x{color:blue}</style><p>a</p>", "styles-inlined", "", 1)]
    [InlineData("<style>p{color:red} .x{color:blue}</style><p>a</p>", "unused-style-removed", "", 1)]
    [InlineData(
        "<link rel=stylesheet href=x.css><style>@import 'x.css'; p{margin:0}</style><p>a</p>",
        "external-stylesheet-removed",
        "",
        2
    )]
    [InlineData("<style>p{behavior:url(x);margin:0}</style><p style='width:expression(1)'>a</p>", "unsafe-style-removed", "", 2)]
    [InlineData("<script>1</script><p>a</p><script>2</script>", "script-removed", "script", 2)]
    [InlineData("<p onclick=a onload=b>a</p><p onclick=c>b</p>", "event-attribute-removed", "onclick, onload", 3)]
    [InlineData("<a href='javascript:1'>a</a><img src='vbscript:1'>", "unsafe-address-removed", "href, src", 2)]
    [InlineData("<form><input><button>a</button></form>", "form-removed", "button, form, input", 3)]
    [InlineData("<iframe src=x></iframe><p>a</p>", "frame-removed", "iframe", 1)]
    [InlineData("<object><embed></object><video>a</video>", "object-removed", "object, video", 2)]
    [InlineData("<svg><text>x</text></svg>a", "drawing-removed", "svg", 1)]
    [InlineData("<base href=x><meta http-equiv=refresh content=0><p>a</p>", "element-removed", "base, meta", 2)]
    [InlineData("<p>a<o:p></o:p></p>", "tag-removed", "o:p", 1)]
    [InlineData("<p contenteditable>a</p>", "attribute-removed", "contenteditable", 1)]
    [InlineData("<!-- a --><p>a</p><!--[if mso]>b<![endif]-->", "comment-removed", "", 1)]
    [InlineData("<p>a</b></i>", "markup-repaired", "", 2)]
    [InlineData("<a href='https://a.example/b c'>a</a>", "address-repaired", "", 1)]
    [InlineData("<p>a</p>", "unsubscribe-added", "", 1)]
    public void Change_is_told(string html, string kind, string detail, int count) =>
        MessageInspector.Process(html).Changes.ShouldContain(new ContentChange(kind, detail, count));

    [Fact]
    public void Clean_message_tells_nothing() =>
        MessageInspector
            .Process(
                "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>t</title></head><body><p><a href=\"UNSUBSCRIBE_URL\">x</a></p></body></html>"
            )
            .Changes.ShouldBeEmpty();

    [Fact]
    public void Placeholders_and_targets_are_written_as_their_author_writes_them()
    {
        const string body =
            "<p><a href=\"https://a.example/?a=1&amp;b={{urlencode email}}\">a</a> <a href=\"{{link}}\">b</a> <a href=\"WEB_VERSION_URL\">w</a> "
            + "<a href=\"PREFERENCES_URL\">p</a> <a href=\"UNSUBSCRIBE_URL\">u</a></p>";
        MessageInspector.Process(body).Html.ShouldBe($"<html><head></head><body>{body}</body></html>");
    }

    [Fact]
    public void Fault_is_told_with_its_line()
    {
        var result = MessageInspector.Process("<p>\n{{#if a}}</p>");
        (result.Html, result.Text).ShouldBe((null, null));
        result.Issues.ShouldHaveSingleItem().Line.ShouldBe(2);
    }

    [Theory]
    [InlineData("Bonjour {{name}}{{#if vip}} !{{/if}}", """{"name":"Zoé","vip":true}""", "Bonjour Zoé !")]
    [InlineData("{{#each a}}{{this}},{{/each}}", """{"a":[1,2],}""", "1,2,")]
    public void Template_is_rendered_with_data(string template, string json, string output) =>
        Render(template, json).ShouldBe(new RenderedTemplate(output));

    [Theory]
    [InlineData("a\n {{#if x}}", "{}", "template", 2, 2)]
    [InlineData("a\n\n{{nosuch 1}}", "{}", "template", 3, 1)]
    [InlineData("a", "{\n\"a\": }", "data", 2, 6)]
    [InlineData("a", "[1]", "data", 1, 1)]
    [InlineData("a", "", "data", 1, 1)]
    public void Error_of_template_or_data_has_its_place(string template, string json, string field, int line, int column)
    {
        var result = Render(template, json);
        result.Output.ShouldBeNull();
        result.Error.ShouldNotBeNullOrEmpty();
        (result.Field, result.Line, result.Column).ShouldBe((field, line, column));
    }

    [Fact]
    public void Endless_output_is_an_error_and_no_exception() =>
        Render(
            "{{#each a}}{{#each ../a}}{{#each ../../a}}{{#each ../../../a}}x{{/each}}{{/each}}{{/each}}{{/each}}",
            $$"""{"a":[{{string.Join(',', Enumerable.Range(0, 100))}}]}"""
        )
            .Error.ShouldNotBeNullOrEmpty();

    private static RenderedTemplate Render(string template, string json) =>
        MessageInspector.Render(template, json, MergeMode.Text, new MergeOptions());
}
