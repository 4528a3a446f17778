using System.Net;
using Estafette.Protocols.Dns;
using Estafette.Protocols.Spf;

namespace Estafette.Protocols.Tests.Spf;

public sealed class SpfCoverageTests
{
    private readonly ZoneLookup _zone = new ZoneLookup()
        .Add("direct.test", DnsRecordType.Txt, "v=spf1 mx include:SPF.us.test. -all")
        .Add("nested.test", DnsRecordType.Txt, "v=spf1 include:other.test include:direct.test ~all")
        .Add("moved.test", DnsRecordType.Txt, "v=spf1 a redirect=_spf.%{d}")
        .Add("_spf.moved.test", DnsRecordType.Txt, "v=spf1 include:spf.us.test -all")
        .Add("to-us.test", DnsRecordType.Txt, "v=spf1 redirect=spf.us.test")
        .Add("other.test", DnsRecordType.Txt, "v=spf1 ip4:198.51.100.0/24 -all")
        .Add("early.test", DnsRecordType.Txt, "v=spf1 -all include:spf.us.test")
        .Add("minus.test", DnsRecordType.Txt, "v=spf1 -include:spf.us.test +all")
        .Add("below-minus.test", DnsRecordType.Txt, "v=spf1 ?include:direct.test -all")
        .Add("two.test", DnsRecordType.Txt, "v=spf1 include:spf.us.test -all")
        .Add("two.test", DnsRecordType.Txt, "v=spf1 -all")
        .Add("fault.test", DnsRecordType.Txt, "v=spf1 include:spf.us.test ip4:1.2.3 -all")
        .Add("gone.test", DnsRecordType.Txt, "v=spf1 include:nothing.test include:spf.us.test -all")
        .Add("slow.test", DnsRecordType.Txt, "v=spf1 include:down.test include:spf.us.test -all")
        .Add("self.test", DnsRecordType.Txt, "v=spf1 include:self.test include:spf.us.test -all")
        .Add("text.test", DnsRecordType.Txt, "hello include:spf.us.test")
        .Add("per-user.test", DnsRecordType.Txt, "v=spf1 include:%{l}.x.test include:spf.us.test -all")
        .Add("tenth.test", DnsRecordType.Txt, $"v=spf1 {string.Join(' ', Enumerable.Repeat("a", 9))} include:spf.us.test -all")
        .Add("eleventh.test", DnsRecordType.Txt, $"v=spf1 {string.Join(' ', Enumerable.Repeat("a", 10))} include:spf.us.test -all")
        .Add("spf.us.test", DnsRecordType.Txt, "v=spf1 ip4:192.0.2.0/24 -all")
        .Add("listed.test", DnsRecordType.Txt, "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all")
        .Fail("down.test");

    [Theory]
    [InlineData("direct.test", SpfCoverageOutcome.Covered)]
    [InlineData("nested.test", SpfCoverageOutcome.Covered)]
    [InlineData("moved.test", SpfCoverageOutcome.Covered)]
    [InlineData("to-us.test", SpfCoverageOutcome.Covered)]
    [InlineData("tenth.test", SpfCoverageOutcome.Covered)]
    [InlineData("per-user.test", SpfCoverageOutcome.Covered)]
    [InlineData("other.test", SpfCoverageOutcome.NotCovered)]
    [InlineData("early.test", SpfCoverageOutcome.NotCovered)]
    [InlineData("minus.test", SpfCoverageOutcome.NotCovered)]
    [InlineData("below-minus.test", SpfCoverageOutcome.NotCovered)]
    [InlineData("text.test", SpfCoverageOutcome.NoRecord)]
    [InlineData("nowhere.test", SpfCoverageOutcome.NoRecord)]
    [InlineData("localhost", SpfCoverageOutcome.NoRecord)]
    [InlineData("two.test", SpfCoverageOutcome.Broken)]
    [InlineData("fault.test", SpfCoverageOutcome.Broken)]
    [InlineData("gone.test", SpfCoverageOutcome.Broken)]
    [InlineData("self.test", SpfCoverageOutcome.Broken)]
    [InlineData("eleventh.test", SpfCoverageOutcome.Broken)]
    [InlineData("slow.test", SpfCoverageOutcome.Unknown)]
    [InlineData("down.test", SpfCoverageOutcome.Unknown)]
    public async Task Include_of_our_domain(string domain, SpfCoverageOutcome expected)
    {
        var answer = await CheckAsync(domain, "spf.us.test");
        answer.Outcome.ShouldBe(expected, answer.Reason);
        answer.Reason.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Look_ups_are_counted_up_to_our_domain()
    {
        (await CheckAsync("nested.test", "spf.us.test")).Lookups.ShouldBe(4);
        (await CheckAsync("tenth.test", "spf.us.test")).Lookups.ShouldBe(10);
    }

    [Fact]
    public async Task List_of_all_our_addresses_is_as_good()
    {
        (await CheckAsync("listed.test", "spf.us.test", "192.0.2.1", "192.0.2.2")).Outcome.ShouldBe(SpfCoverageOutcome.Covered);
        (await CheckAsync("listed.test", null, "192.0.2.2")).Outcome.ShouldBe(SpfCoverageOutcome.Covered);
        var missing = await CheckAsync("listed.test", null, "192.0.2.1", "192.0.2.3");
        missing.Outcome.ShouldBe(SpfCoverageOutcome.NotCovered);
        missing.Reason.ShouldStartWith("192.0.2.3 does not pass.");
        missing.Record.ShouldBe("v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all");
    }

    [Fact]
    public async Task Our_domain_missing_is_said_before_our_addresses()
    {
        var answer = await CheckAsync("other.test", "spf.us.test", "192.0.2.1");
        answer.Outcome.ShouldBe(SpfCoverageOutcome.NotCovered);
        answer.Reason.ShouldBe("The record of other.test does not include spf.us.test.");
    }

    private Task<SpfCoverageAnswer> CheckAsync(string domain, string? include, params string[] addresses) =>
        SpfCoverage.CheckAsync(_zone, domain, include, [.. addresses.Select(IPAddress.Parse)], TestContext.Current.CancellationToken);
}
