using System.Globalization;
using Estafette.Core.Deliverability;

namespace Estafette.Tests.Deliverability;

/// <summary>The checks of a domain against a real name server.</summary>
[Trait("Category", "RealServers")]
public sealed class DomainChecksTests(DomainZones zones) : IClassFixture<DomainZones>
{
    private static readonly ExpectedKey Key = new(CheckSubject.Dkim, "s1", DomainZones.Key.RecordValue);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DomainChecks Checks(DnsOptions? options = null) =>
        new(zones.Options.CreateFreshClient(TimeProvider.System), options ?? zones.Options);

    [Theory]
    [InlineData("right.test", "spf-ok", DomainStatus.Ok)]
    [InlineData("news.right.test", "spf-ok", DomainStatus.Ok)]
    [InlineData("nested.test", "spf-ok", DomainStatus.Ok)]
    [InlineData("redirect.test", "spf-ok", DomainStatus.Ok)]
    [InlineData("missing.test", "spf-ko", DomainStatus.Ko)]
    [InlineData("nowhere.missing.test", "spf-ko", DomainStatus.Ko)]
    [InlineData("two.test", "spf-several", DomainStatus.Bad)]
    [InlineData("bad.test", "spf-bad", DomainStatus.Bad)]
    [InlineData("broken.test", "spf-broken", DomainStatus.Bad)]
    [InlineData("many.test", "spf-broken", DomainStatus.Bad)]
    [InlineData("refused.example", "dns-unknown", DomainStatus.Pending)]
    [InlineData("away.test", "dns-unknown", DomainStatus.Pending)]
    public async Task Spf_record_is_measured_against_our_include_domain(string domain, string code, DomainStatus status)
    {
        var options = zones.Options with { SendingAddresses = null };
        var found = await Checks(options).SpfAsync(domain, Token);
        (found.Code, found.Status).ShouldBe((code, status), found.Detail);
    }

    [Theory]
    [InlineData("right.test", "spf-ok")]
    [InlineData("bad.test", "spf-bad")]
    public async Task Spf_record_may_list_all_our_addresses_instead(string domain, string code)
    {
        var options = zones.Options with { SpfInclude = null };
        (await Checks(options).SpfAsync(domain, Token)).Code.ShouldBe(code);
    }

    [Theory]
    [InlineData("bad.test", "spf-valid")]
    [InlineData("broken.test", "spf-broken")]
    [InlineData("two.test", "spf-several")]
    [InlineData("missing.test", "spf-ko")]
    public async Task Without_addresses_of_ours_a_record_that_lets_somebody_send_will_do(string domain, string code)
    {
        var options = zones.Options with { SpfInclude = null, SendingAddresses = null };
        (await Checks(options).SpfAsync(domain, Token)).Code.ShouldBe(code);
    }

    [Fact]
    public async Task Words_say_what_to_write_and_keep_what_is_there()
    {
        var before = CultureInfo.CurrentUICulture;
        try
        {
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en");
            (await Checks().SpfAsync("bad.test", Token)).Text.ShouldEndWith(
                "v=spf1 include:spf.esp.test ip4:203.0.113.9 a:mail.bad.test -all"
            );
            (await Checks().SpfAsync("two.test", Token)).Text.ShouldEndWith("v=spf1 include:spf.esp.test mx -all");
            (await Checks().SpfAsync("missing.test", Token)).Text.ShouldEndWith("v=spf1 include:spf.esp.test ~all");
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("fr");
            (await Checks().SpfAsync("missing.test", Token)).Text.ShouldStartWith("missing.test n’a pas d’enregistrement SPF");
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    [Theory]
    [InlineData("right.test", "dkim-ok", DomainStatus.Ok)]
    [InlineData("redirect.test", "dkim-ok", DomainStatus.Ok)]
    [InlineData("missing.test", "dkim-ko", DomainStatus.Ko)]
    [InlineData("bad.test", "dkim-bad", DomainStatus.Bad)]
    [InlineData("two.test", "dkim-bad", DomainStatus.Bad)]
    [InlineData("nested.test", "dkim-revoked", DomainStatus.Bad)]
    [InlineData("refused.example", "dns-unknown", DomainStatus.Pending)]
    public async Task Published_key_is_compared_with_ours_through_aliases(string domain, string code, DomainStatus status)
    {
        var found = await Checks().DkimAsync(domain, Key, Token);
        (found.Code, found.Status).ShouldBe((code, status), found.Detail);
    }

    [Theory]
    [InlineData("right.test", true, "dmarc-ok")]
    [InlineData("news.right.test", true, "dmarc-inherited")]
    [InlineData("nested.test", true, "dmarc-watching")]
    [InlineData("right.test", false, "dmarc-unaligned")]
    [InlineData("missing.test", true, "dmarc-ko")]
    [InlineData("two.test", true, "dmarc-bad")]
    [InlineData("bad.test", true, "dmarc-bad")]
    [InlineData("refused.example", true, "dns-unknown")]
    public async Task Policy_of_the_domain_or_of_its_organisation_is_found(string domain, bool isSigned, string code) =>
        (await Checks().DmarcAsync(domain, isSigned, Token)).Code.ShouldBe(code);

    [Theory]
    [InlineData("right.test", "mx-ok")]
    [InlineData("bad.test", "mx-address")]
    [InlineData("two.test", "mx-null")]
    [InlineData("missing.test", "mx-ko")]
    [InlineData("refused.example", "dns-unknown")]
    public async Task Domain_that_cannot_receive_is_told(string domain, string code) =>
        (await Checks().MxAsync(domain, Token)).Code.ShouldBe(code);

    [Fact]
    public async Task Return_domain_and_names_of_our_addresses_are_looked_at_as_well()
    {
        var found = await Checks().CheckAsync("right.test", isSigned: true, [Key], Token);
        found.Select(f => f.Code).ShouldBe(["spf-ok", "dkim-ok", "dmarc-ok", "mx-ok", "return-ok", "ptr-ok", "ptr-bad", "ptr-ko"]);
    }

    [Fact]
    public async Task Nothing_is_looked_at_while_checks_are_off()
    {
        var options = zones.Options with { BypassChecks = true };
        (await Checks(options).CheckAsync("right.test", isSigned: true, [Key], Token)).ShouldBeEmpty();
    }
}
