using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Estafette.Core.Channels;
using Estafette.Core.Channels.Http;
using Estafette.Core.Platform.Net;
using Estafette.Testing.Http;

namespace Estafette.Tests.Channels;

public sealed class HttpSenderTests : IAsyncLifetime
{
    private const string Key = "SG.very-secret-key";
    private FakeMailApi _fake = null!;

    public async ValueTask InitializeAsync() => _fake = await FakeMailApi.StartAsync();

    public ValueTask DisposeAsync() => _fake.DisposeAsync();

    private static readonly NetworkOptions Open = new() { AllowPrivateAddresses = true };

    private static HttpSender Sender(HttpSettings settings, NetworkOptions? network = null, Action<DialogueLine>? dialogue = null)
    {
        var row = new SendingServer
        {
            CustomerId = new(1),
            Name = "s",
            Kind = settings.Kind,
            Settings = settings.ToJson(),
            CreatedAt = default,
            UpdatedAt = default,
        };
        return new HttpSender(row, settings, new ServerSecret(Key, "second-secret"), network ?? Open, TimeProvider.System, dialogue);
    }

    private static async Task<SendResult> SendAsync(HttpSender sender, OutgoingMessage? message = null, CountingStart? start = null)
    {
        await using var owned = sender;
        await using var slot = sender.OpenSlot();
        return await slot.SendAsync(message ?? Outgoing.Message(), null, start ?? new CountingStart(), CancellationToken.None);
    }

    private SendGridSettings SendGrid => new() { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true };

    private JsonPostSettings Generic => new() { Url = _fake.BaseUrl + "/hook", AllowPrivateAddress = true };

    private JsonElement Received() => JsonDocument.Parse(_fake.Requests.Single().Body).RootElement;

