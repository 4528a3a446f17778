using Estafette.Protocols.Dns;
using Estafette.Testing.Dns;

namespace Estafette.Protocols.Tests.Dns;

/// <summary>Our client against Debian's nsd.</summary>
[Trait("Category", "RealServers")]
public sealed class DnsNsdTests
{
    [Fact]
    public async Task Zone_of_a_real_server_is_read()
    {
        var longText = string.Concat(Enumerable.Range(0, 400).Select(i => $"{i:D4}-long"));
        var pieces = string.Join(' ', longText.Chunk(250).Select(c => $"\"{new string(c)}\""));
        await using var server = await NsdServer.StartAsync(
            new Dictionary<string, string>
            {
                ["x.test"] = $"""
                @ A 127.0.0.1
                @ AAAA ::1
                @ MX 10 mx
                mx A 127.0.0.1
                @ TXT "v=spf1 ip4:127.0.0.1 " "-all"
                www CNAME mx
                away CNAME host.y.test.
                gone CNAME nothing
                null MX 0 .
                _25._tcp.mx TLSA 3 1 1 00112233
                long TXT {pieces}
                """,
                ["y.test"] = "host A 127.0.0.3",
            }
        );
        var client = new DnsClient(new DnsClientOptions { Resolvers = [server.EndPoint] });

        async Task<string> ValueAsync(string name, DnsRecordType type)
        {
            var answer = await client.LookupAsync(name, type, TestContext.Current.CancellationToken);
            return answer.Outcome == DnsOutcome.Found
                ? string.Join('|', answer.Records.Select(r => $"{r.Preference} {r.Value}"))
                : $"{answer.Outcome}";
        }

        (await ValueAsync("x.test", DnsRecordType.A)).ShouldBe("0 127.0.0.1");
        (await ValueAsync("x.test", DnsRecordType.Aaaa)).ShouldBe("0 ::1");
        (await ValueAsync("x.test", DnsRecordType.Mx)).ShouldBe("10 mx.x.test");
        (await ValueAsync("x.test", DnsRecordType.Ns)).ShouldBe("0 ns.x.test");
        (await ValueAsync("x.test", DnsRecordType.Soa)).ShouldBe("0 ns.x.test");
        (await ValueAsync("x.test", DnsRecordType.Txt)).ShouldBe("0 v=spf1 ip4:127.0.0.1 -all");
        (await ValueAsync("www.x.test", DnsRecordType.A)).ShouldBe("0 127.0.0.1");
        (await ValueAsync("away.x.test", DnsRecordType.A)).ShouldBe("0 127.0.0.3");
        (await ValueAsync("gone.x.test", DnsRecordType.A)).ShouldBe("NoSuchName");
        (await ValueAsync("null.x.test", DnsRecordType.Mx)).ShouldBe("0 ");
        (await ValueAsync("_25._tcp.mx.x.test", DnsRecordType.Tlsa)).ShouldBe("0 3 1 1 00112233");
        (await ValueAsync("long.x.test", DnsRecordType.Txt)).ShouldBe("0 " + longText);
        (await ValueAsync("mx.x.test", DnsRecordType.Txt)).ShouldBe("NoRecords");
        (await ValueAsync("nobody.x.test", DnsRecordType.A)).ShouldBe("NoSuchName");
        (await ValueAsync("else.where", DnsRecordType.A)).ShouldBe("Failed");
    }
}
