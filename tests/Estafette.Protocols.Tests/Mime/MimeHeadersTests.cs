using System.Text;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Tests.Mime;

public sealed class MimeHeadersTests
{
    [Theory]
    [InlineData("plain text", "Subject: plain text\r\n")]
    [InlineData("", "Subject: \r\n")]
    [InlineData("caf\u00E9 au lait", "Subject: =?utf-8?Q?caf=C3=A9_au_lait?=\r\n")]
    [InlineData("caf\u00E9", "Subject: =?utf-8?B?Y2Fmw6k=?=\r\n")]
    [InlineData("\u7528\u6237\u7528\u6237", "Subject: =?utf-8?B?55So5oi355So5oi3?=\r\n")]
    [InlineData("two  spaces", "Subject: =?utf-8?Q?two__spaces?=\r\n")]
    [InlineData(" edge", "Subject: =?utf-8?Q?_edge?=\r\n")]
    [InlineData("=?utf-8?Q?fake?=", "Subject: =?utf-8?B?PT91dGYtOD9RP2Zha2U/PQ==?=\r\n")]
    public void Text_is_plain_or_encoded(string value, string expected) =>
        Written(b => MimeHeaders.WriteText(b, "Subject", value)).ShouldBe(expected);

    [Fact]
    public void Long_plain_text_is_folded_at_78()
    {
        var written = Written(b => MimeHeaders.WriteText(b, "Subject", string.Join(' ', Enumerable.Repeat("word", 60))));
        written.TrimEnd().Split("\r\n").ShouldAllBe(l => l.Length <= 78);
        Unfold(written).ShouldBe("Subject: " + string.Join(' ', Enumerable.Repeat("word", 60)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_text_comes_back_from_lines_that_keep_the_limits(int seed)
    {
        var random = new Random(seed);
        const string Pieces = "abcdef    ,.;:?=_\"()<>@\u00E9\u00E8\u20AC\u7528\u6237\uD83D\uDE00";
        for (var i = 0; i < 700; i++)
        {
            var text = new StringBuilder();
            for (var n = random.Next(0, i % 20 == 0 ? 2500 : 200); n > 0; n--)
            {
                var at = random.Next(Pieces.Length - 1);
                text.Append(at == Pieces.Length - 2 ? "\uD83D\uDE00" : Pieces[at].ToString());
            }
            var name = random.Next(3) == 0 ? "X-A-Rather-Long-Field-Name-Made-For-This-Test-With-Seventy-Chars-Or-So" : "Subject";
            var written = Written(b => MimeHeaders.WriteText(b, name, text.ToString()));
            written.Split("\r\n").ShouldAllBe(l => l.Length <= 998 && Ascii.IsValid(l));
            foreach (var line in written.Split("\r\n").Where(l => l.Contains("=?utf-8?", StringComparison.Ordinal)))
            {
                line.Length.ShouldBeLessThanOrEqualTo(76);
                line.Trim().Split(' ').Where(w => w.StartsWith("=?utf-8?", StringComparison.Ordinal)).ShouldAllBe(w => w.Length <= 75);
            }
            var part = MimeReader.Read(Encoding.UTF8.GetBytes(written + "\r\n"));
            part.Field(name).ShouldBe(text.ToString());
        }
    }

    [Theory]
    [InlineData("a\r\nBcc: x@y.fr")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    [InlineData("a\u0007b")]
    [InlineData("a\u0085b")]
    public void Control_characters_are_refused_by_every_writer(string value)
    {
        using var buffer = new MimeBuffer();
        EmailAddress.Check("a@b.fr", out var address);
        Should.Throw<ArgumentException>(() => MimeHeaders.WriteText(buffer, "Subject", value)).Message.ShouldContain("Subject");
        Should.Throw<ArgumentException>(() => MimeHeaders.WriteToken(buffer, "X-A", value)).Message.ShouldContain("X-A");
        Should.Throw<ArgumentException>(() => MimeHeaders.WriteMailbox(buffer, "From", new(value, address))).Message.ShouldContain("From");
        Should.Throw<ArgumentException>(() => MimeHeaders.WriteMessageId(buffer, "Message-ID", value + "@x"));
        Should.Throw<ArgumentException>(() => MimeHeaders.WriteParameters(buffer, "Content-Type", "text/plain", ("name", value)));
        Should.Throw<ArgumentException>(() => MimeHeaders.WriteText(buffer, value, "x"));
        Should.Throw<ArgumentException>(() => new DisplayMailbox(value, address).ToString());
        MimeHeaders.TryValidateHeaderValue(value, out var error).ShouldBeFalse();
        error.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(null, "john@example.com")]
    [InlineData("John", "John <john@example.com>")]
    [InlineData("John Doe", "John Doe <john@example.com>")]
    [InlineData("Doe, John", "\"Doe, John\" <john@example.com>")]
    [InlineData("J. \"Jo\" \\ D", "\"J. \\\"Jo\\\" \\\\ D\" <john@example.com>")]
    [InlineData("J\u00E9r\u00F4me", "=?utf-8?B?SsOpcsO0bWU=?= <john@example.com>")]
    [InlineData("evil@example.org", "\"evil@example.org\" <john@example.com>")]
    public void Mailbox_has_its_name_quoted_or_encoded(string? name, string expected)
    {
        EmailAddress.Check("john@example.com", out var address);
        new DisplayMailbox(name, address).ToString().ShouldBe(expected);
    }

    [Fact]
    public void List_of_addresses_is_folded_between_them()
    {
        EmailAddress.Check("someone.somewhere@example.com", out var address);
        var written = Written(b =>
            MimeHeaders.WriteMailboxes(b, "To", [new("A", address), new("\u00C9t\u00E9", address), new(null, address)])
        );
        written.ShouldBe(
            "To: A <someone.somewhere@example.com>, =?utf-8?B?w4l0w6k=?=\r\n <someone.somewhere@example.com>, someone.somewhere@example.com\r\n"
        );
    }

    [Fact]
    public void Date_and_identifier_have_the_form_of_RFC_5322()
    {
        Written(b => MimeHeaders.WriteDate(b, "Date", new DateTimeOffset(2026, 3, 5, 7, 8, 9, TimeSpan.FromHours(1))))
            .ShouldBe("Date: Thu, 05 Mar 2026 07:08:09 +0100\r\n");
        Written(b => MimeHeaders.WriteDate(b, "Date", new DateTimeOffset(2026, 3, 5, 7, 8, 9, TimeSpan.FromMinutes(-210))))
            .ShouldBe("Date: Thu, 05 Mar 2026 07:08:09 -0330\r\n");
        Written(b => MimeHeaders.WriteMessageId(b, "Message-ID", "abc.1@example.com")).ShouldBe("Message-ID: <abc.1@example.com>\r\n");
        foreach (var bad in new[] { "", "a", "a@", "@b", "a b@c", "<a@b>", "\u00E9@b" })
            Should.Throw<ArgumentException>(() => Written(b => MimeHeaders.WriteMessageId(b, "Message-ID", bad)));
    }

    [Theory]
    [InlineData("report.pdf")]
    [InlineData("my \"own\" report.pdf")]
    [InlineData("\u00E9t\u00E9 \u20AC 100%.pdf")]
    [InlineData("\u7528\u6237\uD83D\uDE00.txt")]
    public void File_names_come_back_short_and_long(string name)
    {
        foreach (var value in new[] { name, string.Concat(Enumerable.Repeat(name, 15)) })
        {
            var written = Written(b => MimeHeaders.WriteParameters(b, "Content-Disposition", "attachment", ("filename", value)));
            written.Split("\r\n").ShouldAllBe(l => l.Length <= 78 && Ascii.IsValid(l));
            MimeReader.Read(Encoding.ASCII.GetBytes(written + "\r\n")).FileName.ShouldBe(value);
        }
    }

    [Fact]
    public void Token_list_keeps_long_urls_whole_on_their_own_line()
    {
        var url = "<https://example.com/u/" + new string('x', 200) + ">";
        Written(b => MimeHeaders.WriteToken(b, "List-Unsubscribe", $"{url}, <mailto:u@example.com>"))
            .ShouldBe($"List-Unsubscribe: {url},\r\n <mailto:u@example.com>\r\n");
        Should.Throw<ArgumentException>(() => Written(b => MimeHeaders.WriteToken(b, "X", new string('x', 1000))));
        Should.Throw<ArgumentException>(() => Written(b => MimeHeaders.WriteToken(b, "X", "\u00E9")));
    }

    private static string Written(Action<MimeBuffer> write)
    {
        using var buffer = new MimeBuffer(32);
        write(buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Unfold(string field) => field.Replace("\r\n", "", StringComparison.Ordinal);
}
