using System.IO.Compression;
using System.Net;
using System.Text;
using Estafette.Protocols.Dmarc;

namespace Estafette.Protocols.Tests.Dmarc;

public sealed class AggregateReportReaderTests
{
    private const string Xml = """
        <?xml version="1.0" encoding="UTF-8" ?>
        <feedback>
          <version>1.0</version>
          <report_metadata>
            <org_name>Receiver &amp; Co</org_name><email>dmarc@receiver.test</email><extra_contact_info>https://receiver.test</extra_contact_info>
            <report_id>42</report_id>
            <date_range><begin>1767225600</begin><end>1767311999</end></date_range>
            <error>late</error>
          </report_metadata>
          <policy_published>
            <domain>X.test</domain><adkim>s</adkim><aspf>r</aspf><p>reject</p><sp>none</sp><pct>50</pct><fo>1</fo>
          </policy_published>
          <record>
            <row>
              <source_ip>192.0.2.1</source_ip><count>1234</count>
              <policy_evaluated>
                <disposition>none</disposition><dkim>fail</dkim><spf>pass</spf>
                <reason><type>local_policy</type><comment>arc=pass</comment></reason>
              </policy_evaluated>
            </row>
            <identifiers><envelope_to>y.test</envelope_to><envelope_from>bounce.x.test</envelope_from><header_from>x.test</header_from></identifiers>
            <auth_results>
              <dkim><domain>x.test</domain><selector>s1</selector><result>pass</result><human_result>good</human_result></dkim>
              <dkim><domain>us.test</domain><result>fail</result></dkim>
              <spf><domain>bounce.x.test</domain><scope>mfrom</scope><result>pass</result></spf>
            </auth_results>
          </record>
          <record>
            <row><source_ip>2001:db8::1</source_ip><count>1</count>
              <policy_evaluated><disposition>reject</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>
            <identifiers><header_from>x.test</header_from></identifiers>
            <auth_results/>
          </record>
        </feedback>
        """;

    private static readonly byte[] Plain = Encoding.UTF8.GetBytes(Xml);

    [Fact]
    public void Every_field_is_read()
    {
        var report = Good(Plain);
        report.Organization.ShouldBe("Receiver & Co");
        report.Email.ShouldBe("dmarc@receiver.test");
        report.ExtraContact.ShouldBe("https://receiver.test");
        report.ReportId.ShouldBe("42");
        report.Begin.ShouldBe(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        report.End.ShouldBe(new DateTimeOffset(2026, 1, 1, 23, 59, 59, TimeSpan.Zero));
        report.Errors.ShouldBe(["late"]);
        report.Messages.ShouldBe(1235);
        report.Policy.ShouldBe(
            new AggregatePolicy
            {
                Domain = "x.test",
                Policy = DmarcAction.Reject,
                SubdomainPolicy = DmarcAction.None,
                DkimAlignment = DmarcAlignment.Strict,
                Percent = 50,
            }
        );

        var row = report.Rows[0];
        row.Source.ShouldBe(IPAddress.Parse("192.0.2.1"));
        row.Count.ShouldBe(1234);
        row.Disposition.ShouldBe(DmarcAction.None);
        (row.DkimAligned, row.SpfAligned).ShouldBe((false, true));
        (row.HeaderFrom, row.EnvelopeFrom, row.EnvelopeTo).ShouldBe(("x.test", "bounce.x.test", "y.test"));
        row.Reasons.ShouldBe([new AggregateReason("local_policy", "arc=pass")]);
        row.Signatures.ShouldBe([
            new AggregateSignature("x.test", "s1", "pass", "good"),
            new AggregateSignature("us.test", "", "fail", ""),
        ]);
        row.Spf.ShouldBe([new AggregateSpf("bounce.x.test", "mfrom", "pass")]);

        var other = report.Rows[1];
        (other.Disposition, other.DkimAligned, other.SpfAligned).ShouldBe((DmarcAction.Reject, true, false));
        other.Signatures.ShouldBeEmpty();
        report.Rows.Count.ShouldBe(2);
    }

    [Fact]
    public void Gzip_and_zip_and_blanks_before_it_are_read_alike()
    {
        Good(Gzip(Plain)).Messages.ShouldBe(1235);
        Good(Zip("r.xml", Plain)).Messages.ShouldBe(1235);
        Good(Zip("report", Plain)).Messages.ShouldBe(1235);
        Good([.. "\r\n "u8, .. Plain]).Messages.ShouldBe(1235);
        Good([0xEF, 0xBB, 0xBF, .. Plain]).Messages.ShouldBe(1235);
        Good([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Xml.Replace("UTF-8", "UTF-16"))]).Messages.ShouldBe(1235);
    }

