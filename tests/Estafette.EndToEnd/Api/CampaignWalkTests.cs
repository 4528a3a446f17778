using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Estafette.EndToEnd.Cli;
using Estafette.Testing;
using Estafette.Testing.Dns;
using Estafette.Testing.Postfix;
using Estafette.Testing.Smtp;
using Estafette.Testing.Spam;

namespace Estafette.EndToEnd.Api;

/// <summary>
/// A campaign as a program runs it with nothing but the page of the API: the built program over mutual TLS, a real name server with the zones, a real
/// Postfix that delivers and bounces, a real spamd. Nobody touches the database.
/// </summary>
[Trait("Category", "EndToEnd")]
public sealed partial class CampaignWalkTests : IAsyncLifetime
{
    private const string Return = "bounce.esp.test";
    private const string Gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

    private NsdServer _dns = null!;
    private SpamdServer _spamd = null!;
    private PostfixServer _postfix = null!;
    private FakeSmtpServer _gone = null!;
    private EstafetteProcess _estafette = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _dns = await NsdServer.StartAsync(
            new Dictionary<string, string>
            {
                ["esp.test"] =
                    "spf TXT \"v=spf1 ip4:127.0.0.1 -all\"\nbounce MX 10 mail\nbounce TXT \"v=spf1 ip4:127.0.0.1 -all\"\nmail A 127.0.0.1",
                ["acme.test"] = "@ SOA ns root 1 60 60 60 1\n@ NS ns\nns A 127.0.0.1\n@ MX 10 ns\n@ TXT \"v=spf1 ip4:192.0.2.1 -all\"",
                ["y.test"] = "@ MX 10 mx\nmx A 127.0.0.1",
                ["gone.test"] = "@ MX 10 mx\nmx A 127.0.0.1",
            }
        );
        _spamd = await SpamdServer.StartAsync();
        var inbound = FreePort();
        _estafette = new EstafetteProcess
        {
            Settings =
            [
                "--Api:TlsListen=127.0.0.1:0",
                $"--Dns:Resolvers=127.0.0.1:{_dns.Port}",
                $"--Dns:ReturnDomain={Return}",
                "--Dns:SpfInclude=spf.esp.test",
                "--Dns:SendingAddresses=127.0.0.1",
                $"--Inbound:Listen=127.0.0.1:{inbound}",
                $"--Spam:Spamd=127.0.0.1:{_spamd.Port}",
                "--Network:AllowPrivateAddresses=true",
                "--Delivery:PollMilliseconds=50",
            ],
        };
        (await _estafette.RunAsync("customer", "add", "Maison Alba")).Succeeded();
        await _estafette.StartServerAsync();
        var issued = (await _estafette.RunAsync("cert", "issue", "--name", "erp", "--json")).Succeeded().Json;
        var authority = (await _estafette.RunAsync("cert", "authority")).Succeeded().Output;
        _http = MutualTls.Client(await LoggedAsync(HttpsAddress()), issued, authority);
        _gone = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(FakeSmtpScripts.At(FakeSmtpMoment.Rcpt, FakeSmtpAnswer.Reply("550 5.1.1 User unknown")))
        );
        _postfix = await PostfixServer.StartAsync(
            $"transport_maps = inline:{{{{gone.test = smtp:[127.0.0.1]:{_gone.Port}}},{{{Return} = smtp:[127.0.0.1]:{inbound}}}}}"
        );
        (
            await _estafette.RunAsync([
                .. Words("server add smtp postfix --host 127.0.0.1 --tls none --allow-private-address --set askReports=true --port"),
                $"{_postfix.Port}",
            ])
        ).Succeeded();
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_estafette is not null)
            await _estafette.DisposeAsync();
        if (_postfix is not null)
            await _postfix.DisposeAsync();
        if (_gone is not null)
            await _gone.DisposeAsync();
        await _spamd.DisposeAsync();
        await _dns.DisposeAsync();
    }

    [Fact]
    public async Task Program_runs_a_campaign_and_what_comes_back_ends_where_it_must()
    {
        var campaign = await CreateAsync();
        await RecipientsAsync(campaign);
        await MessageAsync(campaign);

        var before = await GetAsync(campaign.GetProperty("preview"));
        Strings(before.GetProperty("recipients"))
            .ShouldBe(["john@y.test", "jane@y.test", "paul@y.test", "zoe@y.test", "nobody@y.test", "fox@gone.test"], true);
        Strings(before.GetProperty("excluded_recipients")).ShouldBeEmpty();
        before.GetProperty("is_spam").GetBoolean().ShouldBeFalse();
        (await SendAsync("PATCH", campaign.GetProperty("url"), """{"status":"sending"}""")).Status.ShouldBe(200);

        var mails = campaign.GetProperty("mails");
        await Eventually.TrueAsync(async () => (await StatusesAsync(mails)).All(s => s.Value is "delivered" or "hardbounced"), Patience);
        var statuses = await StatusesAsync(mails);
        statuses.Where(s => s.Value == "hardbounced").Select(s => s.Key).ShouldBe(["nobody@y.test", "fox@gone.test"], ignoreOrder: true);
        (await GetAsync(campaign.GetProperty("url"))).GetProperty("status").GetString().ShouldBe("sent");

        await ComplainAsync("john@y.test");
        await UnsubscribeByMailAsync("jane@y.test");
        await UnsubscribeOnTheWebAsync("paul@y.test");
        var optOuts = new Uri($"/api/v1/customers/{campaign.GetProperty("customer").GetInt64()}/opt-outs/", UriKind.Relative);
        Dictionary<string, string> origins = [];
        await Eventually.TrueAsync(
            async () =>
            {
                origins = (await GetAsync(optOuts))
                    .EnumerateArray()
                    .ToDictionary(o => o.GetProperty("address").GetString()!, o => o.GetProperty("origin").GetString()!);
                return origins.Count >= 5;
            },
            Patience
        );
        origins.ShouldBe(
            new Dictionary<string, string>
            {
                ["john@y.test"] = "feedback-loop",
                ["jane@y.test"] = "mail",
                ["paul@y.test"] = "web",
                ["nobody@y.test"] = "bounce",
                ["fox@gone.test"] = "bounce",
            },
            ignoreOrder: true
        );
        // Who must not be written to again is left out of the next campaign.
        var next = await CreateAsync();
        await RecipientsAsync(next);
        await MessageAsync(next);
        var after = await GetAsync(next.GetProperty("preview"));
        Strings(after.GetProperty("recipients")).ShouldBe(["zoe@y.test"]);
        Strings(after.GetProperty("excluded_recipients")).Count.ShouldBe(5);
        // Owners heard of the start and the end, technical contacts of the opt-outs.
        await Eventually.TrueAsync(() => Task.FromResult(Received("chef@y.test").Count >= 2 && Received("it@y.test").Count >= 1), Patience);
    }

    [Fact]
    public async Task Spam_is_refused_and_says_why()
    {
        await PublishAsync();
        var campaign = (await SendAsync("POST", "/api/v1/campaigns/", Campaign)).Json;
        await SendAsync("POST", campaign.GetProperty("mails"), """{"to":"john@y.test"}""");
        var message = await SendAsync(
            "PUT",
            campaign.GetProperty("message"),
            JsonSerializer.Serialize(new { subject = "Bonjour", html = $"<h1>Une lettre</h1><p>{Gtube}</p>" })
        );
        message["is_spam"].GetBoolean().ShouldBeTrue();
        message["spam_score"].GetDouble().ShouldBeGreaterThan(900);
        var details = await GetAsync(message["spam_details"]);
        details.ToString().ShouldContain("GTUBE");
        var refused = await SendAsync("PATCH", campaign.GetProperty("url"), """{"status":"sending"}""");
        refused.Status.ShouldBe(400);
        refused.Json.ToString().ShouldContain("spam");
        (await GetAsync(campaign.GetProperty("url"))).GetProperty("status").GetString().ShouldBe("message_ok");
        _postfix.Messages().ShouldBeEmpty();
    }

    private const string Campaign = """
        {"name":"Newsletter de Juillet","sender_email":"newsletter@acme.test","sender_name":"Communication ACME chaussures",
         "tech_contacts":"it@y.test, com@y.test","owners":"chef@y.test"}
        """;

    /// <summary>The first is refused for its domain; what the program is told to publish makes it good.</summary>
    private async Task<JsonElement> CreateAsync()
    {
        var refused = await SendAsync("POST", "/api/v1/campaigns/", Campaign);
        if (refused.Status == 400)
        {
            Strings(refused["sender_email"])
                .ShouldBe(
                    ["Le champ SPF pour acme.test est mal configuré", "Pas de configuration DKIM pour le domaine acme.test"],
                    ignoreOrder: true
                );
            (await GetAsync(new Uri("/api/v1/campaigns/", UriKind.Relative))).GetArrayLength().ShouldBe(0);
            await PublishAsync();
            refused = await SendAsync("POST", "/api/v1/campaigns/", Campaign);
        }
        refused.Status.ShouldBe(201, refused.Json.ToString());
        refused["status"].GetString().ShouldBe("new");
        return refused.Json;
    }

    private async Task PublishAsync()
    {
        var known = (await GetAsync(new Uri("/api/v1/domains/", UriKind.Relative))).EnumerateArray().ToList();
        var domain = known.Count > 0 ? known[0] : (await SendAsync("POST", "/api/v1/domains/", """{"name":"acme.test"}""")).Json;
        var records = new StringBuilder("@ MX 10 ns\n");
        foreach (var record in domain.GetProperty("records").EnumerateArray().Where(r => r.GetProperty("type").GetString() == "TXT"))
            records.Append($"{record.GetProperty("name").GetString()}. TXT {Quoted(record.GetProperty("value").GetString()!)}\n");
        await _dns.ChangeAsync("acme.test", records.ToString());
        await Eventually.TrueAsync(
            async () =>
            {
                var state = (await SendAsync("POST", domain.GetProperty("url").GetString()! + "revalidate/", "")).Json;
                return state.GetProperty("spf_status").GetString() == "ok" && state.GetProperty("dkim_status").GetString() == "ok";
            },
            Patience
        );
    }

    private async Task RecipientsAsync(JsonElement campaign)
    {
        var mails = campaign.GetProperty("mails");
        (await SendAsync("POST", mails, """{"to":"john@y.test"}""")).Status.ShouldBe(201);
        // With the comma after the last one, as the page of the API has it.
        var batch = """
            [
              {"to" : "jane@y.test"},
              {"to" : "paul@y.test"},
              {"to" : "zoe@y.test"},
              {"to" : "nobody@y.test"},
              {"to" : "fox@gone.test"},
            ]
            """;
        (await SendAsync("POST", mails, batch)).Status.ShouldBe(201);
        var bad = await SendAsync("POST", mails, """{"to":"jenesuispasunemail"}""");
        bad.Status.ShouldBe(400);
        Strings(bad["to"]).ShouldBe(["Saisissez une adresse de courriel valide."]);
        (await SendAsync("POST", mails, """{"to":"x@nowhere.y.test"}""")).Status.ShouldBe(400);
    }

    private async Task MessageAsync(JsonElement campaign)
    {
        var message = await SendAsync(
            "PUT",
            campaign.GetProperty("message"),
            """{"subject":"Tu peux faire tout ce que tu veux","html":"<h1>Mais ne marche pas sur mes chaussures en su\u00e9dine bleue</h1>"}"""
        );
        message.Status.ShouldBe(201, message.Json.ToString());
        message["is_spam"].GetBoolean().ShouldBeFalse();
        var html = await _http.GetStringAsync(PathOf(message["html_preview"]));
        html.ShouldContain("chaussures en suédine bleue");
        (await _http.GetStringAsync(PathOf(message["plaintext_preview"]))).ShouldStartWith(
            "# Mais ne marche pas sur mes chaussures en suédine bleue"
        );
        (await GetAsync(campaign.GetProperty("url"))).GetProperty("status").GetString().ShouldBe("message_ok");
    }

    private async Task ComplainAsync(string person)
    {
        var original = Received(person).ShouldHaveSingleItem();
        var report = $"""
            From: fbl@provider.test
            To: abuse@{Return}
            Subject: complaint
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=feedback-report; boundary="b"

            --b
            Content-Type: text/plain

            This is an email abuse report.

            --b
            Content-Type: message/feedback-report

            Feedback-Type: abuse
            User-Agent: Provider/1
            Version: 1

            --b
            Content-Type: message/rfc822

            {original.ReplaceLineEndings("\n")}
            --b--
            """;
        await _postfix.SubmitAsync("fbl@provider.test", $"abuse@{Return}", report);
    }

    private async Task UnsubscribeByMailAsync(string person)
    {
        var address = Mailto().Match(UnsubscribeOf(person)).Groups[1].Value;
        await _postfix.SubmitAsync(person, address, $"From: {person}\nTo: {address}\nSubject: unsubscribe\n\nunsubscribe\n");
    }

    private async Task UnsubscribeOnTheWebAsync(string person)
    {
        using var handler = new SocketsHttpHandler();
        using var plain = new HttpClient(handler) { BaseAddress = _estafette.Address };
        var link = new Uri(WebLink().Match(UnsubscribeOf(person)).Groups[1].Value);
        using var content = new StringContent("List-Unsubscribe=One-Click", Encoding.ASCII, "application/x-www-form-urlencoded");
        (await plain.PostAsync(link.PathAndQuery, content)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private string UnsubscribeOf(string person)
    {
        var unfolded = Fold().Replace(Received(person).ShouldHaveSingleItem().ReplaceLineEndings("\n"), " ");
        return unfolded.Split('\n').Single(l => l.StartsWith("List-Unsubscribe:", StringComparison.OrdinalIgnoreCase));
    }

    private List<string> Received(string person) =>
        [.. _postfix.Messages().Where(m => m.Contains($"\nTo: {person}", StringComparison.OrdinalIgnoreCase))];

    private async Task<Dictionary<string, string>> StatusesAsync(JsonElement mails) =>
        (await GetAsync(mails))
            .EnumerateArray()
            .ToDictionary(m => m.GetProperty("to").GetString()!, m => m.GetProperty("last_status").GetProperty("status").GetString()!);

    private Task<JsonElement> GetAsync(JsonElement url) => GetAsync(PathOf(url));

    private async Task<JsonElement> GetAsync(Uri path) => JsonSerializer.Deserialize<JsonElement>(await _http.GetStringAsync(path));

    private Task<Answer> SendAsync(string method, JsonElement url, string body) => SendAsync(method, url.GetString()!, body);

    private async Task<Answer> SendAsync(string method, string url, string body)
    {
        var path = Uri.TryCreate(url, UriKind.Absolute, out var whole) && whole.Scheme != "file" ? whole.PathAndQuery : url;
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(body) };
        request.Content.Headers.ContentType = null;
        using var answer = await _http.SendAsync(request);
        return new Answer((int)answer.StatusCode, JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()));
    }

    private sealed record Answer(int Status, JsonElement Json)
    {
        public JsonElement this[string name] => Json.GetProperty(name);
    }

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static Uri PathOf(JsonElement url) => new(new Uri(url.GetString()!).PathAndQuery, UriKind.Relative);

    private static string[] Words(string line) => line.Split(' ');

    private static List<string> Strings(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetString()!)];

    // A character string holds 255 octets at most (RFC 1035 §3.3).
    private static string Quoted(string text) => string.Join(' ', text.Chunk(200).Select(c => $"\"{new string(c)}\""));

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private async Task<string> LoggedAsync(Regex pattern)
    {
        await Eventually.TrueAsync(() => Task.FromResult(pattern.IsMatch(_estafette.Log)), Patience);
        return pattern.Match(_estafette.Log).Groups[1].Value;
    }

    [GeneratedRegex(@"(https://127\.0\.0\.1:\d+)")]
    private static partial Regex HttpsAddress();

    [GeneratedRegex(@"<mailto:([^?>]+)")]
    private static partial Regex Mailto();

    [GeneratedRegex(@"<(https?://[^>]+)>")]
    private static partial Regex WebLink();

    [GeneratedRegex(@"\n[ \t]+")]
    private static partial Regex Fold();
}
