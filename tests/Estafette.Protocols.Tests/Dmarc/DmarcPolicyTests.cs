using Estafette.Protocols.Dmarc;
using Estafette.Protocols.Dns;
using Estafette.Protocols.Spf;

namespace Estafette.Protocols.Tests.Dmarc;

public sealed class DmarcPolicyTests
{
    private readonly ZoneLookup _zone = new ZoneLookup()
        .Add("_dmarc.x.co.uk", DnsRecordType.Txt, "v=DMARC1; p=reject; sp=quarantine")
        .Add("_dmarc.own.x.co.uk", DnsRecordType.Txt, "v=DMARC1; p=none")
        .Add("_dmarc.strict.test", DnsRecordType.Txt, "v=DMARC1; p=reject; adkim=s; aspf=s")
        .Add("_dmarc.other-text.x.co.uk", DnsRecordType.Txt, "hello")
        .Add("_dmarc.two.test", DnsRecordType.Txt, "v=DMARC1; p=none")
        .Add("_dmarc.two.test", DnsRecordType.Txt, "v=DMARC1; p=reject")
        .Add("_dmarc.bad.test", DnsRecordType.Txt, "v=DMARC1; p=please")
        .Add("_dmarc.xn--t-9fab.fr", DnsRecordType.Txt, "v=DMARC1; p=reject")
        .Fail("_dmarc.down.test");

    [Theory]
    [InlineData("x.co.uk", DmarcDiscoveryOutcome.Found, "x.co.uk", DmarcAction.Reject)]
    [InlineData("X.CO.UK.", DmarcDiscoveryOutcome.Found, "x.co.uk", DmarcAction.Reject)]
    [InlineData("a.b.x.co.uk", DmarcDiscoveryOutcome.Found, "x.co.uk", DmarcAction.Quarantine)]
    [InlineData("own.x.co.uk", DmarcDiscoveryOutcome.Found, "own.x.co.uk", DmarcAction.None)]
    [InlineData("below.own.x.co.uk", DmarcDiscoveryOutcome.Found, "x.co.uk", DmarcAction.Quarantine)]
    [InlineData("other-text.x.co.uk", DmarcDiscoveryOutcome.Found, "x.co.uk", DmarcAction.Quarantine)]
    [InlineData("été.fr", DmarcDiscoveryOutcome.Found, "xn--t-9fab.fr", DmarcAction.Reject)]
    [InlineData("none.test", DmarcDiscoveryOutcome.NoRecord, null, DmarcAction.None)]
    [InlineData("co.uk", DmarcDiscoveryOutcome.NoRecord, null, DmarcAction.None)]
    [InlineData("no name", DmarcDiscoveryOutcome.NoRecord, null, DmarcAction.None)]
    [InlineData("two.test", DmarcDiscoveryOutcome.Broken, "two.test", DmarcAction.None)]
    [InlineData("a.two.test", DmarcDiscoveryOutcome.Broken, "two.test", DmarcAction.None)]
    [InlineData("bad.test", DmarcDiscoveryOutcome.Broken, "bad.test", DmarcAction.None)]
    [InlineData("down.test", DmarcDiscoveryOutcome.Failed, null, DmarcAction.None)]
    [InlineData("a.down.test", DmarcDiscoveryOutcome.Failed, null, DmarcAction.None)]
    public async Task Policy_is_found_at_the_domain_or_its_organisational_domain(
        string domain,
        DmarcDiscoveryOutcome outcome,
        string? recordDomain,
        DmarcAction action
    )
    {
        var found = await DmarcPolicy.FindAsync(_zone, domain, TestContext.Current.CancellationToken);
        (found.Outcome, found.RecordDomain, found.Action).ShouldBe((outcome, recordDomain, action));
        (found.Problem is null).ShouldBe(outcome == DmarcDiscoveryOutcome.Found);
    }

