using System.Runtime.CompilerServices;
using System.Text;
using Estafette.Protocols.Bounces;

namespace Estafette.Protocols.Tests.Bounces;

public sealed class ReturnedMessageTests
{
    public static TheoryData<string, string, string> Messages()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var row in Corpus.Read("corpus.tsv"))
            data.Add(row[0], row[1], row[2]);
        return data;
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_of_the_corpus_is_understood(string file, string kind, string recipients)
    {
        var mail = ReturnedMessage.Read(Load(file));
        var found = mail.Recipients.Select(r => Line(r, mail.Kind)).DefaultIfEmpty("-");
        (mail.Kind.ToString().ToLowerInvariant(), string.Join(" ; ", found)).ShouldBe(
            (kind, recipients),
            string.Join("\n", mail.Recipients)
        );
    }

    [Fact]
    public void There_are_at_least_120_messages_and_none_without_expectation()
    {
        var known = Corpus.Read("corpus.tsv").Select(r => r[0]).Order(StringComparer.Ordinal).ToArray();
        known.Length.ShouldBeGreaterThanOrEqualTo(120);
        Directory
            .GetFiles(Folder(), "*.eml")
            .Select(f => Path.GetFileNameWithoutExtension(f)!)
            .Order(StringComparer.Ordinal)
            .ShouldBe(known);
    }

    [Fact]
    public void Status_report_tells_everything_that_identifies_our_message()
    {
        var mail = ReturnedMessage.Read(Load("dsn-postfix-unknown-user"));
        mail.Format.ShouldBe("dsn");
        mail.Tokens.ShouldBe(["b+k7f3q2"]);
        mail.ReturnAddresses.ShouldBe(["b+k7f3q2@bounce.shop.example"]);
        mail.ReportingMta.ShouldBe("out1.shop.example");
        mail.ArrivalDate.ShouldBe(new DateTimeOffset(2025, 5, 5, 8, 12, 0, TimeSpan.Zero));
        mail.OriginalSender.ShouldBe("b+k7f3q2@bounce.shop.example");
        mail.Original.MessageId.ShouldBe("k7f3q2.1746432721@shop.example");
        mail.Original.FeedbackId.ShouldBe("may:shop:estafette");
        mail.Original.ListUnsubscribe!.ShouldContain("unsubscribe-k7f3q2@");
        mail.Original.ExtraFields.ShouldContain(KeyValuePair.Create("X-Estafette-Ref", "k7f3q2"));
        mail.Original.To.ShouldBe(["who@corp.test"]);
        mail.Original.ReturnPath.ShouldBe("b+k7f3q2@bounce.shop.example");
        mail.Recipients[0].RemoteMta.ShouldBe("mx.corp.test");
        mail.Recipients[0].Diagnostic.ShouldContain("virtual mailbox table");
    }

    [Theory]
    [InlineData("qmail-unknown")]
    [InlineData("exim-unknown")]
    [InlineData("sendmail-old")]
    [InlineData("gmail-old")]
    [InlineData("imail")]
    public void Copy_in_the_text_of_a_bounce_identifies_our_message(string file)
    {
        var mail = ReturnedMessage.Read(Load(file));
        mail.Original.MessageId.ShouldBe("k7f3q2.1746432721@shop.example");
        mail.Original.ExtraFields.ShouldContain(KeyValuePair.Create("X-Estafette-Ref", "k7f3q2"));
    }

    [Fact]
    public void Feedback_report_tells_its_fields()
    {
        var mail = ReturnedMessage.Read(Load("arf-abuse"));
        mail.FeedbackType.ShouldBe("abuse");
        mail.SourceIp.ShouldBe("192.0.2.25");
        mail.OriginalSender.ShouldBe("b+k7f3q2@bounce.shop.example");
        mail.ReportingMta.ShouldBe("mail.isp.test");
        mail.ArrivalDate!.Value.Day.ShouldBe(5);
        mail.Original.MessageId.ShouldBe("k7f3q2.1746432721@shop.example");
        mail.Tokens.ShouldContain("b+k7f3q2");
        ReturnedMessage.Read(Load("arf-not-spam")).FeedbackType.ShouldBe("not-spam");
    }

    [Fact]
    public void Envelope_id_and_forward_are_told()
    {
        ReturnedMessage.Read(Load("dsn-delivered")).EnvelopeId.ShouldBe("k7f3q2");
        ReturnedMessage.Read(Load("dsn-forwarded-address")).Recipients[0].FinalAddress.ShouldBe("private@home.test");
    }

    [Fact]
    public void Opt_out_tells_its_token_and_its_thread()
    {
        ReturnedMessage.Read(Load("optout-address")).Tokens.ShouldContain("unsubscribe-k7f3q2");
        var answer = ReturnedMessage.Read(Load("optout-text"));
        answer.InReplyTo.ShouldBe("k7f3q2.1746432721@shop.example");
        answer.References.ShouldBe(["k7f3q2.1746432721@shop.example"]);
    }

    [Fact]
    public void Only_the_first_megabyte_is_looked_at()
    {
        var message = new byte[5 * 1024 * 1024];
        message.AsSpan().Fill((byte)'x');
        Encoding
            .ASCII.GetBytes(
                "From: MAILER-DAEMON@mx.test\nSubject: failure notice\n\nHi. This is the qmail-send program.\n\n<a@b.test>:\nno such user\n\n"
            )
            .CopyTo(message, 0);
        ReturnedMessage.Read(message).Recipients[0].Address.ShouldBe("a@b.test");
    }

    [Fact]
    public void Report_with_very_many_recipients_is_cut()
    {
        var text = new StringBuilder("Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n");
        for (var i = 0; i < 3000; i++)
            text.Append($"\nFinal-Recipient: rfc822; a{i}@b.test\nAction: failed\nStatus: 5.1.1\n");
        ReturnedMessage.Read(Encoding.ASCII.GetBytes(text.ToString())).Recipients.Count.ShouldBe(ReturnedMessage.MaxRecipients);
    }

    [Fact]
    public void Message_from_an_mbox_file_is_read_without_its_first_line()
    {
        var message = Encoding.ASCII.GetBytes("From MAILER-DAEMON Mon May  5 08:12:08 2025\n").Concat(Load("dsn-lf-only")).ToArray();
        ReturnedMessage.Read(message).Kind.ShouldBe(ReturnedKind.Bounce);
    }

    private static string Line(ReturnedRecipient r, ReturnedKind kind)
    {
        var usual = kind == ReturnedKind.Bounce ? BounceWords.ActionOf(r.Class) : BounceAction.None;
        var line =
            $"{r.Address ?? "-"} {r.Class.ToString().ToLowerInvariant()} {r.Reason?.Word() ?? "-"} {r.Status ?? "-"} {r.Code?.ToString() ?? "-"}";
        return r.Action == usual ? line : $"{line} {r.Action.ToString().ToLowerInvariant()}";
    }

    internal static byte[] Load(string file) => File.ReadAllBytes(Path.Combine(Folder(), file + ".eml"));

    internal static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Corpus");
}
