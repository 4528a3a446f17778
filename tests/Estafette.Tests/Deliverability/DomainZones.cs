using Estafette.Core.Deliverability;
using Estafette.Protocols.Dkim;
using Estafette.Testing.Dns;

namespace Estafette.Tests.Deliverability;

/// <summary>A real name server with the zones of customers who did well and of those who did not.</summary>
public sealed class DomainZones : IAsyncLifetime
{
    public static readonly DkimKey Key = DkimKey.Generate();
    private static readonly DkimKey Stranger = DkimKey.Generate();
    private NsdServer? _server;

    internal DnsOptions Options =>
        new()
        {
            Resolvers = $"{_server!.Host}:{_server.Port}",
            SpfInclude = "spf.esp.test",
            SendingAddresses = "192.0.2.1;192.0.2.2;192.0.2.3",
            ReturnDomain = "bounce.esp.test",
        };

    public string Resolver => $"{_server!.Host}:{_server.Port}";

    public async ValueTask InitializeAsync()
    {
        const string ours = "include:spf.esp.test";
        var key = Key.ZoneFileValue;
        _server = await NsdServer.StartAsync(
            new Dictionary<string, string>
            {
                ["esp.test"] = $"""
                spf TXT "v=spf1 ip4:192.0.2.0/29 -all"
                bounce MX 10 mail
                bounce TXT "v=spf1 ip4:192.0.2.0/29 -all"
                mail A 192.0.2.1
                other A 192.0.2.99
                ours._domainkey TXT ( {key} )
                """,
                ["right.test"] = $"""
                @ TXT "v=spf1 {ours} -all"
                @ TXT "something else"
                @ MX 10 mail
                mail A 127.0.0.1
                s1._domainkey TXT ( {key} )
                _dmarc TXT "v=DMARC1; p=reject"
                news TXT "V=SPF1 {ours} -all"
                news A 127.0.0.1
                """,
                ["missing.test"] = "www A 127.0.0.1",
                ["two.test"] = $"""
                @ TXT "v=spf1 {ours} -all"
                @ TXT "v=spf1 mx ~all"
                @ MX 0 .
                s1._domainkey TXT ( {key} )
                s1._domainkey TXT ( {Stranger.ZoneFileValue} )
                _dmarc TXT "v=DMARC1; p=none"
                _dmarc TXT "v=DMARC1; p=reject"
                """,
                ["bad.test"] = $"""
                @ TXT "v=spf1 ip4:203.0.113.9 a:mail.bad.test -all"
                @ A 127.0.0.1
                s1._domainkey TXT ( {Stranger.ZoneFileValue} )
                _dmarc TXT "v=DMARC1; p=perhaps"
                """,
                ["nested.test"] = $"""
                @ TXT "v=spf1 include:inner.nested.test -all"
                inner TXT "v=spf1 a:none.nested.test include:deep.nested.test ?all"
                deep TXT "v=spf1 {ours} ?all"
                s1._domainkey TXT "v=DKIM1; p="
                _dmarc TXT "v=DMARC1; p=none"
                """,
                ["redirect.test"] = """
                @ TXT "v=spf1 redirect=spf.esp.test"
                s1._domainkey CNAME ours._domainkey.esp.test.
                """,
                ["broken.test"] = """@ TXT "v=spf1 include:nothing.missing.test ~all" """,
                ["many.test"] = """@ TXT "v=spf1 a a a a a a a a a a include:spf.esp.test ~all" """,
                ["away.test"] = """@ TXT "v=spf1 include:spf.refused.example ~all" """,
                ["2.0.192.in-addr.arpa"] = """
                1 PTR mail.esp.test.
                2 PTR other.esp.test.
                """,
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
