using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Estafette.Core.Messages.Content;

namespace Estafette.Tests.Messages.Content;

public sealed class MarkupCleanerTests
{
    private static readonly string[] Vectors =
    [
        "<script>alert(1)</script>",
        "<ScRiPt src=//evil.example/x.js></sCrIpT>",
        "<img src=x onerror=alert(1)>",
        "<img src=x OnErRoR = 'alert(1)'>",
        "<img/src=x/onerror=alert(1)>",
        "<body onload=alert(1)>",
        "<svg onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
        "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
        "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
        "<math><mtext></p><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='JaVaScRiPt:alert(1)'>x</a>",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<a href='java&#10;script:alert(1)'>x</a>",
        "<a href='&#1;javascript:alert(1)'>x</a>",
        "<a href=' &#14; javascript:alert(1)'>x</a>",
        "<a href='&#x6A;avascript:alert(1)'>x</a>",
        "<a href='javascript&colon;alert(1)'>x</a>",
        "<a href='vbscript:msgbox(1)'>x</a>",
        "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
        "<img src='javascript:alert(1)'>",
        "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
        "<img srcset='javascript:alert(1) 1x'>",
        "<table background='javascript:alert(1)'><tr><td>x</td></tr></table>",
        "<iframe src='javascript:alert(1)'></iframe>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data='data:text/html,<script>alert(1)</script>'></object>",
        "<embed src='javascript:alert(1)'>",
        "<applet code=x></applet>",
        "<form action='javascript:alert(1)'><input type=submit formaction='javascript:alert(1)'></form>",
        "<button onclick=alert(1)>x</button>",
        "<textarea autofocus onfocus=alert(1)></textarea>",
        "<select onfocus=alert(1) autofocus><option>x</select>",
        "<video><source onerror='alert(1)'></video>",
        "<audio src=x onerror=alert(1)></audio>",
        "<details open ontoggle=alert(1)>x</details>",
        "<marquee onstart=alert(1)>x</marquee>",
        "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
        "<base href='javascript:alert(1)//'>",
        "<link rel=stylesheet href='javascript:alert(1)'>",
        "<link rel=import href='data:text/html,x'>",
        "<style>@import 'https://evil.example/x.css';</style>",
        "<style>p{background:url(javascript:alert(1))}</style><p>x</p>",
        "<style>@media screen { p { behavior: url(x.htc) } }</style><p>x</p>",
        "<p style='width: expression(alert(1))'>x</p>",
        "<p style='width: e\\78 pression(alert(1))'>x</p>",
        "<p style='width: exp/**/ression(alert(1))'>x</p>",
        "<p style='-moz-binding: url(//evil.example/x.xml#a)'>x</p>",
        "<p style=\"background:url('java\\73 cript:alert(1)')\">x</p>",
        "<p style='behavior:url(x.htc)'>x</p>",
        "<style></style><img src=x onerror=alert(1)></style>",
        "<title></title><img src=x onerror=alert(1)></title>",
        "<xmp><img src=x onerror=alert(1)></xmp>",
        "<plaintext><script>alert(1)</script>",
        "<template><script>alert(1)</script></template>",
        "<frameset onload=alert(1)><frame src='javascript:alert(1)'></frameset>",
        "<!--[if IE]><script>alert(1)</script><![endif]-->",
        "<!--[if mso]><img src=x onerror=alert(1)><![endif]-->",
        "<!--[if mso]>--<script>><a href=x>x</a><![endif]-->",
        "<!--[if mso]>--<base <base>>><img src=x on<base>error=alert(1)><![endif]-->",
        "<!--[if mso]><a href='java&#115;cript:alert(1)'>x</a><![endif]-->",
        "<!--[if mso]><a href='java&Tab;script:alert(1)'>x</a><![endif]-->",
        "<video><source src=x onerror=alert(1)><img src=x onerror=alert(1)></video>",
        "<frameset onload=alert(1)><noframes><img src=x onerror=alert(1)></noframes></frameset>",
        "<scr<frame>ipt>alert(1)</scr<frame>ipt><frameset>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<!--- --!><img src=x onerror=alert(1)> -->",
        "<?xml version='1.0'?><script>alert(1)</script>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<<script>alert(1)//<</script>",
        "<a href=\"https://x.example/\" onclick=alert(1)//\">x</a>",
        "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
        "<custom-tag onclick=alert(1) is=script>x</custom-tag>",
        "<map><area href='javascript:alert(1)'></map>",
        "<portal src='javascript:alert(1)'></portal>",
        "<dialog open onclose=alert(1)>x</dialog>",
        "<font style='x:\\65xpression(alert(1))'>x</font>",
    ];

    private static readonly HashSet<string> Forbidden = new(
        "script iframe frame frameset object embed applet svg math form input button textarea select base link template noscript audio video".Split(
            ' '
        ),
        StringComparer.Ordinal
    );

    public static TheoryData<string> AllVectors() => [.. Vectors];

    [Theory]
    [MemberData(nameof(AllVectors))]
    public void Nothing_active_survives(string vector)
    {
        foreach (var html in new[] { vector, $"<table><tr>{vector}<td>x</td></tr></table>", $"<p>{vector}" })
        {
            var result = ContentProcessor.Process(new ContentSource("s", html), new ProcessOptions());
            if (result.Content is null)
                continue;
            foreach (var scripting in new[] { false, true })
                Inspect(new HtmlParser(new HtmlParserOptions { IsScripting = scripting }).ParseDocument(result.Content.Html!));
        }
    }

    [Fact]
    public void Harmless_content_survives()
    {
        const string html =
            "<p style=\"color:red;background:url('https://x.example/a.png')\" class=\"c\" id=\"i\" data-x=\"1\">x</p><img src=\"cid:a\" alt=\"é\"><img src=\"data:image/png;base64,AAAA\">";
        var cleaned = ContentProcessor.Process(new ContentSource("s", html), new ProcessOptions()).Content!.Html!;
        cleaned.ShouldContain("<img src=\"cid:a\" alt=\"é\"><img src=\"data:image/png;base64,AAAA\">");
        cleaned.ShouldContain("class=\"c\" id=\"i\" data-x=\"1\">x</p>");
        cleaned.ShouldContain("url('https://x.example/a.png')");
    }

    private static void Inspect(IDocument document)
    {
        foreach (var element in document.All)
        {
            Forbidden.ShouldNotContain(element.LocalName);
            foreach (var attribute in element.Attributes)
            {
                attribute.Name.ShouldNotStartWith("on");
                var value = string.Concat(attribute.Value.Where(c => c > ' ' && c != '\u007f')).ToLowerInvariant();
                value.ShouldNotContain("javascript:");
                value.ShouldNotContain("vbscript:");
                value.ShouldNotContain("expression(");
                value.ShouldNotContain("data:text");
                attribute.Name.ShouldNotBe("srcdoc");
            }
            if (element.LocalName == "style")
                element.TextContent.ShouldNotContain("@import");
            if (element.LocalName == "meta")
                element.GetAttribute("http-equiv").ShouldNotBe("refresh");
        }
        foreach (var comment in document.Descendants<IComment>())
        {
            comment.Data.ShouldNotContain("<script", Case.Insensitive);
            comment.Data.ShouldNotContain("onerror", Case.Insensitive);
        }
    }
}
