using System.Buffers;
using System.Text;
using System.Text.Json;
using Estafette.Core.Deliverability;
using Estafette.Inspection;
using Estafette.Protocols.Dns;
using Estafette.Testing.Dns;

namespace Estafette.Tests.Inspection;

public sealed class InspectionsTests
{
    internal static Inspections Create() =>
        new(
            new InspectionSources(
                TimeProvider.System,
                new InspectionResolvers(() => "127.0.0.1:9").Find,
                () => new SpamScorer(new SpamOptions(), TimeProvider.System)
            )
        );

    [Theory]
    [InlineData(
        "address",
        "Anne@Example.ORG",
        """{"valid":true,"normalized":"Anne@example.org","ascii":"Anne@example.org","smtputf8":false,"reason":null}"""
    )]
    [InlineData(
        "address",
        "élise@example.org",
        """{"valid":true,"normalized":"élise@example.org","ascii":null,"smtputf8":true,"reason":null}"""
    )]
    [InlineData("address", "anne", """{"valid":false,"normalized":null,"ascii":null,"smtputf8":false,"reason":"The address has no @."}""")]
    [InlineData("phone", "06 12 34 56 78", """{"valid":true,"e164":"+33612345678","region":"FR","type":"mobile"}""")]
    [InlineData("phone", "+32 2 555 12 12", """{"valid":true,"e164":"+3225551212","region":"BE","type":"fixed"}""")]
    [InlineData("phone", "0800 123 456", """{"valid":true,"e164":"+33800123456","region":"FR","type":"other"}""")]
    [InlineData("phone", "12", """{"valid":false,"e164":null,"region":null,"type":null}""")]
    [InlineData("sms", "ça va", """{"encoding":"ucs2","units":5,"parts":1}""")]
    [InlineData("useragent", "curl/8.5.0", """{"os":"Other","browser":"curl","device":"bot","bot":true}""")]
    [InlineData(
        "bounce",
        "550 5.1.1 User unknown",
        """{"kind":"bounce","recipients":[{"address":null,"class":"hard","status":"5.1.1","code":550,"reason":"unknown-user","action":"suppress","diagnostic":"550 5.1.1 User unknown"}]}"""
    )]
    [InlineData(
        "bounce",
        "450 4.2.0 Greylisted, try again later",
        """{"kind":"bounce","recipients":[{"address":null,"class":"transient","status":"4.2.0","code":450,"reason":"greylisted","action":"retry","diagnostic":"450 4.2.0 Greylisted, try again later"}]}"""
    )]
    [InlineData(
        "bounce",
        "250 2.0.0 OK",
        """{"kind":"delivered","recipients":[{"address":null,"class":null,"status":"2.0.0","code":250,"reason":null,"action":"none","diagnostic":"250 2.0.0 OK"}]}"""
    )]
    [InlineData("bounce", "", """{"kind":"none","recipients":[]}""")]
    [InlineData("bounce", "Hello you", """{"kind":"none","recipients":[]}""")]
    [InlineData(
        "bounce",
        "From: anne@example.org\nTo: unsubscribe+abc@news.example.net\nSubject: x\n\nplease",
        """{"kind":"unsubscribe","recipients":[{"address":"anne@example.org","class":null,"status":null,"code":null,"reason":null,"action":"suppress","diagnostic":""}]}"""
    )]
    [InlineData("dkim", "From: a@example.org\n\nx", """{"signatures":[]}""")]
    [InlineData("text", "<p>a <b>b</b></p><p>c</p>", """{"text":"a b\n\nc\n"}""")]
    [InlineData("text", "", """{"text":""}""")]
    [InlineData("template", "a {{b}} {{{b}}}", """{"output":"a  "}""")]
    public async Task Results_have_the_members_that_programs_read(string what, string input, string json)
    {
        (await JsonAsync(what, new InspectionRequest { Input = Encoding.UTF8.GetBytes(input) })).ShouldBe(json);
    }

