using System.Text;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Tests.Mime;

public sealed class MimeReaderTests
{
    [Fact]
    public void Fields_are_unfolded_and_decoded()
    {
        var part = Read(
            "Subject: =?iso-8859-1?q?caf=E9?=\r\n =?UTF-8*fr?B?IOKCrA==?= end\r\nX: a\r\n\tb\r\nrubbish\r\nContent-Type: TEXT/Html; Charset=\"utf-8\"\r\n\r\nbody"
        );
        part.Field("subject").ShouldBe("caf\u00E9 \u20AC end");
        part.RawField("X").ShouldBe("a\tb");
        part.ContentType.ShouldBe("text/html");
        part.Text().ShouldBe("body");
        part.Fields.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab")]
    [InlineData("=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "\u20AC")]
    [InlineData("=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b")]
    [InlineData("=?utf-8?X?a?=", "=?utf-8?X?a?=")]
    [InlineData("=?utf-8?Q?a b?=", "=?utf-8?Q?a b?=")]
    [InlineData("=?nonsense?Q?=E9?=", "\u00E9")]
    [InlineData("=?", "=?")]
    [InlineData("=?utf-8?Q?a_b=3D?=", "a b=")]
    public void Encoded_words_follow_RFC_2047(string value, string expected) => Read($"S: {value}\r\n\r\n").Field("S").ShouldBe(expected);

    [Theory]
    [InlineData("utf-8", "C3A9", "\u00E9")]
    [InlineData("iso-8859-1", "E980", "\u00E9\u20AC")]
    [InlineData("windows-1252", "80", "\u20AC")]
    [InlineData("iso-8859-15", "A4", "\u20AC")]
    [InlineData("unheard-of", "E9", "\u00E9")]
    public void Charsets_are_known(string charset, string hex, string expected)
    {
        var bytes = Encoding.ASCII.GetBytes($"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
        MimeReader.Read(bytes.Concat(Convert.FromHexString(hex)).ToArray()).Text().ShouldBe(expected);
    }

    [Theory]
    [InlineData("a=3Db=\r\nc", "a=b" + "c")]
    [InlineData("a  \r\nb", "a\r\nb")]
    [InlineData("a=20\r\nb", "a \r\nb")]
    [InlineData("a=ZZ=", "a=ZZ")]
    [InlineData("a=c3=a9", "a\u00E9")]
    public void Quoted_printable_is_read_leniently(string body, string expected) =>
        Read("Content-Transfer-Encoding: Quoted-Printable\r\n\r\n" + body).Text().ShouldBe(expected);

    [Fact]
    public void Base64_ignores_what_is_not_of_its_alphabet() =>
        Read("Content-Transfer-Encoding: base64\r\n\r\naGVs\r\n!bG8=\r\n").Text().ShouldBe("hello");

    [Fact]
    public void Multipart_without_its_end_gives_the_parts_there_are()
    {
        var part = Read("Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\none\n--bx\n--b  \nContent-Type: text/html\n\ntwo");
        part.Children.Select(c => c.Text()).ShouldBe(["one\n--bx", "two"]);
    }

    [Fact]
    public void Message_inside_a_report_is_read()
    {
        var part = Read(
            "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n--b--\r\nepilogue"
        );
        part.Children.Single().Children.Single().Field("Subject").ShouldBe("inner");
    }

    [Fact]
    public void Limits_are_told_by_the_documented_exception()
    {
        var nested = new StringBuilder();
        for (var i = 0; i < 30; i++)
            nested.Append($"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
        Should.Throw<MimeFormatException>(() => Read(nested.ToString())).Message.ShouldContain("20 levels");
        Should.Throw<MimeFormatException>(() => Read("X: " + new string('a', 1_100_000))).Message.ShouldContain("1048576");
        Should
            .Throw<MimeFormatException>(() =>
                Read("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(Enumerable.Repeat("--b\r\n\r\n", 5000)))
            )
            .Message.ShouldContain("2000 parts");
    }

    [Fact]
    public void Empty_and_headless_messages_are_read()
    {
        MimeReader.Read(ReadOnlyMemory<byte>.Empty).Fields.ShouldBeEmpty();
        Read("\r\nbody").Text().ShouldBe("body");
        Read("no header at all").Fields.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public void Random_bytes_never_throw_anything_else(int seed)
    {
        var random = new Random(seed);
        string[] pieces =
        [
            "Content-Type: multipart/mixed; boundary=b\r\n",
            "Content-Type: message/rfc822\r\n",
            "\r\n",
            "\n",
            "--b\r\n",
            "--b--\r\n",
            "Subject: =?utf-8?Q?",
            "=?x?B?",
            "?=",
            "=\r\n",
            "=C3",
            "; name*0*=utf-8''%",
            "; filename=\"",
            "\\",
            "\"",
            "'",
            "Content-Transfer-Encoding: base64\r\n",
            "Content-Disposition: attachment",
            "\t",
            " ",
            ":",
            "\0",
            "\u00E9",
            "%ZZ",
            "*1*=x",
            "=",
        ];
        for (var i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder();
            for (var n = random.Next(0, 40); n > 0; n--)
                text.Append(random.Next(8) == 0 ? ((char)random.Next(256)).ToString() : pieces[random.Next(pieces.Length)]);
            var bytes = Encoding.Latin1.GetBytes(text.ToString());
            try
            {
                foreach (var part in MimeReader.Read(bytes).Walk())
                    (part.Text().Length + (part.FileName?.Length ?? 0)).ShouldBeLessThanOrEqualTo(bytes.Length * 2);
            }
            catch (MimeFormatException e)
            {
                e.Message.ShouldNotBeEmpty();
            }
        }
    }

    private static MimePart Read(string text) => MimeReader.Read(Encoding.UTF8.GetBytes(text));
}
