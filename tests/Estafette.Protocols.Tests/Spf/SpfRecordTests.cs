using Estafette.Protocols.Spf;
using FsCheck;
using FsCheck.Fluent;

namespace Estafette.Protocols.Tests.Spf;

public sealed class SpfRecordTests
{
    [Theory]
    [InlineData("v=spf1", true)]
    [InlineData("V=SpF1 -all", true)]
    [InlineData("v=spf1 ", true)]
    [InlineData("v=spf10 -all", false)]
    [InlineData("v=spf1-all", false)]
    [InlineData("v=spf1\t-all", false)]
    [InlineData(" v=spf1 -all", false)]
    [InlineData("v=spf2.0/pra -all", false)]
    public void Record_is_known_by_its_version(string text, bool expected) => SpfRecord.IsSpf(text).ShouldBe(expected);

    [Fact]
    public void Terms_are_read_with_their_places()
    {
        var record = SpfRecord.Parse("v=spf1  a:x.test/24//64 -ip4:192.0.2.0/25 ?ip6:2001:db8::/32 exp=e.%{d} ~ALL ");
        record.Faults.ShouldBeEmpty();
        record
            .Terms.Select(t => (t.Kind, t.Result, t.Position))
            .ShouldBe([
                (SpfTermKind.A, SpfResult.Pass, 8),
                (SpfTermKind.Ip4, SpfResult.Fail, 24),
                (SpfTermKind.Ip6, SpfResult.Neutral, 42),
                (SpfTermKind.Explanation, SpfResult.Neutral, 61),
                (SpfTermKind.All, SpfResult.SoftFail, 72),
            ]);
        var a = record.Terms[0];
        (a.Domain, a.Ip4Prefix, a.Ip6Prefix).ShouldBe(("x.test", 24, 64));
        record.Terms[1].Address!.ToString().ShouldBe("192.0.2.0");
        record.Explanation!.Domain.ShouldBe("e.%{d}");
    }

    [Theory]
    [InlineData("a")]
    [InlineData("A")]
    [InlineData("a/0")]
    [InlineData("a//0")]
    [InlineData("a//128")]
    [InlineData("a:%{d}/24")]
    [InlineData("a:%{l/}.x.test")]
    [InlineData("a:foo:bar/baz.example.com")]
    [InlineData("a:foo.example.xn--zckzah")]
    [InlineData("a:x.a-1")]
    [InlineData("a:example.com.")]
    [InlineData("mx:x.test//64")]
    [InlineData("ptr:x.test")]
    [InlineData("exists:%{ir}.%{v}.%{d123456789012345678901234567890r}")]
    [InlineData("exists:x%%")]
    [InlineData("include:_spf.x.test")]
    [InlineData("ip4:0.0.0.0/0")]
    [InlineData("ip6:::ffff:192.0.2.1")]
    [InlineData("ip6:::1/0")]
    [InlineData("redirect=x.test")]
    [InlineData("Redirect=%{d}")]
    [InlineData("moo.cow-far_out=man:dog/cat")]
    [InlineData("ip4=192.0.2.1")]
    [InlineData("unknown=")]
    public void Term_is_good(string term) => SpfRecord.Parse("v=spf1 " + term).Faults.ShouldBeEmpty();

    [Theory]
    [InlineData("all:x.test")]
    [InlineData("all/8")]
    [InlineData("-all.")]
    [InlineData("alll")]
    [InlineData("+-all")]
    [InlineData("-")]
    [InlineData("a:")]
    [InlineData("a:museum")]
    [InlineData("a:museum.")]
    [InlineData("a:111.222.33.44")]
    [InlineData("a:example.-com")]
    [InlineData("a:example.com-")]
    [InlineData("a:example.com:8080")]
    [InlineData("a:x.test/")]
    [InlineData("a:x.test//")]
    [InlineData("a:x.test/33")]
    [InlineData("a:x.test/024")]
    [InlineData("a:x.test//129")]
    [InlineData("a//33/64")]
    [InlineData("a/24/64")]
    [InlineData("a:%{d}.")]
    [InlineData("a:%{d}com")]
    [InlineData("mx:")]
    [InlineData("ptr:")]
    [InlineData("ptr/24")]
    [InlineData("include")]
    [InlineData("include:")]
    [InlineData("include:x.test/24")]
    [InlineData("exists")]
    [InlineData("exists:x.test/24")]
    [InlineData("ip4")]
    [InlineData("ip4:")]
    [InlineData("ip4:1.2.3")]
    [InlineData("ip4:1.2.3.4.5")]
    [InlineData("ip4:01.2.3.4")]
    [InlineData("ip4:1.2.3.256")]
    [InlineData("ip4:1.2.3.4/33")]
    [InlineData("ip4:1.2.3.4/032")]
    [InlineData("ip4:1.2.3.4/")]
    [InlineData("ip4:1.2.3.4//32")]
    [InlineData("ip4:1.2.3.4:8080")]
    [InlineData("ip4:2001:db8::1")]
    [InlineData("ip4:x.test")]
    [InlineData("ip6:192.0.2.1")]
    [InlineData("ip6:[2001:db8::1]")]
    [InlineData("ip6:fe80::1%1")]
    [InlineData("ip6:2001:db8::/129")]
    [InlineData("ip6:2001:db8::/-1")]
    [InlineData("exists:%(d).x.test")]
    [InlineData("exists:%{}.x.test")]
    [InlineData("exists:%{x}.x.test")]
    [InlineData("exists:%{d0}.x.test")]
    [InlineData("exists:%{d.r}.x.test")]
    [InlineData("exists:%{d2rr}.x.test")]
    [InlineData("exists:%{d;}.x.test")]
    [InlineData("exists:%{d")]
    [InlineData("exists:x.test%")]
    [InlineData("exists:%{c}.x.test")]
    [InlineData("exists:%{r}.x.test")]
    [InlineData("exists:%{t}.x.test")]
    [InlineData("redirect=")]
    [InlineData("redirect=x")]
    [InlineData("-redirect=x.test")]
    [InlineData("redirect:x.test")]
    [InlineData("redirect=x.test redirect=x.test")]
    [InlineData("exp=")]
    [InlineData("exp=%{r}.x.test")]
    [InlineData("exp=x.test exp=y.test")]
    [InlineData("=all")]
    [InlineData(".foo=bar")]
    [InlineData("2foo=bar")]
    [InlineData("foo=%{x}")]
    [InlineData("foo=%abc")]
    [InlineData("ip4:1.2.3.4\tall")]
    [InlineData("a:é.test")]
    [InlineData("a:x\0.test")]
    public void Term_is_a_fault(string term)
    {
        var fault = SpfRecord.Parse("v=spf1 " + term).Faults.ShouldHaveSingleItem();
        fault.Position.ShouldBeGreaterThanOrEqualTo(7);
        fault.Problem.ShouldNotBeEmpty();
    }

    [Fact]
    public void Redirect_is_hidden_by_all_wherever_it_stands()
    {
        SpfRecord.Parse("v=spf1 redirect=x.test -all").Redirect.ShouldBeNull();
        SpfRecord.Parse("v=spf1 redirect=x.test mx").Redirect!.Domain.ShouldBe("x.test");
    }

    [Fact]
    public void Any_text_is_read_without_exception() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<string>(),
                text => SpfRecord.Parse("v=spf1 " + text + " a:%{" + text + "}.x.test exists:" + text).Text.Length > 0
            )
            .QuickCheckThrowOnFailure();
}