    [Fact]
    public async Task Region_is_an_option_that_must_exist()
    {
        (await JsonAsync("phone", Read("""{"input":"0470 12 34 56","region":"be"}""", "phone"))).ShouldContain("\"e164\":\"+32470123456\"");
        (await JsonAsync("phone", Read("""{"input":"+32470123456","region":"zz"}""", "phone"))).ShouldContain("\"e164\":\"+32470123456\"");
        (await ErrorAsync("phone", Read("""{"input":"0470 12 34 56","region":"zz"}""", "phone"))).ShouldContain("'zz'");
    }

    [Fact]
    public async Task Html_is_processed_and_its_changes_are_told()
    {
        var json = await JsonAsync("html", Read("""{"input":"<p onclick=x>a<script>b</script></p>"}""", "html"));
        json.ShouldContain("UNSUBSCRIBE_URL");
        json.ShouldContain("""{"kind":"script-removed","detail":"script","count":1}""");
        (await ErrorAsync("html", Read("""{"input":"<p>\n{{#if a}}</p>"}""", "html"))).ShouldStartWith("line 2: ");
    }

    [Theory]
    [InlineData("{{#each items}}{{@index}}{{name}}{{#if last}}!{{else}},{{/if}}{{/each}}", "0a,1b!")]
    [InlineData("{{#with who}}{{first}} {{../title}}{{/with}}", "Anne Dr")]
    [InlineData("{{#unless no}}x{{/unless}}{{missing}}{{title}}", "xDr")]
    [InlineData("{{number}} {{{html}}} {{html}}", "1.5 <b> &lt;b&gt;")]
    public async Task Templates_are_rendered_with_data(string template, string output)
    {
        var data = """{"items":[{"name":"a"},{"name":"b","last":true}],"who":{"first":"Anne"},"title":"Dr","number":1.5,"html":"<b>"}""";
        var line = $$"""{"input":{{JsonSerializer.Serialize(template)}},"data":{{data}}}""";
        var result = JsonDocument.Parse(await JsonAsync("template", Read(line, "template"))).RootElement;
        result.GetProperty("output").GetString().ShouldBe(output);
    }

    [Theory]
    [InlineData("""{"input":"a\n{{#if b}}"}""", "line 2: ")]
    [InlineData("""{"input":"a","data":"{"}""", "The data are no JSON, line 1")]
    [InlineData("""{"input":"a","data":{"b":"\udc00"}}""", "surrogate")]
    [InlineData("""{"input":"a","data":[1]}""", "'data' is no JSON object")]
    [InlineData(
        """{"input":"{{#each a}}{{#each ../a}}{{#each ../../a}}x{{/each}}{{/each}}{{/each}}","data":{"a":[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0]}}""",
        "steps"
    )]
    public async Task Faults_of_templates_are_errors(string line, string error) =>
        (await ErrorAsync("template", line)).ShouldContain(error);

    [Fact]
    public async Task Spf_and_dkim_ask_the_resolver_of_the_request()
    {
        await using var dns = FakeDnsServer.Start().Add("example.org", DnsRecordType.Txt, "v=spf1 ip4:192.0.2.1 -all");
        var asked = $$"""{"ip":"192.0.2.1","from":"a@example.org","dns":"localhost:{{dns.EndPoint.Port}}"}""";
        (await JsonAsync("spf", Read(asked, "spf"))).ShouldStartWith("""{"result":"pass","reason":""");
        (await JsonAsync("spf", Read(asked.Replace("192.0.2.1", "192.0.2.9"), "spf"))).ShouldContain("\"result\":\"fail\"");
        (await JsonAsync("spf", Read(asked.Replace("\"from\"", "\"input\""), "spf"))).ShouldContain("\"lookups\":0");
    }

