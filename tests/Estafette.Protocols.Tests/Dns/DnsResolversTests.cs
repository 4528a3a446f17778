using System.Net;
using Estafette.Protocols.Dns;
using Estafette.Testing;

namespace Estafette.Protocols.Tests.Dns;

public sealed class DnsResolversTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1:53")]
    [InlineData("192.0.2.1:5353", "192.0.2.1:5353")]
    [InlineData("::1", "[::1]:53")]
    [InlineData("[::1]", "[::1]:53")]
    [InlineData("[::1]:54", "[::1]:54")]
    [InlineData("2001:db8::5:53", "[2001:db8::5:53]:53")]
    public void Address_is_read(string text, string expected)
    {
        DnsResolvers.TryParse(text, out var resolver).ShouldBeTrue();
        resolver.ShouldBe(IPEndPoint.Parse(expected));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("1")]
    [InlineData("127.1")]
    [InlineData("dns.example")]
    [InlineData("192.0.2.1:0")]
    [InlineData("192.0.2.1:65536")]
    [InlineData("192.0.2.1:")]
    [InlineData("[192.0.2.1]:53")]
    [InlineData("[::1]:x")]
    [InlineData("[::1")]
    public void What_is_no_address_is_refused(string? text) => DnsResolvers.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void Setting_holds_several()
    {
        DnsResolvers
            .Parse("192.0.2.1, [::1]:54;192.0.2.2:5")
            .Select(r => r.ToString())
            .ShouldBe(["192.0.2.1:53", "[::1]:54", "192.0.2.2:5"]);
        Should.Throw<FormatException>(() => DnsResolvers.Parse("192.0.2.1, nowhere")).Message.ShouldContain("'nowhere'");
    }

    [Fact]
    public async Task Resolvers_of_the_system_are_the_nameserver_lines()
    {
        using var folder = new TemporaryDirectory();
        var file = Path.Combine(folder.Path, "resolv.conf");
        await File.WriteAllTextAsync(
            file,
            "# nameserver 192.0.2.9\nsearch x.test\nnameserver 192.0.2.1\n nameserver\t::1 \nnameserver nonsense\noptions edns0\n",
            TestContext.Current.CancellationToken
        );
        DnsResolvers.FromSystem(file).Select(r => r.ToString()).ShouldBe(["192.0.2.1:53", "[::1]:53"]);
    }

    [Fact]
    public void Without_a_file_the_resolver_of_this_machine_is_taken() =>
        DnsResolvers.FromSystem("/nonexistent/resolv.conf").ShouldHaveSingleItem().ToString().ShouldBe("127.0.0.1:53");

    [Theory]
    [InlineData("192.0.2.10", "10.2.0.192.in-addr.arpa")]
    [InlineData("::ffff:192.0.2.10", "10.2.0.192.in-addr.arpa")]
    [InlineData("2001:db8::ab", "b.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public void Reverse_name_of_an_address(string address, string name) => DnsName.Reverse(IPAddress.Parse(address)).ShouldBe(name);
}
