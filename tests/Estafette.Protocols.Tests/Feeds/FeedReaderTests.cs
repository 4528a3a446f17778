using System.Text;
using Estafette.Protocols.Feeds;

namespace Estafette.Protocols.Tests.Feeds;

public sealed class FeedReaderTests
{
    private static readonly Uri Address = new("https://blog.example/feed.xml");

    [Fact]
    public void Rss_2_gives_titles_absolute_links_full_content_and_pictures()
    {
        var feed = Read(
            """
            <rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
            <title>Blog</title><link>https://blog.example/</link>
            <item><title>A &amp; B</title><link>/a</link><guid isPermaLink="false">42</guid><pubDate>Tue, 10 Jun 2003 04:00:00 GMT</pubDate>
            <description>short</description><content:encoded><![CDATA[<p>long</p>]]></content:encoded><dc:creator>Anne</dc:creator>
            <enclosure url="/a.jpg" type="image/jpeg" length="1"/></item></channel></rss>
            """
        );
        feed.Title.ShouldBe("Blog");
        feed.Items.Single()
            .ShouldBe(
                new FeedItem(
                    "42",
                    "A & B",
                    new Uri("https://blog.example/a"),
                    "<p>long</p>",
                    "Anne",
                    new DateTimeOffset(2003, 6, 10, 4, 0, 0, TimeSpan.Zero),
                    new Uri("https://blog.example/a.jpg")
                )
            );
    }

    [Fact]
    public void Rss_1_is_read_by_its_about_and_atom_by_its_id_and_base()
    {
        var rdf = Read(
            """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>R</title></channel><item rdf:about="urn:1"><title>One</title><link>https://r.example/1</link></item></rdf:RDF>"""
        );
        (rdf.Title, rdf.Items.Single().Key).ShouldBe(("R", "urn:1"));
        var atom = Read(
            """
            <feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/dir/"><title>Atom</title><entry><id>tag:1</id><title>T</title>
            <link rel="self" href="x"/><link href="page"/><updated>2026-01-02T03:04:05Z</updated>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>hi</p></div></content></entry></feed>
            """
        );
        var entry = atom.Items.Single();
        (entry.Key, entry.Link).ShouldBe(("tag:1", new Uri("https://a.example/dir/page")));
        entry.Html!.ShouldContain("hi");
    }

    [Fact]
    public void Declarations_are_never_followed_and_no_entity_grows()
    {
        Should.Throw<FormatException>(() =>
            Read("""<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>""")
        );
        Read("""<!DOCTYPE rss SYSTEM "http://nowhere.invalid/rss.dtd"><rss><channel><title>ok</title></channel></rss>""")
            .Title.ShouldBe("ok");
    }

    [Theory]
    [InlineData("<html></html>", "<html>")]
    [InlineData("<rss>", "well-formed")]
    [InlineData("", "well-formed")]
    public void What_is_no_feed_is_named(string text, string word) =>
        Should.Throw<FormatException>(() => Read(text)).Message.ShouldContain(word);

    [Fact]
    public void Links_that_are_no_web_addresses_are_left_out()
    {
        var item = Read("<rss><channel><item><title>x</title><link>javascript:alert(1)</link></item></channel></rss>").Items.Single();
        item.Link.ShouldBeNull();
        item.Key.ShouldStartWith("sha256:");
    }

    private static FeedDocument Read(string text) => FeedReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), Address);
}