    [Theory]
    [InlineData("spf", """{"from":"a@example.org"}""", "'ip' is missing")]
    [InlineData("spf", """{"ip":"1","from":"a@example.org"}""", "'ip' is no IP address")]
    [InlineData("spf", """{"ip":"192.0.2.1","from":"a@example.org","dns":"resolver.example:53"}""", "'dns' is no resolver")]
    [InlineData("webhook", """{"input":"[]"}""", "'provider' is missing")]
    [InlineData("webhook", """{"input":"[]","provider":"x"}""", "unknown")]
    [InlineData("webhook", """{"input":"{","provider":"postmark"}""", "JSON")]
    [InlineData("webhook", """{"input":"[]","provider":"mailjet","headers":{"a":1}}""", "'headers' is no text")]
    [InlineData("webhook", """{"input":"[]","provider":"mailjet","query":[]}""", "'query' is no object")]
    [InlineData("address", """{"input":"/w==","encoding":"base64"}""", "not UTF-8")]
    [InlineData("address", """{"input":"a","encoding":"base64"}""", "not Base64")]
    [InlineData("text", """{"input":"a","language":"de"}""", "'de'")]
    [InlineData("address", """{}""", "'input' is missing")]
    [InlineData("address", """3""", "object is expected")]
    public async Task Wrong_options_are_named(string what, string line, string error) =>
        (await ErrorAsync(what, line)).ShouldContain(error);

    [Fact]
    public async Task Webhooks_are_authenticated_and_read()
    {
        var line = """
            {"provider":"Postmark","secret":"u:p","url":"https://example.org/hook","headers":{"Authorization":["Basic dTpw"]},
            "input":"{\"RecordType\":\"Delivery\",\"MessageID\":\"m1\",\"Recipient\":\"anne@example.org\",\"DeliveredAt\":\"2026-05-04T10:00:00Z\",\"Tag\":\"news\",\"Metadata\":{\"a\":\"b\"}}"}
            """;
        var result = JsonDocument.Parse(await JsonAsync("webhook", Read(line, "webhook"))).RootElement;
        result.GetProperty("authenticated").GetBoolean().ShouldBeTrue();
        var read = result.GetProperty("events")[0];
        read.GetProperty("event").GetString().ShouldBe("delivered");
        read.GetProperty("timestamp").GetString().ShouldBe("2026-05-04T10:00:00Z");
        read.GetProperty("messageId").GetString().ShouldBe("m1");
        read.GetProperty("metadata").GetProperty("a").GetString().ShouldBe("b");
        read.GetProperty("tags")[0].GetString().ShouldBe("news");
        (await JsonAsync("webhook", Read(line.Replace("dTpw", "eHg="), "webhook"))).ShouldStartWith(
            """{"authenticated":false,"events":[{"""
        );
    }

    [Fact]
    public async Task Spam_test_tells_its_rules()
    {
        var json = await JsonAsync(
            "spam",
            Read("""{"input":"From: a@example.org\nSubject: YOU HAVE WON!!!\n\nYou have won a lottery"}""", "spam")
        );
        json.ShouldStartWith("""{"score":""");
        json.ShouldContain("""{"name":""");
    }

    [Fact]
    public async Task Nothing_that_is_given_breaks_an_inspection()
    {
        var random = new Random(7);
        var inspections = Create();
        foreach (var what in Inspections.Names.Where(w => !Inspections.Waits(w)))
            for (var i = 0; i < 60; i++)
            {
                var bytes = new byte[random.Next(300)];
                random.NextBytes(bytes);
                var request = new InspectionRequest
                {
                    Input = bytes,
                    Provider = "sendgrid",
                    Data = bytes,
                };
                var inspected = await inspections.RunAsync(what, request, default);
                (inspected.Error ?? "").ShouldNotContain("Unexpected");
            }
    }

    private static InspectionRequest Read(string line, string what)
    {
        using var json = JsonDocument.Parse(line);
        return InspectionReader.Read(json.RootElement, what, new InspectionRequest());
    }

    private static async Task<string> JsonAsync(string what, InspectionRequest request)
    {
        var inspected = await Create().RunAsync(what, request, default);
        inspected.Error.ShouldBeNull();
        var buffer = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(buffer, InspectionJson.Line))
            InspectionJson.Write(json, inspected.Result!);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static async Task<string> ErrorAsync(string what, InspectionRequest request) =>
        (await Create().RunAsync(what, request, default)).Error ?? "no error";

    private static async Task<string> ErrorAsync(string what, string line)
    {
        try
        {
            return await ErrorAsync(what, Read(line, what));
        }
        catch (InspectionFaultException fault)
        {
            return fault.Message;
        }
    }
}
