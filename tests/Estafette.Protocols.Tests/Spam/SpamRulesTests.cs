using System.Globalization;
using System.Text;
using Estafette.Protocols.Spam;

namespace Estafette.Protocols.Tests.Spam;

public sealed class SpamRulesTests
{
    private const string Head =
        "From: Ann <ann@x.test>\r\nTo: Bob <bob@y.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@x.test>\r\n";

    private static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");

    public static TheoryData<string, string, string> Samples => [.. Corpus.Read("spam-samples.tsv").Select(r => (r[0], r[1], r[2]))];

    public static TheoryData<string, string, string, string> Messages =>
        [.. Corpus.Read("spam-messages.tsv").Select(r => (r[0], r[1], r[2], r[3]))];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_pattern_finds_its_samples(string rule, string kind, string sample)
    {
        var message = kind switch
        {
            "subject" => Plain(sample, "Hello."),
            "header" => Encoding.UTF8.GetBytes($"{sample}\r\nSubject: x\r\n\r\nHello.\r\n"),
            "html" => Html($"<p>Hello.</p>{sample}"),
            _ => Plain("Hello", sample),
        };
        NamesOf(message).ShouldContain(rule);
        // The same words inside of HTML, quoted-printable and in another case.
        if (kind == "text")
            NamesOf(Html($"<p>{sample.ToUpperInvariant().Replace(" ", "\r\n&nbsp;")}</p>")).ShouldContain(rule);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Classical_spam_reaches_the_threshold_and_ordinary_mail_stays_far_below(
        string kind,
        string from,
        string subject,
        string body
    )
    {
        var head = Head.Replace("Ann <ann@x.test>", from) + $"Subject: {subject}\r\n";
        byte[][] shapes =
        [
            Encoding.UTF8.GetBytes(head + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + body.Replace("\n", "\r\n")),
            Alternative(head, body, $"<html><body><p>{body.Replace("\n", "</p><p>")}</p></body></html>"),
        ];
        foreach (var shape in shapes)
        {
            var report = SpamRules.Check(shape, English);
            var found = string.Join(", ", report.Checks.Select(c => $"{c.Name} {c.Score}"));
            if (kind == "spam")
                report.Score!.Value.ShouldBeGreaterThanOrEqualTo(SpamReport.DefaultThreshold, found);
            else
                report.Score!.Value.ShouldBeLessThanOrEqualTo(1.5, found);
        }
    }

    public static TheoryData<string, string> Structures =>
        new()
        {
            { "NO_FROM", "To: b@y.test\r\nSubject: x\r\n\r\nHello." },
            { "NO_TO", "From: a@x.test\r\nSubject: x\r\n\r\nHello." },
            { "NO_DATE", "From: a@x.test\r\nSubject: x\r\n\r\nHello." },
            { "NO_MESSAGE_ID", "From: a@x.test\r\nSubject: x\r\n\r\nHello." },
            { "SUBJECT_EMPTY", Head + "Subject: \r\n\r\nHello." },
            { "SUBJECT_EMPTY", Head + "\r\nHello." },
            { "SUBJECT_CAPITALS", Head + "Subject: READ THIS QUICKLY\r\n\r\nHello." },
            { "SUBJECT_CAPITALS", Head + "Subject: =?utf-8?Q?=C3=89T=C3=89_PR=C3=88S_DE_CHEZ_VOUS?=\r\n\r\nHello." },
            { "SUBJECT_EXCLAMATIONS", Head + "Subject: Really?!!\r\n\r\nHello." },
            { "FAKE_REPLY", Head + "Subject: Re: your question\r\n\r\nHello." },
            { "REPLY_TO_FREEMAIL", Head + "Subject: x\r\nReply-To: Joe <joe@gmail.com>\r\n\r\nHello." },
            { "FROM_SHOWS_OTHER", "From: \"service@bank.test\" <x@evil.example>\r\n\r\nHello." },
            { "MANY_RECIPIENTS", "To: " + string.Join(", ", Enumerable.Range(0, 30).Select(i => $"u{i}@y.test")) + "\r\n\r\nHello." },
            { "HTML_WITHOUT_TEXT", Head + "Subject: x\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>" },
            { "BODY_EMPTY", Head + "Subject: x\r\n\r\n\r\n" },
            { "IMAGES_ONLY", HtmlHead + "<img src=a.png><p>Hello</p>" },
            { "HIDDEN_TEXT", HtmlHead + "<div style='display: none'>" + Words(500) + "</div><p>Hello</p>" },
            { "TINY_FONT", HtmlHead + "<p>Hello</p><p style=\"font-size:1px\">" + Words(60) + "</p>" },
            { "INVISIBLE_COLOUR", HtmlHead + "<p>Hello</p><p><font color=#FFFFFF>" + Words(60) + "</font></p>" },
            { "INVISIBLE_COLOUR", HtmlHead + "<div style='background:#000'><p style='COLOR:BLACK'>" + Words(60) + "</p></div>" },
            { "HTML_SCRIPT", HtmlHead + "<script>alert(1)</script>" },
            { "HTML_FORM", HtmlHead + "<form action=x><input name=y></form>" },
            { "HTML_FRAME", HtmlHead + "<iframe src=x></iframe>" },
            { "CAPITALS", Head + "Subject: x\r\n\r\n" + Words(300).ToUpperInvariant() },
            { "EXCLAMATIONS", Head + "Subject: x\r\n\r\n" + string.Concat(Enumerable.Repeat("Hello you! ", 20)) },
            { "LINK_DENSITY", HtmlHead + string.Concat(Enumerable.Repeat("<a href=https://x.test/>go</a> ", 10)) },
            { "LINK_SHORT", Head + "Subject: x\r\n\r\nSee https://bit.ly/abc" },
            { "LINK_SHORT", HtmlHead + "<a href=\"https://tinyurl.com/abc\">here</a>" },
            { "LINK_IP", Head + "Subject: x\r\n\r\nSee http://192.0.2.7/login" },
            { "LINK_IP", HtmlHead + "<a href='http://[2001:db8::1]/'>here</a>" },
            { "LINK_PUNYCODE", HtmlHead + "<a href='http://xn--pypal-4ve.test/'>here</a>" },
            { "LINK_WITH_USER", HtmlHead + "<a href='http://bank.test@evil.example/'>here</a>" },
            { "LINK_SHOWS_OTHER", HtmlHead + "<a href='http://evil.example/x'>https://www.bank.com/login</a>" },
            { "LINK_SHOWS_OTHER", HtmlHead + "<a href='http://evil.example/x'><b>bank.com</b></a>" },
            {
                "BASE64_TEXT",
                Head
                    + "Subject: x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                    + Convert.ToBase64String(Encoding.ASCII.GetBytes(Words(90)))
            },
            { "LONG_LINES", Head + "Subject: x\r\n\r\n" + Words(1100) },
            {
                "PROGRAM_ATTACHED",
                Head + "Subject: x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"Bill.pdf.EXE\"\r\n\r\nMZ"
            },
            { "SPACED_LETTERS", Head + "Subject: x\r\n\r\nBuy v.i.a.g.r.a today" },
            { "SPACED_LETTERS", Head + "Subject: x\r\n\r\nYou w i n n e r s are" },
            { "MIXED_SCRIPTS", Head + "Subject: x\r\n\r\nYour P\u0430yP\u0430l and B\u0430nk" },
            { "ZERO_WIDTH", Head + "Subject: x\r\n\r\nPa\u200By yo\u200Bur bi\u200Bll" },
            { "GTUBE", Head + "Subject: x\r\n\r\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X" },
        };

    [Theory]
    [MemberData(nameof(Structures))]
    public void Every_structural_check_finds_what_it_is_for(string rule, string message) =>
        NamesOf(Encoding.UTF8.GetBytes(message + "\r\n")).ShouldContain(rule);

    [Theory]
    [InlineData("<p style='font-size:0'><span style='font-size:16px'>{w}</span></p>")]
    [InlineData("<table bgcolor=#000000><tr><td style='color:#ffffff'>{w}</td></tr></table>")]
    [InlineData("<td style='background-image:url(x.png);color:#fff'>{w}</td>")]
    [InlineData("<td class=dark style='color:#fff'>{w}</td>")]
    [InlineData("<div style='display:none;font-size:1px;color:#fff'>{w}</div><p>{w}</p>")]
    [InlineData("<a href='https://track.x.test/c/1'>www.other.com</a><p>{w}</p>")]
    [InlineData("<a href='https://files.example/c/1'>report.pdf</a><p>{w}</p>")]
    [InlineData("<a href='https://news.shop.example/'>https://www.shop.example</a><p>{w}</p>")]
    [InlineData("<!-- <script>x</script> <form> --><p>{w}</p>")]
    [InlineData("<title>CASINO</title><style>.jackpot { color: #fff }</style><p>{w}</p>")]
    [InlineData("<img width=1 height=1 src=pixel><p>{w}</p>")]
    public void Markup_of_ordinary_newsletters_is_not_held_against_them(string html) =>
        NamesOf(Alternative(Head + "Subject: x\r\n", Words(200), HtmlOnly(html.Replace("{w}", Words(120))))).ShouldBeEmpty();

    [Theory]
    [InlineData("The specialist spoke about socialism")]
    [InlineData("Le loto du village aura lieu dimanche, gagnant ou non venez nombreux")]
    [InlineData("Your account statement is available")]
    [InlineData("Votre compte a été crédité de 20 points")]
    [InlineData("Confirmez votre inscription")]
    [InlineData("Votre livraison partira demain, payez en 3 fois sans frais")]
    [InlineData("We sold 1,200 bicycles for a total of 480,000 euros")]
    [InlineData("Cher ami, chère amie")]
    [InlineData("A scholarship fund for the university")]
    [InlineData("The password was changed; if it was not you, tell us")]
    [InlineData("La pharmacie de garde est ouverte")]
    [InlineData("Essex, Sussex and Middlesex")]
    [InlineData("Analyse, document, assurance, canal, cumul")]
    [InlineData("Recevez la lettre en un clic")]
    [InlineData("She lost her wallet and found it again")]
    [InlineData("Un million de mercis")]
    [InlineData("Token of our appreciation")]
    [InlineData("Notre maître d'œuvre et le notaire sont à Lyon")]
    [InlineData("J'ai un a b c d")]
    public void Innocent_lines_trigger_nothing(string line) => NamesOf(Plain("Nouvelles", line)).ShouldBeEmpty();

    [Fact]
    public void Every_rule_has_a_sample_and_there_are_enough()
    {
        var tried = Corpus.Read("spam-samples.tsv").Select(r => r[0]).Concat(Structures.Select(s => s.Data.Item1)).ToHashSet();
        SpamRules.Names.Except(tried).ShouldBeEmpty();
        tried.Except(SpamRules.Names).ShouldBeEmpty();
        SpamRules.Names.Count().ShouldBeGreaterThan(100);
        SpamRules.Names.ShouldBeUnique();
    }

    [Fact]
    public void The_test_line_gives_a_thousand_points_and_descriptions_are_in_the_language_of_the_reader()
    {
        var message = Plain("x", "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\nclick here");
        var report = SpamRules.Check(message, CultureInfo.GetCultureInfo("fr-CH"));
        report.Checks.ShouldBe([new("GTUBE", 1000, "Ligne d'essai des filtres antispam"), new("CLICK_HERE", 0.2, "Dit de cliquer ici")]);
        (report.Score, report.Threshold, report.IsSpam, report.Error).ShouldBe((1000.2, 5.0, true, null));
        SpamRules.Check(message, English, threshold: 2000).IsSpam.ShouldBeFalse();
        SpamRules.Check(message, English).Checks[0].Description.ShouldBe("Test line of spam filters");
    }

    [Fact]
    public void Messages_past_every_limit_are_still_tested()
    {
        var nested = new StringBuilder();
        for (var i = 0; i < 60; i++)
            nested.Append("Content-Type: message/rfc822\r\n\r\n");
        SpamRules.Check(Encoding.ASCII.GetBytes(nested.ToString()), English).Error.ShouldBeNull();
        SpamRules.Check(Encoding.ASCII.GetBytes("Subject: casino\r\nX: " + new string('x', 2_000_000)), English).Score.ShouldNotBeNull();
        SpamRules.Check(default, English).Score.ShouldNotBeNull();
        var deep = string.Concat(Enumerable.Repeat("<div>", 100_000)) + string.Concat(Enumerable.Repeat("</p>", 100_000));
        SpamRules.Check(Html(deep + "<a href=x><a href=y <!-- <script "), English).Score.ShouldNotBeNull();
        SpamRules.Check(Encoding.UTF8.GetBytes("Subject: =?utf-16?B?2AA=?=\r\n\r\n\uFFFD\0"), English).Score.ShouldNotBeNull();
    }

    [Fact]
    public void Damaged_messages_never_throw()
    {
        var random = new Random(23);
        var rows = Corpus.Read("spam-messages.tsv").ToList();
        for (var round = 0; round < 600; round++)
        {
            var row = rows[round % rows.Count];
            var html = $"<div style='color:#fff;font-size:2px'><a href='http://1.2.3.4/'>{row[3]}</a><img src=x></div>";
            var bytes = Alternative(Head + $"Subject: {row[2]}\r\n", row[3], html);
            for (var n = random.Next(1, 30); n > 0; n--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var report = SpamRules.Check(bytes.AsMemory(0, random.Next(bytes.Length + 1)), English);
            report.Score.ShouldNotBeNull();
            report.Checks.Select(c => c.Score).ShouldBe(report.Checks.Select(c => c.Score).OrderDescending());
        }
    }

    private const string HtmlHead = Head + "Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";

    private static string Words(int letters) => string.Concat(Enumerable.Repeat("quiet ", letters / 5));

    private static List<string> NamesOf(byte[] message) => [.. SpamRules.Check(message, English).Checks.Select(c => c.Name)];

    private static byte[] Plain(string subject, string body) =>
        Encoding.UTF8.GetBytes(Head + $"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n");

    private static byte[] Html(string html) => Encoding.UTF8.GetBytes(HtmlHead + html + "\r\n");

    private static string HtmlOnly(string html) => $"<html><body>{html}</body></html>";

    private static byte[] Alternative(string head, string plain, string html) =>
        Encoding.UTF8.GetBytes(
            head
                + "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                + plain.Replace("\n", "\r\n")
                + "\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
                + html
                + "\r\n--b--\r\n"
        );
}
