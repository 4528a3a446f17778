using System.Net;
using Estafette.Protocols.Dns;
using Estafette.Protocols.Spf;

namespace Estafette.Protocols.Tests.Spf;

/// <summary>Examples that RFC 7208 itself works out: appendix A, §7.4 and the domains of §5.2 and §6.1.</summary>
public sealed class SpfRfcExamplesTests
{
    // Appendix A, B.1-B.3 of the zone.
    private static ZoneLookup Zone(string record) =>
        new ZoneLookup()
            .Add("example.com", DnsRecordType.Txt, record)
            .Add("example.com", DnsRecordType.Mx, "mail-a.example.com", 10)
            .Add("example.com", DnsRecordType.Mx, "mail-b.example.com", 20)
            .Add("example.com", DnsRecordType.A, "192.0.2.10")
            .Add("example.com", DnsRecordType.A, "192.0.2.11")
            .Add("amy.example.com", DnsRecordType.A, "192.0.2.65")
            .Add("bob.example.com", DnsRecordType.A, "192.0.2.66")
            .Add("mail-a.example.com", DnsRecordType.A, "192.0.2.129")
            .Add("mail-b.example.com", DnsRecordType.A, "192.0.2.130")
            .Add("example.org", DnsRecordType.Mx, "mail-c.example.org", 10)
            .Add("mail-c.example.org", DnsRecordType.A, "192.0.2.140")
            .Add("10.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "example.com")
            .Add("11.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "example.com")
            .Add("65.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "amy.example.com")
            .Add("66.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "bob.example.com")
            .Add("129.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "mail-a.example.com")
            .Add("130.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "mail-b.example.com")
            .Add("140.2.0.192.in-addr.arpa", DnsRecordType.Ptr, "mail-c.example.org")
            .Add("4.0.0.10.in-addr.arpa", DnsRecordType.Ptr, "bob.example.com");

    [Theory]
    [InlineData("v=spf1 +all", "203.0.113.1", SpfResult.Pass)]
    [InlineData("v=spf1 a -all", "192.0.2.10", SpfResult.Pass)]
    [InlineData("v=spf1 a -all", "192.0.2.11", SpfResult.Pass)]
    [InlineData("v=spf1 a -all", "192.0.2.12", SpfResult.Fail)]
    [InlineData("v=spf1 a:example.org -all", "192.0.2.10", SpfResult.Fail)]
    [InlineData("v=spf1 mx -all", "192.0.2.129", SpfResult.Pass)]
    [InlineData("v=spf1 mx -all", "192.0.2.130", SpfResult.Pass)]
    [InlineData("v=spf1 mx -all", "192.0.2.131", SpfResult.Fail)]
    [InlineData("v=spf1 mx:example.org -all", "192.0.2.140", SpfResult.Pass)]
    [InlineData("v=spf1 mx mx:example.org -all", "192.0.2.129", SpfResult.Pass)]
    [InlineData("v=spf1 mx mx:example.org -all", "192.0.2.140", SpfResult.Pass)]
    [InlineData("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131", SpfResult.Pass)]
    [InlineData("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.143", SpfResult.Pass)]
    [InlineData("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.144", SpfResult.Fail)]
    [InlineData("v=spf1 ptr -all", "192.0.2.10", SpfResult.Pass)]
    [InlineData("v=spf1 ptr -all", "192.0.2.65", SpfResult.Pass)]
    [InlineData("v=spf1 ptr -all", "192.0.2.140", SpfResult.Fail)]
    [InlineData("v=spf1 ptr -all", "10.0.0.4", SpfResult.Fail)]
    [InlineData("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65", SpfResult.Fail)]
    [InlineData("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", SpfResult.Pass)]
    public async Task Simple_records_of_appendix_A(string record, string client, SpfResult expected) =>
        (await CheckAsync(Zone(record), client, "bob@example.com")).Result.ShouldBe(expected);

    [Fact]
    public async Task Several_domains_share_one_record()
    {
        var zone = new ZoneLookup()
            .Add("example.org", DnsRecordType.Txt, "v=spf1 include:example.com include:example.net -all")
            .Add("la.example.org", DnsRecordType.Txt, "v=spf1 redirect=example.org")
            .Add("example.com", DnsRecordType.Txt, "v=spf1 ip4:192.0.2.1 -all")
            .Add("example.net", DnsRecordType.Txt, "v=spf1 ip4:192.0.2.2 -all");
        (await CheckAsync(zone, "192.0.2.2", "a@la.example.org")).Result.ShouldBe(SpfResult.Pass);
        (await CheckAsync(zone, "192.0.2.3", "a@la.example.org")).Result.ShouldBe(SpfResult.Fail);
    }

    [Fact]
    public async Task Blocklist_style_record_lets_some_users_send_from_elsewhere()
    {
        var zone = Zone("v=spf1 mx -exists:%{l}._spf.%{d} exists:%{i}.allow.%{d} -all")
            .Add("mary.mobile-users._spf.example.com", DnsRecordType.A, "127.0.0.2")
            .Add("joe._spf.example.com", DnsRecordType.A, "127.0.0.2")
            .Add("203.0.113.9.allow.example.com", DnsRecordType.A, "127.0.0.2");
        (await CheckAsync(zone, "203.0.113.9", "joe@example.com")).Result.ShouldBe(SpfResult.Fail);
        (await CheckAsync(zone, "203.0.113.9", "ann@example.com")).Result.ShouldBe(SpfResult.Pass);
    }

    // §7.4: strong-bad@email.example.com from 192.0.2.3, and from 2001:db8::cb01.
    [Theory]
    [InlineData("%{s}", "strong-bad@email.example.com")]
    [InlineData("%{o}", "email.example.com")]
    [InlineData("%{d}", "email.example.com")]
    [InlineData("%{d4}", "email.example.com")]
    [InlineData("%{d3}", "email.example.com")]
    [InlineData("%{d2}", "example.com")]
    [InlineData("%{d1}", "com")]
    [InlineData("%{dr}", "com.example.email")]
    [InlineData("%{d2r}", "example.email")]
    [InlineData("%{l}", "strong-bad")]
    [InlineData("%{l-}", "strong.bad")]
    [InlineData("%{lr}", "strong-bad")]
    [InlineData("%{lr-}", "bad.strong")]
    [InlineData("%{l1r-}", "strong")]
    [InlineData("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com")]
    [InlineData("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com")]
    [InlineData("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net")]
    [InlineData("%{h}", "mx.example.org")]
    [InlineData("%{S}", "strong-bad%40email.example.com")]
    [InlineData("%{p}", "unknown")]
    [InlineData("%%%_%-", "% %20")]
    public void Macros_of_section_7_4(string text, string expanded) => Expand(text, "192.0.2.3").ShouldBe(expanded);

    [Fact]
    public void Address_of_version_6_is_spread_into_digits() =>
        Expand("%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01")
            .ShouldBe("1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");

    private static string Expand(string text, string client)
    {
        var subject = SpfSubject.From(IPAddress.Parse(client), "strong-bad@email.example.com", "mx.example.org");
        var macro = SpfMacroText.Parse(text, out var problem);
        problem.ShouldBe("");
        return macro.Expand(letter => subject.ValueOf(letter, "email.example.com", "unknown", new SpfOptions()));
    }

    private static Task<SpfCheck> CheckAsync(ZoneLookup zone, string client, string mailFrom) =>
        new SpfEvaluator(zone).CheckAsync(IPAddress.Parse(client), mailFrom, "mx.example.org", TestContext.Current.CancellationToken);
}