    [Fact]
    public void Namespace_and_other_order_change_nothing()
    {
        var report = Good(
            Encoding.UTF8.GetBytes(
                """
                <d:feedback xmlns:d="urn:ietf:params:xml:ns:dmarc-2.0"><!-- remark -->
                <d:record><d:auth_results><d:spf><d:result>PASS</d:result><d:domain>x.test</d:domain></d:spf></d:auth_results>
                <d:identities><d:header_from>x.test</d:header_from></d:identities>
                <d:row><d:unknown><d:count>9</d:count></d:unknown><d:policy_evaluated><d:spf>Pass</d:spf><d:dkim/></d:policy_evaluated>
                <d:count> 7 </d:count><d:source_ip>nonsense</d:source_ip></d:row></d:record>
                <d:policy_published><d:domain>x.test</d:domain><d:p>sometimes</d:p><d:pct></d:pct></d:policy_published>
                <d:report_metadata><d:date_range><d:end>soon</d:end><d:begin>99999999999999</d:begin></d:date_range></d:report_metadata>
                </d:feedback>
                """
            )
        );
        var row = report.Rows.ShouldHaveSingleItem();
        (row.Count, row.HeaderFrom, row.SpfAligned, row.DkimAligned).ShouldBe((7, "x.test", true, false));
        row.Source.ShouldBeNull();
        row.Disposition.ShouldBeNull();
        row.Spf.ShouldBe([new AggregateSpf("x.test", "", "pass")]);
        report.Policy.Policy.ShouldBeNull();
        report.Policy.Percent.ShouldBe(100);
        (report.Begin, report.End).ShouldBe((null, null));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("hello", "broken XML")]
    [InlineData("<html/>", "no DMARC report")]
    [InlineData("<feedback/>", "who reports")]
    [InlineData("<feedback><report_metadata><org_name>a</org_name>", "broken XML")]
    [InlineData(
        "<!DOCTYPE feedback [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><feedback><report_metadata>&e;</report_metadata></feedback>",
        "DTD"
    )]
    [InlineData("PK nothing", "unpacked")]
    public void What_is_no_report_is_said_to_be_none(string text, string why)
    {
        var reading = AggregateReportReader.Read(Encoding.UTF8.GetBytes(text));
        reading.Report.ShouldBeNull();
        reading.Problem.ShouldNotBeNull().ShouldContain(why);
    }

    [Fact]
    public void Bombs_are_left_alone()
    {
        var zeros = new byte[AggregateReportReader.MaxXmlBytes + 1];
        Array.Fill(zeros, (byte)' ');
        Problem(Gzip(zeros)).ShouldContain("more than 50 MB");
        Problem(Zip("r.xml", zeros)).ShouldContain("more than 50 MB");
        Problem(zeros).ShouldContain("more than 50 MB");
        Problem(Encoding.UTF8.GetBytes("<feedback>" + string.Concat(Enumerable.Repeat("<a>", 40)))).ShouldContain("levels deep");
        Problem(Encoding.UTF8.GetBytes("<feedback>" + string.Concat(Enumerable.Repeat("<record/>", 100_001)))).ShouldContain("100000 rows");
        Good(Encoding.UTF8.GetBytes(Xml.Replace("late", new string('x', 100_000)))).Errors[0].Length.ShouldBe(1000);
    }

    [Fact]
    public void Every_damage_is_survived()
    {
        var random = new Random(1);
        foreach (var good in (byte[][])[Plain, Gzip(Plain), Zip("r.xml", Plain)])
        {
            for (var i = 0; i < 2000; i++)
            {
                var damaged = (byte[])good.Clone();
                for (var n = random.Next(1, 4); n > 0; n--)
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                var reading = AggregateReportReader.Read(damaged.AsMemory(0, i % 2 == 0 ? damaged.Length : random.Next(damaged.Length)));
                (reading.Report is null).ShouldBe(reading.Problem is not null);
            }
        }
    }

    [Theory]
    [InlineData("application/gzip", "receiver.test!x.test!1767225600!1767311999.xml.gz")]
    [InlineData("application/octet-stream", "")]
    [InlineData("text/plain", "r.xml.gz")]
    public void Report_is_found_in_a_message(string type, string fileName)
    {
        var message = Message(type, fileName, Gzip(Plain));
        AggregateReportReader.ReadMessage(Encoding.UTF8.GetBytes(message)).Report.ShouldNotBeNull().ReportId.ShouldBe("42");
    }

    [Fact]
    public void Report_may_be_the_whole_message_or_follow_another_file()
    {
        var alone =
            "Subject: r\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + Convert.ToBase64String(Zip("r.xml", Plain));
        AggregateReportReader.ReadMessage(Encoding.UTF8.GetBytes(alone)).Report.ShouldNotBeNull();
        var second = Message("application/xml", "other.xml", "<html/>"u8.ToArray())
            .Replace("--b--", "--b\r\nContent-Type: text/xml\r\n\r\n" + Xml + "\r\n--b--");
        AggregateReportReader.ReadMessage(Encoding.UTF8.GetBytes(second)).Report.ShouldNotBeNull();
    }

    [Fact]
    public void Message_without_a_report_says_so()
    {
        AggregateReportReader.ReadMessage("Subject: x\r\n\r\nhello"u8.ToArray()).Problem.ShouldNotBeNull().ShouldContain("carries no file");
        var wrong = Message("application/xml", "a.xml", "<html/>"u8.ToArray());
        AggregateReportReader.ReadMessage(Encoding.UTF8.GetBytes(wrong)).Problem.ShouldNotBeNull().ShouldContain("no DMARC report");
    }

    private static string Message(string type, string fileName, byte[] content) =>
        "From: a@receiver.test\r\nSubject: Report domain: x.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + "--b\r\nContent-Type: text/plain\r\n\r\nA report.\r\n"
        + $"--b\r\nContent-Type: {type}\r\nContent-Disposition: attachment; filename=\"{fileName}\"\r\n"
        + $"Content-Transfer-Encoding: base64\r\n\r\n{Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks)}\r\n--b--\r\n";

    private static AggregateReport Good(byte[] file)
    {
        var reading = AggregateReportReader.Read(file);
        reading.Problem.ShouldBeNull();
        return reading.Report.ShouldNotBeNull();
    }

    private static string Problem(byte[] file)
    {
        var reading = AggregateReportReader.Read(file);
        reading.Report.ShouldBeNull();
        return reading.Problem.ShouldNotBeNull();
    }

    private static byte[] Gzip(byte[] data)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(data);
        return packed.ToArray();
    }

    private static byte[] Zip(string name, byte[] data)
    {
        var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create))
        using (var entry = zip.CreateEntry(name).Open())
            entry.Write(data);
        return packed.ToArray();
    }
}
