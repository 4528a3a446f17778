using AngleSharp.Html.Parser;
using Estafette.Core.Messages.Content;

namespace Estafette.Tests.Messages.Content;

/// <summary>The styles in the attributes are those a reader saw before.</summary>
public sealed class CssInlinerTests
{
    [Theory]
    [InlineData("p{color:red}", "<p>x</p>", "color:red")]
    [InlineData("p{color:red} p{color:blue}", "<p>x</p>", "color:blue")]
    [InlineData(".a{color:red} p{color:blue}", "<p class='a'>x</p>", "color:red")]
    [InlineData("#i{color:red} p.a.b.c{color:blue}", "<p id='i' class='a b c'>x</p>", "color:red")]
    [InlineData("p{color:red}", "<p style='color:blue'>x</p>", "color:blue")]
    [InlineData("p{color:red !important}", "<p style='color:blue'>x</p>", "color:red !important")]
    [InlineData("p{color:red!important}", "<p style='color:blue ! important'>x</p>", "color:blue !important")]
    [InlineData("p{color:red !important} #i{color:blue}", "<p id='i'>x</p>", "color:red !important")]
    [InlineData("#i{color:red !important} p{color:blue !important}", "<p id='i'>x</p>", "color:red !important")]
    [InlineData("p{COLOR:red}", "<p>x</p>", "COLOR:red")]
    [InlineData("p{margin-top:1px} #i{margin:0}", "<p id='i'>x</p>", "margin-top:1px; margin:0")]
    [InlineData("#i{margin:0} p{margin-top:1px}", "<p id='i'>x</p>", "margin-top:1px; margin:0")]
    [InlineData(
        "p{background:#eee;background:linear-gradient(#eee,#fff)}",
        "<p>x</p>",
        "background:#eee; background:linear-gradient(#eee,#fff)"
    )]
    [InlineData("div>p:first-child{color:red}", "<div><p>x</p><p>y</p></div>", "color:red")]
    [InlineData("p{font-family:\"A B\"}", "<p>x</p>", "font-family:'A B'")]
    public void Cascade_decides(string css, string body, string style) =>
        Element($"<style>{css}</style>{body}", "p").GetAttribute("style").ShouldBe(style);

    [Theory]
    [InlineData("p{color:red} @media (x){p{color:blue}}", "@media (x){p{color:blue !important}}")]
    [InlineData("p{padding:0} @media (x){p{padding-left:9px}}", "@media (x){p{padding-left:9px !important}}")]
    [InlineData("@media (x){p{color:blue}} p{color:red}", "@media (x){p{color:blue}}")]
    [InlineData("#i{color:red} @media (x){p{color:blue}}", "@media (x){p{color:blue}}")]
    [InlineData("p{color:red} @media (x){p{margin:0}}", "@media (x){p{margin:0}}")]
    [InlineData("p{color:red} p:hover{color:blue}", "p:hover{color:blue !important}")]
    [InlineData("p{color:red} p::before{color:blue}", "p::before{color:blue}")]
    public void Rule_that_stays_keeps_its_rank(string css, string kept) =>
        Element($"<style>{css}</style><p id='i'>x</p>", "style").TextContent.Trim().ShouldBe(kept);

    [Fact]
    public void Rule_that_stays_does_not_win_against_an_attribute_of_the_author() =>
        Element("<style>p{color:red} p:hover{color:blue}</style><p>x</p><p style='color:teal'>y</p>", "style")
            .TextContent.Trim()
            .ShouldBe("p:hover{color:blue}");

    [Theory]
    [InlineData("html{background:#eee}")]
    [InlineData("*{margin:0}")]
    [InlineData("#outlook a{padding:0}")]
    [InlineData(".moz-text-html .c{width:1px}")]
    [InlineData(".ghost td{width:1px}")]
    public void Rule_for_what_is_not_in_the_document_stays(string css) =>
        Element($"<style>{css}</style><p>x</p><!--[if mso]><table class='ghost'><tr><td><![endif]-->", "style")
            .TextContent.Trim()
            .ShouldBe(css);

    [Fact]
    public void Rule_for_nothing_goes() =>
        MessageInspector.Process("<style>.gone{color:red}</style><p>x</p>").Html!.ShouldNotContain("gone");

    [Theory]
    [InlineData("html{scroll-behavior:smooth}", "html{scroll-behavior:smooth}")]
    [InlineData("@media (x){.a{behavior:url(x)} .b{color:red}}", "@media (x){.b{color:red}}")]
    [InlineData("@media (width < 400px){.b{color:red}}", "@media (width < 400px){.b{color:red}}")]
    public void Only_what_is_dangerous_goes_from_a_sheet(string css, string kept) =>
        Element($"<style>{css}</style><p>x</p>", "style").TextContent.Trim().ShouldBe(kept);

    private static AngleSharp.Dom.IElement Element(string html, string selector) =>
        new HtmlParser().ParseDocument(MessageInspector.Process(html).Html!).QuerySelector(selector)!;
}
