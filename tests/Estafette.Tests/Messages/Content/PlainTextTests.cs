using Estafette.Core.Messages.Content;

namespace Estafette.Tests.Messages.Content;

public sealed class PlainTextTests
{
    /// <summary>seeds/003, the answer of message/preview.</summary>
    [Fact]
    public void Sample_of_the_first_service_gives_the_same_bytes() =>
        Text(
                "<h1>Mais ne marche pas sur mes chaussures en suédine bleue</h1><p style=\"font-size: small\"><a href=\"UNSUBSCRIBE_URL\">Se désinscrire</a> pour ne plus recevoir ces emails</p>"
            )
            .ShouldBe(
                "# Mais ne marche pas sur mes chaussures en suédine bleue\n\n[Se désinscrire][1] pour ne plus recevoir ces emails\n\n   [1]: UNSUBSCRIBE_URL\n\n"
            );

    [Fact]
    public void Target_named_twice_has_one_number() =>
        Text("<p><a href='https://a.example/'>a</a> <a href='https://b.example/'>b</a> <a href='https://a.example/'>again</a></p>")
            .ShouldBe("[a][1] [b][2] [again][1]\n\n   [1]: https://a.example/\n   [2]: https://b.example/\n\n");

    [Theory]
    [InlineData("<ul><li><p>a</p></li><li><div>b</div></li></ul>", "- a\n- b\n")]
    [InlineData("<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n  - b\n2. c\n")]
    [InlineData("<h2><div>a</div></h2><p>b</p>", "## a\n\nb\n")]
    [InlineData("<h2>a<br>b</h2>", "## a b\n")]
    [InlineData("<h2></h2><p>b</p>", "b\n")]
    [InlineData("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n")]
    [InlineData("<p>a <img src='https://x.example/i.png' alt='no'> b</p>", "a b\n")]
    [InlineData("<p>été &amp; œuf&nbsp;: 5&nbsp;€</p>", "été & œuf : 5 €\n")]
    [InlineData("<p style='display:none'>a</p><p style='mso-hide:all'>b</p>", "b\n")]
    [InlineData("<div style='max-height:0;overflow:hidden'>a</div>b", "b\n")]
    [InlineData("<p>a<a href='tel:1'> b </a>c</p>", "a [b][1] c\n\n   [1]: tel:1\n\n")]
    public void Blocks_become_lines(string html, string text) => Text(html).ShouldBe(text);

    [Fact]
    public void Link_that_is_a_picture_is_named_by_its_words_or_its_host() =>
        Text(
                "<a href='https://a.example/x'><img src='cid:a' alt='Sale'></a> <a href='https://b.example/x'><img src='cid:b'></a> "
                    + "<map><area href='https://c.example/' alt='North'></map><a href='https://d.example/'></a>"
            )
            .ShouldBe(
                "[Sale][1] [b.example][2]\n[North][3]\n\n   [1]: https://a.example/x\n   [2]: https://b.example/x\n   [3]: https://c.example/\n\n"
            );

    [Fact]
    public void Long_line_is_not_wrapped() =>
        Text($"<p>{new string('é', 3000)} {new string('x', 3000)}</p>").Split('\n')[0].Length.ShouldBe(6001);

    private static string Text(string html) => MessageInspector.Process(html, new ProcessOptions { AppendsUnsubscribe = false }).Text!;
}
