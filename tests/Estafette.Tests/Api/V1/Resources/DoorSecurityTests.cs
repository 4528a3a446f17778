using System.Text;
using Estafette.Core.Accounts;
using Estafette.Tests.Api.V3;

namespace Estafette.Tests.Api.V1.Resources;

/// <summary>What callers of the API cannot get in, out, or do too often.</summary>
[Collection(SqliteResourceHost.Group)]
public sealed class DoorSecurityTests(SqliteResourceHost host)
{
    [Fact]
    public async Task Application_that_asks_too_often_is_told_to_wait_and_holds_back_no_other()
    {
        await using var api = await ApiHost.StartAsync(settings: ("Api:RequestsPerSecond", "1"));
        ApiAnswer answer;
        var asked = 0;
        // Ten seconds' worth at once; while they are asked, a few more may be due.
        do answer = await api.SendAsync("GET", "/api/v1/");
        while (answer.Status == 200 && ++asked < 200);
        asked.ShouldBeInRange(10, 199);
        answer.Status.ShouldBe(429);
        int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(1, 10);
        answer.Json.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        (await api.SendAsync("POST", "/v3/mail/send", MailSendTests.With("\"send_at\":0"))).Status.ShouldBe(429);
        using var other = api.Client(await api.KeyAsync(api.Customer, ApiScopes.All));
        (await ApiHost.SendAsync(other, "GET", "/api/v1/")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("POST", "campaigns/", """{"name":"N","sender_email":"a@b.exampleEVIL","sender_name":"S"}""", "sender_email")]
    [InlineData("POST", "campaigns/", """{"name":"N","sender_email":"a@b.example","sender_name":"SEVIL"}""", "sender_name")]
    [InlineData("POST", "campaigns/", """{"name":"NEVIL","sender_email":"a@b.example","sender_name":"S"}""", "name")]
    [InlineData(
        "POST",
        "campaigns/",
        """{"name":"N","sender_email":"a@b.example","sender_name":"S","owners":"o@b.exampleEVIL"}""",
        "owners"
    )]
    [InlineData("PUT", "CAMPAIGN/message/", """{"subject":"SEVIL","html":"<p>x</p>"}""", "subject")]
    [InlineData("POST", "CAMPAIGN/mails/", """{"to":"a@b.exampleEVIL"}""", "to")]
    [InlineData("POST", "CAMPAIGN/preview_send/", """{"to":"a@b.exampleEVIL"}""", "to")]
    [InlineData("POST", "domains/", """{"name":"b.exampleEVIL"}""", "name")]
    [InlineData("POST", "contacts/", """{"email":"a@b.exampleEVIL"}""", "email")]
    [InlineData("POST", "suppressions/", """{"address":"a@b.exampleEVIL"}""", "address")]
    [InlineData("POST", "templates/", """{"name":"N","subject":"SEVIL","html":"<p>x</p>"}""", "subject")]
    [InlineData("POST", "webhooks/", """{"target":"https://hooks.example/EVIL","events":["bounce"]}""", "target")]
    public async Task No_field_takes_a_line_break_or_nul_towards_a_header(string method, string path, string body, string field)
    {
        var campaign = await host.Api.CampaignAsync(host.Unique("Lettre "));
        path = path.Replace("CAMPAIGN/", campaign, StringComparison.Ordinal);
        foreach (var evil in new[] { "\\r\\nBcc: v@b.example", "\\nx", "\\rx", "\\u0000" })
        {
            var answer = await host.SendAsync(method, path, body.Replace("EVIL", evil, StringComparison.Ordinal));
            answer.Status.ShouldBe(400, $"{evil}: {answer.Text}");
            answer.Json.TryGetProperty(field, out _).ShouldBeTrue(answer.Text);
        }
    }

    [Fact]
    public async Task Cells_that_a_spreadsheet_would_compute_are_guarded_in_every_list()
    {
        const string Evil = "=HYPERLINK(\\\"//evil.example\\\")";
        var campaign = await host.Api.CampaignAsync(host.Unique("=1+1 "));
        (await host.SendAsync("POST", campaign + "mails/", """{"to":"=cmd@b.example"}""")).Status.ShouldBe(201);
        await host.CreateAsync("lists", $$"""{"name":"{{Evil}}{{host.Unique("")}}"}""");
        await host.CreateAsync("templates", $$"""{"name":"{{Evil}}{{host.Unique("")}}","subject":"-1+cmd","html":"<p>x</p>"}""");
        await host.CreateAsync(
            "contacts",
            $$"""{"email":"{{host.Unique("=c")}}@b.example","first_name":"{{Evil}}","last_name":"+1-cmd"}"""
        );
        await host.CreateAsync("suppressions", $$"""{"address":"{{host.Unique("=s")}}@b.example","note":"{{Evil}}"}""");
        foreach (var path in new[] { "campaigns/", campaign + "mails/", "lists/", "templates/", "contacts/", "suppressions/" })
        {
            var csv = await host.SendAsync("GET", path + "?format=csv");
            csv.Headers["Content-Type"].ShouldBe("text/csv; charset=utf-8", path);
            csv.Text.ShouldContain("\"'", Case.Sensitive, path);
            foreach (var cell in csv.Text.Split(',', '\n'))
                "=+-@\t".ShouldNotContain(cell.TrimStart('"').PadRight(1)[0], $"{path}: {cell}");
        }
    }

    [Fact]
    public async Task Key_of_a_call_of_one_customer_is_free_for_another()
    {
        var key = host.Unique("key-");
        var later = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        async Task<int> SendAsync(HttpClient caller, string subject)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v3/mail/send")
            {
                Content = new StringContent(
                    MailSendTests.With($"\"subject\":\"{subject}\",\"send_at\":{later}"),
                    Encoding.UTF8,
                    "application/json"
                ),
            };
            request.Headers.Add("Idempotency-Key", key);
            using var answer = await caller.SendAsync(request);
            return (int)answer.StatusCode;
        }
        (await SendAsync(host.Api.Http, "One")).ShouldBe(202);
        (await SendAsync(host.Api.Http, "Two")).ShouldBe(409);
        (await SendAsync(host.Stranger, "Three")).ShouldNotBe(409, "what another customer sent under this key must not show");
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest")]
    [InlineData("http://127.0.0.1:9/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:word@api.example/")]
    [InlineData("gopher://api.example/")]
    public async Task Address_that_must_not_be_called_is_no_server_and_no_webhook(string url)
    {
        var server = await host.SendAsync(
            "POST",
            "servers/",
            $$$"""{"name":"{{{host.Unique("S")}}}","kind":"send_grid","active":false,"secret":"k","settings":{"base_url":"{{{url}}}"}}"""
        );
        server.Status.ShouldBe(400, server.Text);
        var webhook = await host.SendAsync("POST", "webhooks/", $$"""{"target":"{{url}}","events":["bounce"]}""");
        webhook.Status.ShouldBe(400, webhook.Text);
    }

    [Fact]
    public async Task Nothing_of_the_api_is_cached_framed_or_guessed_at_and_no_answer_redirects()
    {
        var campaign = await host.Api.CampaignAsync(host.Unique("Lettre "));
        foreach (var path in new[] { "/api/v1/campaigns/", "/api/v1/campaigns", campaign, "/api/v1/nothing/", "/api/v1" })
        {
            var answer = await host.SendAsync("GET", path);
            answer.Status.ShouldBeOneOf([200, 404], path);
            answer.Headers["X-Content-Type-Options"].ShouldBe("nosniff", path);
            answer.Headers["Cache-Control"].ShouldContain("no-store", Case.Sensitive, path);
        }
    }

    [Fact]
    public async Task No_answer_holds_a_secret_that_was_given()
    {
        var secret = "s3cret" + Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(12));
        await host.CreateAsync("servers", $$"""{"name":"{{host.Unique("S")}}","kind":"send_grid","active":false,"secret":"{{secret}}"}""");
        var webhook = await host.CreateAsync("webhooks", """{"target":"https://hooks.example/secret","events":["bounce"]}""");
        var shown = webhook["secret"]!;
        var key = await host.Api.KeyAsync(host.Api.Customer, ApiScopes.All);
        var document = await host.SendAsync("GET", "/api/openapi.json");
        foreach (var path in document.Json.GetProperty("paths").EnumerateObject().Where(p => p.Value.TryGetProperty("get", out _)))
        {
            if (path.Name.Contains('{'))
                continue;
            var answer = await host.SendAsync("GET", path.Name);
            answer.Text.ShouldNotContain(secret, Case.Sensitive, path.Name);
            answer.Text.ShouldNotContain(shown, Case.Sensitive, path.Name);
            answer.Text.ShouldNotContain(key, Case.Sensitive, path.Name);
        }
        (await host.SendAsync("GET", webhook["url"]!)).Text.ShouldNotContain(shown);
    }