    [Fact]
    public async Task Sendgrid_takes_message_and_its_id_is_kept()
    {
        var start = new CountingStart();
        var result = await SendAsync(Sender(SendGrid), start: start);
        result.Outcome.ShouldBe(AttemptOutcome.Accepted);
        result.Code.ShouldBe(202);
        result.ProviderId.ShouldBe("fake-1");
        start.Count.ShouldBe(1);
        _fake.Requests.Single().Headers["Authorization"].ShouldBe($"Bearer {Key}");
        _fake.Requests.Single().Headers.ContainsKey("Expect").ShouldBeFalse();
        var body = Received();
        body.GetProperty("subject").GetString().ShouldBe("He said \"hi\" \\ 😀");
        var person = body.GetProperty("personalizations")[0];
        person.GetProperty("to")[0].GetProperty("email").GetString().ShouldBe("jean1@example.org");
        person.GetProperty("custom_args").GetProperty("estafette_id").GetString().ShouldBe("1");
        person.GetProperty("headers").GetProperty("List-Unsubscribe").GetString().ShouldBe("<https://t.example.com/u/abc>");
        body.GetProperty("content").EnumerateArray().Select(c => c.GetProperty("type").GetString()).ShouldBe(["text/plain", "text/html"]);
        body.GetProperty("tracking_settings").GetProperty("click_tracking").GetProperty("enable").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Mailgun_gets_a_form_and_gives_its_id()
    {
        var result = await SendAsync(
            Sender(
                new MailgunSettings
                {
                    Domain = "mg.example.com",
                    BaseUrl = _fake.BaseUrl,
                    AllowPrivateAddress = true,
                }
            )
        );
        result.ProviderId.ShouldBe("<fake-1@mailgun.example>");
        var request = _fake.Requests.Single();
        request.Path.ShouldBe("/v3/mg.example.com/messages");
        request.Headers["Authorization"].ShouldBe("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("api:" + Key)));
        request.Text.ShouldContain("name=\"h:List-Unsubscribe\"\r\n\r\n<https://t.example.com/u/abc>\r\n");
        request.Text.ShouldContain("name=\"subject\"\r\n\r\nHe said \"hi\" \\ 😀\r\n");
        request.Text.ShouldContain("name=\"o:tracking\"\r\n\r\nno\r\n");
    }

    [Fact]
    public async Task Brevo_gives_its_id()
    {
        var result = await SendAsync(Sender(new BrevoSettings { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true }));
        result.ProviderId.ShouldBe("<fake-1@brevo.example>");
        _fake.Requests.Single().Headers["api-key"].ShouldBe(Key);
        Received().GetProperty("sender").GetProperty("email").GetString().ShouldBe("news@example.com");
        Received().GetProperty("to")[0].GetProperty("email").GetString().ShouldBe("jean1@example.org");
    }

    [Fact]
    public async Task Files_stand_where_each_provider_looks_for_them()
    {
        var message = Outgoing.Message() with { Attachments = [new("Relevé \"1\".pdf", "application/pdf", new byte[] { 1, 2, 255 })] };
        var base64 = Convert.ToBase64String([1, 2, 255]);
        (HttpSettings Settings, string Place, string Name, string? Type, string Content)[] providers =
        [
            (SendGrid, "attachments", "filename", "type", "content"),
            (new BrevoSettings { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true }, "attachment", "name", null, "content"),
            (new PostmarkSettings { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true }, "Attachments", "Name", "ContentType", "Content"),
            (
                new MailjetSettings { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true },
                "Attachments",
                "Filename",
                "ContentType",
                "Base64Content"
            ),
            (Generic, "attachments", "filename", "type", "content"),
            (Generic with { Body = """{"attachments":"{{attachments}}"}""" }, "attachments", "filename", "type", "content"),
        ];
        foreach (var (settings, place, name, type, content) in providers)
        {
            await SendAsync(Sender(settings), message);
            var body = JsonDocument.Parse(_fake.Requests.Last().Body).RootElement;
            if (settings is MailjetSettings)
                body = body.GetProperty("Messages")[0];
            var file = body.GetProperty(place)[0];
            file.GetProperty(name).GetString().ShouldBe("Relevé \"1\".pdf");
            file.GetProperty(content).GetString().ShouldBe(base64);
            if (type is not null)
                file.GetProperty(type).GetString().ShouldBe("application/pdf");
        }
        await SendAsync(
            Sender(
                new MailgunSettings
                {
                    Domain = "mg.example.com",
                    BaseUrl = _fake.BaseUrl,
                    AllowPrivateAddress = true,
                }
            ),
            message
        );
        _fake
            .Requests.Last()
            .Text.ShouldContain("name=\"attachment\"; filename=\"Relevé %221%22.pdf\"\r\nContent-Type: application/pdf\r\n\r\n");
        var count = _fake.Requests.Count;
        var refused = await SendAsync(Sender(Generic with { Body = """{"to":"{{to.email}}"}""" }), message);
        refused.Outcome.ShouldBe(AttemptOutcome.Rejected);
        refused.Text.ShouldContain("{{attachments}}");
        _fake.Requests.Count.ShouldBe(count, "a message without its files is no message");
    }

    [Fact]
    public async Task Picture_of_the_html_is_found_by_its_id_and_refused_where_there_is_none()
    {
        var message = Outgoing.Message() with { Attachments = [new("logo.png", "image/png", new byte[] { 1 }, "logo")] };
        await SendAsync(Sender(SendGrid), message);
        var file = JsonDocument.Parse(_fake.Requests.Last().Body).RootElement.GetProperty("attachments")[0];
        (file.GetProperty("content_id").GetString(), file.GetProperty("disposition").GetString()).ShouldBe(("logo", "inline"));
        await SendAsync(Sender(new PostmarkSettings { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true }), message);
        JsonDocument
            .Parse(_fake.Requests.Last().Body)
            .RootElement.GetProperty("Attachments")[0]
            .GetProperty("ContentID")
            .GetString()
            .ShouldBe("cid:logo");
        await SendAsync(Sender(new MailjetSettings { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true }), message);
        var mailjet = JsonDocument.Parse(_fake.Requests.Last().Body).RootElement.GetProperty("Messages")[0];
        mailjet.TryGetProperty("Attachments", out _).ShouldBeFalse();
        mailjet.GetProperty("InlinedAttachments")[0].GetProperty("ContentID").GetString().ShouldBe("logo");
        var mailgun = new MailgunSettings
        {
            Domain = "mg.example.com",
            BaseUrl = _fake.BaseUrl,
            AllowPrivateAddress = true,
        };
        await SendAsync(Sender(mailgun), message);
        _fake.Requests.Last().Text.ShouldContain("name=\"inline\"; filename=\"logo\"");
        var refused = await SendAsync(Sender(new BrevoSettings { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true }), message);
        (refused.Outcome, refused.Blame).ShouldBe((AttemptOutcome.Rejected, Blame.Message));
    }

    [Fact]
    public async Task Mailjet_number_is_kept_as_text()
    {
        var result = await SendAsync(Sender(new MailjetSettings { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true }));
        result.ProviderId.ShouldBe("11529215000001");
        Received().GetProperty("Messages")[0].GetProperty("CustomID").GetString().ShouldBe("1");
    }

    [Fact]
    public async Task Mailjet_refusal_inside_200_is_a_refusal()
    {
        _fake.Answers(200, """{"Messages":[{"Status":"error","Errors":[{"StatusCode":400,"ErrorMessage":"bad To"}]}]}""");
        var result = await SendAsync(Sender(new MailjetSettings { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true }));
        result.Outcome.ShouldBe(AttemptOutcome.Rejected);
        result.Blame.ShouldBe(Blame.Message);
        result.Text.ShouldBe("bad To");
    }

    [Fact]
    public async Task Postmark_gives_its_id()
    {
        var result = await SendAsync(
            Sender(
                new PostmarkSettings
                {
                    BaseUrl = _fake.BaseUrl,
                    AllowPrivateAddress = true,
                    MessageStream = "broadcast",
                }
            )
        );
        result.ProviderId.ShouldBe("fake-1");
        Received().GetProperty("MessageStream").GetString().ShouldBe("broadcast");
        Received().GetProperty("TrackOpens").GetBoolean().ShouldBeFalse();
    }

    [Theory]
    [InlineData(406, AttemptOutcome.Rejected, Blame.Message)]
    [InlineData(300, AttemptOutcome.Rejected, Blame.Message)]
    [InlineData(400, AttemptOutcome.Unreachable, Blame.Configuration)]
    [InlineData(405, AttemptOutcome.Deferred, Blame.Server)]
    public async Task Postmark_error_code_decides(int code, object outcome, object blame)
    {
        _fake.Answers(422, $$"""{"ErrorCode":{{code}},"Message":"no"}""");
        var result = await SendAsync(Sender(new PostmarkSettings { BaseUrl = _fake.BaseUrl, AllowPrivateAddress = true }));
        (result.Outcome, result.Blame).ShouldBe(((AttemptOutcome)outcome, (Blame)blame));
    }

    [Theory]
    [InlineData(400, AttemptOutcome.Rejected, Blame.Message)]
    [InlineData(413, AttemptOutcome.Rejected, Blame.Message)]
    [InlineData(422, AttemptOutcome.Rejected, Blame.Message)]
    [InlineData(401, AttemptOutcome.Unreachable, Blame.Configuration)]
    [InlineData(403, AttemptOutcome.Unreachable, Blame.Configuration)]
    [InlineData(404, AttemptOutcome.Unreachable, Blame.Configuration)]
    [InlineData(429, AttemptOutcome.Deferred, Blame.Server)]
    [InlineData(503, AttemptOutcome.Deferred, Blame.Server)]
    [InlineData(500, AttemptOutcome.InDoubt, Blame.None)]
    [InlineData(502, AttemptOutcome.InDoubt, Blame.None)]
    [InlineData(504, AttemptOutcome.InDoubt, Blame.None)]
    public async Task Status_decides_whose_fault_it_is(int status, object outcome, object blame)
    {
        _fake.Answers(status, "no such luck");
        foreach (HttpSettings settings in new HttpSettings[] { SendGrid, Generic })
        {
            var result = await SendAsync(Sender(settings));
            (result.Outcome, result.Blame, result.Code).ShouldBe(((AttemptOutcome)outcome, (Blame)blame, status));
            result.Text.ShouldBe("no such luck");
        }
    }

    [Fact]
    public async Task Retry_after_is_understood()
    {
        _fake.Answers(429, "slow down", ("Retry-After", "90"));
        (await SendAsync(Sender(SendGrid))).RetryAfter.ShouldBe(TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task Used_up_credit_is_no_wrong_key()
    {
        _fake.Answers(401, """{"errors":[{"message":"Maximum credits exceeded"}]}""");
        var result = await SendAsync(Sender(SendGrid));
        (result.Outcome, result.Blame, result.Text).ShouldBe((AttemptOutcome.Deferred, Blame.Server, "Maximum credits exceeded"));
    }

    [Fact]
    public async Task Silence_after_the_body_is_in_doubt()
    {
        _fake.Day = FakeDay.HangsAfterBody;
        var start = new CountingStart();
        var result = await SendAsync(Sender(Generic with { TimeoutSeconds = 1 }), start: start);
        result.Outcome.ShouldBe(AttemptOutcome.InDoubt);
        result.Text.ShouldContain("no answer within 1 s");
        (start.Count, _fake.Count).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Reset_after_the_body_is_in_doubt_and_not_repeated()
    {
        await using var sender = Sender(Generic);
        await using var slot = sender.OpenSlot();
        (await slot.SendAsync(Outgoing.Message(1), null, new CountingStart(), CancellationToken.None)).Outcome.ShouldBe(
            AttemptOutcome.Accepted
        );
        _fake.Day = FakeDay.ResetAfterBody;
        var result = await slot.SendAsync(Outgoing.Message(2), null, new CountingStart(), CancellationToken.None);
        result.Outcome.ShouldBe(AttemptOutcome.InDoubt);
        _fake.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Success_status_is_enough_when_the_answer_breaks_off()
    {
        _fake.Day = FakeDay.CutsAnswer;
        (await SendAsync(Sender(SendGrid))).Outcome.ShouldBe(AttemptOutcome.Accepted);
    }

    [Fact]
    public async Task Broken_answer_is_in_doubt_when_a_rule_needs_it()
    {
        _fake.Day = FakeDay.CutsAnswer;
        (await SendAsync(Sender(Generic with { SuccessPath = "/status", SuccessValue = "ok" }))).Outcome.ShouldBe(AttemptOutcome.InDoubt);
    }

    [Fact]
    public async Task Endless_answer_is_read_up_to_its_limit()
    {
        _fake.Day = FakeDay.LongAnswer;
        var result = await SendAsync(Sender(Generic));
        result.Outcome.ShouldBe(AttemptOutcome.Accepted);
        result.Text.Length.ShouldBe(1000);
    }

    [Fact]
    public async Task Redirection_is_not_followed()
    {
        _fake.Day = FakeDay.Redirects;
        _fake.Answer = _fake.BaseUrl + "/elsewhere";
        var result = await SendAsync(Sender(Generic));
        (result.Outcome, result.Blame).ShouldBe((AttemptOutcome.Unreachable, Blame.Configuration));
        _fake.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Withheld_message_is_not_sent()
    {
        var result = await SendAsync(Sender(Generic), start: new CountingStart(allow: false));
        result.Outcome.ShouldBe(AttemptOutcome.NotStarted);
        _fake.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Refused_port_starts_nothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var start = new CountingStart();
        var result = await SendAsync(Sender(Generic with { Url = $"http://127.0.0.1:{port}/" }), start: start);
        (result.Outcome, result.Blame, result.Phase).ShouldBe((AttemptOutcome.Unreachable, Blame.Server, SendPhase.Connect));
        start.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Unknown_host_is_the_servers_fault()
    {
        var result = await SendAsync(Sender(Generic with { Url = "http://no-such-host.invalid/" }));
        (result.Outcome, result.Blame, result.Phase).ShouldBe((AttemptOutcome.Unreachable, Blame.Server, SendPhase.Dns));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Loopback_needs_both_the_server_and_the_installation(bool server, bool installation)
    {
        var sender = Sender(Generic with { AllowPrivateAddress = server }, new NetworkOptions { AllowPrivateAddresses = installation });
        var result = await SendAsync(sender);
        (result.Outcome, result.Blame).ShouldBe((AttemptOutcome.Unreachable, Blame.Configuration));
        result.Text.ShouldContain("Network:AllowPrivateAddresses");
        _fake.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Cancelling_before_the_start_throws()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await using var sender = Sender(Generic);
        await using var slot = sender.OpenSlot();
        await Should.ThrowAsync<OperationCanceledException>(async () =>
            await slot.SendAsync(Outgoing.Message(), null, new CountingStart(), cancel.Token)
        );
    }

    [Theory]
    [InlineData("Subject\r\nBcc: spy@example.net")]
    [InlineData("Sub\0ject")]
    public async Task Line_break_in_the_subject_is_refused(string subject)
    {
        var result = await SendAsync(Sender(SendGrid), Outgoing.Message() with { Subject = subject });
        (result.Outcome, result.Blame, result.Phase).ShouldBe((AttemptOutcome.Rejected, Blame.Message, SendPhase.Render));
        _fake.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Key_is_masked_in_dialogue_and_result()
    {
        _fake.Answers(401, $"the key {Key} is not known");
        var lines = new List<string>();
        var result = await SendAsync(Sender(SendGrid, dialogue: line => lines.Add(line.ToString())));
        result.Text.ShouldBe("the key ******** is not known");
        lines.ShouldContain(l => l.StartsWith("> POST "));
        lines.ShouldContain("< HTTP/1.1 401");
        string.Join('\n', lines).ShouldNotContain(Key);
    }

    [Fact]
    public async Task Template_values_cannot_leave_their_place()
    {
        // Conformance vector 22 of the generic server.
        var settings = Generic with
        {
            Body = """
                {"subject":"{{subject}}","note":"dear {{custom.nick}}!","typed":"{{custom.age}}","list":"{{custom.tags}}","none":"{{custom.missing}}",
                 "id":"{{campaign.id}}","to":[{"e":"{{ to.email }}"}],"fixed":[1,true,null],"headers":"{{headers}}"}
                """,
        };
        var message = Outgoing.Message() with
        {
            Subject = "He said \"hi\" {{to.name}} \\ 😀",
            Fields = new Dictionary<string, object?>
            {
                ["nick"] = "\",\"admin\":true",
                ["age"] = 42L,
                ["tags"] = JsonDocument.Parse("""["a",1]""").RootElement,
            },
        };
        (await SendAsync(Sender(settings), message)).Outcome.ShouldBe(AttemptOutcome.Accepted);
        var body = Received();
        body.GetProperty("subject").GetString().ShouldBe("He said \"hi\" {{to.name}} \\ 😀");
        body.GetProperty("note").GetString().ShouldBe("dear \",\"admin\":true!");
        body.TryGetProperty("admin", out _).ShouldBeFalse();
        body.GetProperty("typed").GetInt64().ShouldBe(42);
        body.GetProperty("list").GetRawText().ShouldBe("""["a",1]""");
        body.GetProperty("none").ValueKind.ShouldBe(JsonValueKind.Null);
        body.GetProperty("id").GetInt64().ShouldBe(7);
        body.GetProperty("to")[0].GetProperty("e").GetString().ShouldBe("jean1@example.org");
        body.GetProperty("headers").GetProperty("List-Unsubscribe").GetString().ShouldBe("<https://t.example.com/u/abc>");
    }

    [Fact]
    public async Task Half_a_character_does_not_fail_the_message()
    {
        var result = await SendAsync(Sender(Generic), Outgoing.Message() with { Html = "<p>\ud83d</p>" });
        result.Outcome.ShouldBe(AttemptOutcome.Accepted);
        Received().GetProperty("content")[1].GetProperty("value").GetString().ShouldBe("<p>\ufffd</p>");
    }

    [Fact]
    public async Task Success_rule_and_message_id_path_are_followed()
    {
        var settings = Generic with { SuccessPath = "/status", SuccessValue = "ok", MessageIdPath = "/id", ErrorPath = "/why" };
        (await SendAsync(Sender(settings))).ProviderId.ShouldBe("fake-1");
        _fake.Answers(200, """{"status":"ko","why":"blocked word"}""");
        var refused = await SendAsync(Sender(settings));
        (refused.Outcome, refused.Blame, refused.Text).ShouldBe((AttemptOutcome.Rejected, Blame.Message, "blocked word"));
    }

    [Fact]
    public async Task Key_goes_into_the_chosen_header()
    {
        var settings = Generic with
        {
            KeyHeader = "X-Api-Key",
            KeyScheme = "",
            Headers = new Dictionary<string, string> { ["X-Track"] = "t-{{track_id}}" },
        };
        await SendAsync(Sender(settings));
        _fake.Requests.Single().Headers["X-Api-Key"].ShouldBe(Key);
        _fake.Requests.Single().Headers["X-Track"].ShouldBe("t-1");
    }

    [Theory]
    [InlineData("""{"a":"{{nonsense}}"}""", "not a placeholder")]
    [InlineData("""{"a":"{{subject"}""", "not closed")]
    [InlineData("""{"a":""", "line 1")]
    [InlineData("""{"a":1,"a":2}""", "not JSON")]
    public void Wrong_template_is_explained(string template, string reason)
    {
        JsonTemplate.TryParse(template, out _, out var error).ShouldBeFalse();
        error.ShouldNotBeNull().ShouldContain(reason);
    }

    [Theory]
    [InlineData("""{"a":"{{nonsense}}"}""", "{{nonsense}} n’est pas un emplacement. Il existe to.email")]
    [InlineData("""{"a":"{{subject"}""", "Un emplacement n’est pas fermé : {{subject")]
    [InlineData("""{"a":""", "Le modèle n’est pas du JSON : ligne 1, octet")]
    public void Wrong_template_is_explained_in_the_language_of_the_request(string template, string reason)
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("fr-FR");
        JsonTemplate.TryParse(template, out _, out var error).ShouldBeFalse();
        error.ShouldNotBeNull().ShouldStartWith(reason);
    }

    [Fact]
    public async Task Connections_are_kept_between_messages()
    {
        await using var sender = Sender(SendGrid);
        await using var slot = sender.OpenSlot();
        for (var i = 1; i <= 50; i++)
            (await slot.SendAsync(Outgoing.Message(i), null, new CountingStart(), CancellationToken.None)).ProviderId.ShouldBe($"fake-{i}");
        _fake.Requests.Count.ShouldBe(50);
    }
}
