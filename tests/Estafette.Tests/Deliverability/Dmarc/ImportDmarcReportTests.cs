using System.IO.Compression;
using System.Text;
using Estafette.Core.Deliverability;
using Estafette.Core.Deliverability.Dmarc;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Deliverability.Dmarc;

public sealed class ImportDmarcReportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static byte[] Report(DateTimeOffset day, string id = "r-1", string domain = "example.com") =>
        Encoding.UTF8.GetBytes(
            $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <feedback>
              <report_metadata>
                <org_name>receiver.example</org_name><email>dmarc@receiver.example</email><report_id>{id}</report_id>
                <date_range><begin>{day.ToUnixTimeSeconds()}</begin><end>{day.AddDays(1).ToUnixTimeSeconds() - 1}</end></date_range>
              </report_metadata>
              <policy_published><domain>{domain}</domain><adkim>r</adkim><aspf>r</aspf><p>quarantine</p><pct>100</pct></policy_published>
              {Row("192.0.2.1", 90, "none", "pass", "pass", domain)}
              {Row("192.0.2.1", 5, "none", "fail", "pass", "News." + domain)}
              {Row("203.0.113.7", 3, "quarantine", "fail", "fail", domain)}
              {Row("203.0.113.7", 2, "reject", "fail", "fail", domain)}
              {Row("2001:db8::7", 1, "none", "fail", "fail", domain)}
            </feedback>
            """
        );

    private static string Row(string source, int count, string disposition, string dkim, string spf, string from) =>
        $"""
            <record><row><source_ip>{source}</source_ip><count>{count}</count>
            <policy_evaluated><disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row>
            <identifiers><header_from>{from}</header_from></identifiers></record>
            """;

    private static async Task<long> AddAsync(TestApplication app)
    {
        await using var db = app.OpenDb();
        return (await AddSenderDomain.RunAsync(new(app.Customer, "example.com"), db, app.Get<DkimSigners>(), app.Clock, Token)).Value!.Id;
    }

    private static async Task<Outcome<DmarcImport>> ImportAsync(TestApplication app, long domain, byte[] file)
    {
        await using var db = app.OpenDb();
        return await ImportDmarcReport.RunAsync(new(app.Customer, domain, file), db, app.Clock, Token);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Report_counts_once_however_often_and_in_whatever_wrapping_it_comes(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        var domain = await AddAsync(app);
        var day = app.Now.AddDays(-2);
        var xml = Report(day);
        (await ImportAsync(app, domain, xml)).Value.ShouldBe(new DmarcImport("receiver.example", 101, true));
        foreach (var again in new[] { xml, Gzip(xml), Zip(xml), Mail(xml) })
            (await ImportAsync(app, domain, again)).Value.ShouldBe(new DmarcImport("receiver.example", 101, false));
        (await ImportAsync(app, domain, Report(day.AddDays(1), "r-2"))).Value!.IsNew.ShouldBeTrue();
        await using var db = app.OpenDb();
        var figures = await DmarcFigures.ReadAsync(app.Customer, "example.com", db, app.Clock, Token);
        figures.Days.Select(d => d.Counts).ShouldBe([new(95, 1, 3, 2), new(95, 1, 3, 2)]);
        figures.Sources.Select(s => s.Source).ShouldBe(["192.0.2.1", "203.0.113.7", "2001:db8::7"]);
        (figures.Sources[0].Counts, figures.Sources[0].DkimAligned, figures.Sources[0].SpfAligned).ShouldBe((new(190, 0, 0, 0), 180, 190));
        figures.Reports.Count.ShouldBe(2);
        var below = await DmarcFigures.ReadAsync(app.Customer, "news.example.com", db, app.Clock, Token);
        below.Sources.Single().Counts.Passed.ShouldBe(10);
        var stranger = await app.AddCustomerAsync("Other");
        (await DmarcFigures.ReadAsync(stranger, "example.com", db, app.Clock, Token)).Days.ShouldBeEmpty();
        app.Clock.Advance(TimeSpan.FromDays(100));
        (await DmarcFigures.ReadAsync(app.Customer, "example.com", db, app.Clock, Token)).Days.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_no_report_about_the_domain_is_refused_with_a_reason()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var domain = await AddAsync(app);
        var wrong = new[]
        {
            "hello"u8.ToArray(),
            "<feedback/>"u8.ToArray(),
            [0x1F, 0x8B, 1, 2],
            "PK broken"u8.ToArray(),
            Report(app.Now, domain: "example.net"),
            Encoding.UTF8.GetBytes(
                Encoding.UTF8.GetString(Report(app.Now)).Replace("<report_id>r-1</report_id>", "", StringComparison.Ordinal)
            ),
            new byte[ImportDmarcReport.MaxBytes + 1],
        };
        foreach (var file in wrong)
            (await ImportAsync(app, domain, file)).Faults.ShouldNotBeNull().ByField.Keys.ShouldBe(["File"]);
        (await ImportAsync(app, domain + 1, Report(app.Now))).NotFound.ShouldBeTrue();
        (await app.ScalarAsync<long>("SELECT count(*) FROM dmarc_reports")).ShouldBe(0);
    }

    [Fact]
    public async Task Two_imports_at_once_count_once()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.PostgreSql);
        var domain = await AddAsync(app);
        var xml = Report(app.Now);
        var done = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ImportAsync(app, domain, xml)));
        done.Count(d => d.Value!.IsNew).ShouldBe(1);
        (await app.ScalarAsync<long>("SELECT count(*) FROM dmarc_rows")).ShouldBe(5);
    }

    private static byte[] Gzip(byte[] xml)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(xml);
        return packed.ToArray();
    }

    private static byte[] Zip(byte[] xml)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create))
        using (var entry = zip.CreateEntry("report.xml").Open())
            entry.Write(xml);
        return packed.ToArray();
    }

    private static byte[] Mail(byte[] xml) =>
        Encoding.ASCII.GetBytes(
            "From: dmarc@receiver.example\r\nSubject: Report\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                + "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/gzip; name=r.xml.gz\r\n"
                + "Content-Transfer-Encoding: base64\r\n\r\n"
                + Convert.ToBase64String(Gzip(xml), Base64FormattingOptions.InsertLineBreaks)
                + "\r\n--b--\r\n"
        );
}