    [Fact]
    public async Task Body_beyond_the_limit_is_refused_at_every_door_that_takes_one()
    {
        var campaign = await host.Api.CampaignAsync(host.Unique("Lettre "));
        var own = campaign.StartsWith('/') ? campaign : new Uri(campaign).PathAndQuery;
        var large = new byte[70 << 20];
        Array.Fill(large, (byte)' ');
        var document = await host.SendAsync("GET", "/api/openapi.json");
        foreach (var path in document.Json.GetProperty("paths").EnumerateObject())
        foreach (
            var method in path.Value.EnumerateObject().Select(m => m.Name.ToUpperInvariant()).Where(m => m is "POST" or "PUT" or "PATCH")
        )
        {
            // A file of contacts may be large; it goes to the disk.
            if (path.Name.EndsWith("/imports/", StringComparison.Ordinal))
                continue;
            var called = path.Name.Replace("/api/v1/campaigns/{id}/", own, StringComparison.Ordinal);
            using var request = new HttpRequestMessage(
                new HttpMethod(method),
                called.Replace("{what}", "address", StringComparison.Ordinal).Replace("{", "1", StringComparison.Ordinal)
            )
            {
                Content = new ByteArrayContent(large),
            };
            var status = 0;
            try
            {
                using var answer = await host.Api.Http.SendAsync(request);
                status = (int)answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                continue; // The connection was closed while it was still sent: as good an answer.
            }
            status.ShouldBeInRange(400, 499, $"{method} {path.Name}");
        }
    }
}
