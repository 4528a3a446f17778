using Estafette.Protocols.Dmarc;
using FsCheck;
using FsCheck.Fluent;

namespace Estafette.Protocols.Tests.Dmarc;

public sealed class DmarcRecordTests
{
    [Fact]
    public void Short_record_has_the_defaults()
    {
        var record = DmarcRecord.Parse("v=DMARC1; p=none").ShouldNotBeNull();
        record.Policy.ShouldBe(DmarcAction.None);
        record.SubdomainPolicy.ShouldBe(DmarcAction.None);
        record.DkimAlignment.ShouldBe(DmarcAlignment.Relaxed);
        record.SpfAlignment.ShouldBe(DmarcAlignment.Relaxed);
        record.Percent.ShouldBe(100);
        record.ReportInterval.ShouldBe(TimeSpan.FromDays(1));
        record.FailureOptions.ShouldBe("0");
        record.AggregateReports.ShouldBeEmpty();
        record.Faults.ShouldBeEmpty();
        record.IsUsable.ShouldBeTrue();
    }

    [Fact]
    public void Every_tag_is_read()
    {
        var record = DmarcRecord
            .Parse(
                "V = DMARC1 ;\tP=Reject; sp=quarantine; adkim=s; aspf=S; pct=25; ri=3600; fo=1:d; rf=afrf; new=thing; "
                    + "rua=mailto:a%2Cb@x.test!10m, https://r.test/dmarc ; ruf=mailto:f@x.test!5;"
            )
            .ShouldNotBeNull();
        record.Faults.ShouldBeEmpty();
        record.Policy.ShouldBe(DmarcAction.Reject);
        record.SubdomainPolicy.ShouldBe(DmarcAction.Quarantine);
        record.DkimAlignment.ShouldBe(DmarcAlignment.Strict);
        record.SpfAlignment.ShouldBe(DmarcAlignment.Strict);
        record.Percent.ShouldBe(25);
        record.ReportInterval.ShouldBe(TimeSpan.FromHours(1));
        record.FailureOptions.ShouldBe("1:d");
        record.AggregateReports.ShouldBe([
            new DmarcReportAddress("a,b@x.test", 10 * 1024 * 1024),
            new DmarcReportAddress("https://r.test/dmarc", null),
        ]);
        record.FailureReports.ShouldBe([new DmarcReportAddress("f@x.test", 5)]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("v=DMARC2; p=none")]
    [InlineData("v=dmarc1; p=none")]
    [InlineData("v=DMARC1=; p=none")]
    [InlineData("p=none; v=DMARC1")]
    [InlineData("v=spf1 -all")]
    public void Other_text_is_no_record(string text) => DmarcRecord.Parse(text).ShouldBeNull();

    [Theory]
    [InlineData("v=DMARC1", false)]
    [InlineData("v=DMARC1; p=monitor", false)]
    [InlineData("v=DMARC1; p=reject; sp=x", false)]
    [InlineData("v=DMARC1; p=monitor; rua=mailto:d@x.test", true)]
    [InlineData("v=DMARC1; p=reject; sp=x; rua=mailto:d@x.test", true)]
    [InlineData("v=DMARC1; p=monitor; rua=nowhere", false)]
    public void Policy_that_cannot_be_read_is_none_and_counts_only_with_reports(string text, bool isUsable)
    {
        var record = DmarcRecord.Parse(text).ShouldNotBeNull();
        record.Faults.ShouldNotBeEmpty();
        record.IsUsable.ShouldBe(isUsable);
        record.Policy.ShouldBe(DmarcAction.None);
        record.SubdomainPolicy.ShouldBe(DmarcAction.None);
    }

    [Theory]
    [InlineData("adkim=x")]
    [InlineData("aspf=")]
    [InlineData("pct=101")]
    [InlineData("pct=-1")]
    [InlineData("ri=soon")]
    [InlineData("fo=2")]
    [InlineData("rua=d@x.test")]
    [InlineData("rua=mailto:d")]
    [InlineData("rua=mailto:d@x.test!10q")]
    [InlineData("rua=mailto:d@x.test!99999999999999999999")]
    [InlineData("rua=mailto:d@x.test!9999999999999t")]
    [InlineData("nothing")]
    [InlineData("=x")]
    [InlineData("p=none")]
    public void Other_faults_are_told_and_leave_the_policy(string tag)
    {
        var record = DmarcRecord.Parse("v=DMARC1; p=reject; " + tag).ShouldNotBeNull();
        record.Faults.ShouldHaveSingleItem();
        record.Policy.ShouldBe(DmarcAction.Reject);
        (record.Percent, record.DkimAlignment).ShouldBe((100, DmarcAlignment.Relaxed));
    }

    [Fact]
    public void Policy_has_to_stand_first()
    {
        var record = DmarcRecord.Parse("v=DMARC1; rua=mailto:d@x.test; p=reject").ShouldNotBeNull();
        record.Policy.ShouldBe(DmarcAction.Reject);
        record.Faults.ShouldBe(["p has to stand directly behind v."]);
    }

    [Fact]
    public void Any_text_is_read_without_exception() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<string>(),
                text => DmarcRecord.Parse("v=DMARC1;" + text + ";p=" + text + ";rua=mailto:" + text + "!" + text) is not null
            )
            .QuickCheckThrowOnFailure();
}