    [Theory]
    [InlineData("mail.x.co.uk", "x.co.uk", DmarcAlignment.Relaxed, true)]
    [InlineData("a.x.co.uk", "b.x.co.uk", DmarcAlignment.Relaxed, true)]
    [InlineData("X.co.uk.", "x.co.uk", DmarcAlignment.Strict, true)]
    [InlineData("mail.x.co.uk", "x.co.uk", DmarcAlignment.Strict, false)]
    [InlineData("x.co.uk", "y.co.uk", DmarcAlignment.Relaxed, false)]
    [InlineData("co.uk", "y.co.uk", DmarcAlignment.Relaxed, false)]
    [InlineData("a.github.io", "b.github.io", DmarcAlignment.Relaxed, false)]
    [InlineData("été.fr", "xn--t-9fab.fr", DmarcAlignment.Strict, true)]
    [InlineData("", "", DmarcAlignment.Relaxed, false)]
    public void Domains_stand_for_each_other(string domain, string from, DmarcAlignment alignment, bool expected) =>
        DmarcEvaluation.AreAligned(domain, from, alignment).ShouldBe(expected);

    [Theory]
    [InlineData("x.co.uk", SpfResult.Pass, "bounce.x.co.uk", null, false, DmarcResult.Pass)]
    [InlineData("x.co.uk", SpfResult.Pass, "us.test", "x.co.uk", true, DmarcResult.Pass)]
    [InlineData("x.co.uk", SpfResult.Pass, "us.test", null, false, DmarcResult.Fail)]
    [InlineData("x.co.uk", SpfResult.Fail, "x.co.uk", "x.co.uk", false, DmarcResult.Fail)]
    [InlineData("x.co.uk", SpfResult.SoftFail, "x.co.uk", "us.test", true, DmarcResult.Fail)]
    [InlineData("x.co.uk", SpfResult.TempError, "x.co.uk", null, false, DmarcResult.TempError)]
    [InlineData("x.co.uk", SpfResult.TempError, "us.test", null, false, DmarcResult.Fail)]
    [InlineData("x.co.uk", SpfResult.TempError, "x.co.uk", "mail.x.co.uk", true, DmarcResult.Pass)]
    [InlineData("strict.test", SpfResult.Pass, "bounce.strict.test", "mail.strict.test", true, DmarcResult.Fail)]
    [InlineData("strict.test", SpfResult.Pass, "strict.test", null, false, DmarcResult.Pass)]
    [InlineData("none.test", SpfResult.Pass, "none.test", null, false, DmarcResult.None)]
    [InlineData("two.test", SpfResult.Pass, "two.test", null, false, DmarcResult.PermError)]
    [InlineData("down.test", SpfResult.Pass, "down.test", null, false, DmarcResult.TempError)]
    public async Task Message_is_judged(string from, SpfResult spf, string returnPath, string? signer, bool isGood, DmarcResult expected)
    {
        var policy = await DmarcPolicy.FindAsync(_zone, from, TestContext.Current.CancellationToken);
        DmarcSignature[] signatures = signer is null ? [] : [new DmarcSignature(signer, isGood)];
        var verdict = DmarcEvaluation.Evaluate(policy, new SpfCheck(spf, returnPath, ""), signatures);
        verdict.Result.ShouldBe(expected);
        verdict.Action.ShouldBe(expected == DmarcResult.Fail ? policy.Action : DmarcAction.None);
        verdict.Reason.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Key_that_could_not_be_looked_up_is_temporary()
    {
        var policy = await DmarcPolicy.FindAsync(_zone, "x.co.uk", TestContext.Current.CancellationToken);
        DmarcSignature[] signatures = [new("x.co.uk", Passed: false, IsTemporary: true)];
        DmarcEvaluation.Evaluate(policy, spf: null, signatures).Result.ShouldBe(DmarcResult.TempError);
        DmarcEvaluation.Evaluate(policy, spf: null, []).Result.ShouldBe(DmarcResult.Fail);
    }

    [Fact]
    public async Task Other_domain_has_to_agree_to_get_reports()
    {
        _zone.Add("x.co.uk._report._dmarc.reports.test", DnsRecordType.Txt, "v=DMARC1");
        _zone.Fail("x.co.uk._report._dmarc.down.test");
        var token = TestContext.Current.CancellationToken;
        (await DmarcPolicy.AllowsReportsAsync(_zone, "x.co.uk", "mail.x.co.uk", token)).ShouldBe(true);
        (await DmarcPolicy.AllowsReportsAsync(_zone, "x.co.uk", "reports.test", token)).ShouldBe(true);
        (await DmarcPolicy.AllowsReportsAsync(_zone, "x.co.uk", "stranger.test", token)).ShouldBe(false);
        (await DmarcPolicy.AllowsReportsAsync(_zone, "x.co.uk", "down.test", token)).ShouldBeNull();
    }
}
