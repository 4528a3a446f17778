using System.Net.Http.Headers;
using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Api.V3;

/// <summary>One server for all refusals.</summary>
public sealed class MailSendHost : IAsyncLifetime
{
    public ApiHost Api { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Api = await ApiHost.StartAsync();

    public ValueTask DisposeAsync() => Api.DisposeAsync();
}

public sealed class MailSendRefusalTests(MailSendHost host) : IClassFixture<MailSendHost>
{
    private const string Path = "/v3/mail/send";

    private ApiHost Api => host.Api;

    public static TheoryData<string, string> Faults =>
        new()
        {
            { "{}", "from personalizations content subject" },
            { "[]", "" },
            { """{"personalizations":[],"from":{"email":"x"},"subject":"s","content":[]}""", "from.email content personalizations" },
            { Mail("""{"to":[]}"""), "personalizations.0.to" },
            {
                Mail("""{"to":[{"email":"a@r.test"},{"email":"nobody"},{"name":"x"}]}"""),
                "personalizations.0.to.1.email personalizations.0.to.2.email"
            },
            { Mail("""{"to":[{"email":"a@r.test"}],"cc":[{"email":"A@r.test"}]}"""), "personalizations.0.to" },
            { Mail("""{"to":"a@r.test"}"""), "personalizations.0.to" },
            { Mail("""{"to":[{"email":"a@r.test"}],"from":{"email":"b@r.test"}}"""), "personalizations.0.from" },
            { Mail("""{"to":[{"email":"a@r.test"}],"send_at":99999999999}"""), "personalizations.0.send_at" },
            { Mail("""{"to":[{"email":"a@r.test"}],"custom_args":{"a":{}}}"""), "personalizations.0.custom_args.a" },
            {
                MailSendTests.With("\"content\":[{\"type\":\"text/html\",\"value\":\"x\"},{\"type\":\"text/plain\",\"value\":\"y\"}]"),
                "content.1.type"
            },
            { MailSendTests.With("\"content\":[{\"type\":\"text/calendar\",\"value\":\"x\"}]"), "content.0.type" },
            { MailSendTests.With("\"reply_to\":{\"email\":\"a@r.test\"},\"reply_to_list\":[{\"email\":\"b@r.test\"}]"), "reply_to_list" },
            { MailSendTests.With("\"categories\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]"), "categories" },
            { MailSendTests.With("\"attachments\":[{\"content\":\"§\",\"filename\":\"a\"}]"), "attachments.0.content" },
            { MailSendTests.With("\"attachments\":[{\"content\":\"YQ==\"}]"), "attachments.0.filename" },
            {
                MailSendTests.With("\"attachments\":[{\"content\":\"YQ==\",\"filename\":\"a\",\"disposition\":\"inline\"}]"),
                "attachments.0.content_id"
            },
        };

    [Theory, MemberData(nameof(Faults))]
    public async Task All_faults_are_told_at_once_in_the_shape_of_sendgrid(string body, string fields)
    {
        var answer = await Api.SendAsync("POST", Path, body);
        answer.Status.ShouldBe(400, answer.Text);
        var found = answer.Json.GetProperty("errors").EnumerateArray().ToList();
        found.ShouldAllBe(e => e.GetProperty("message").GetString()!.Length > 0 && e.GetProperty("help").ValueKind == JsonValueKind.Null);
        found
            .Select(e => e.GetProperty("field").GetString() ?? "")
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ShouldBe(fields.Split(' ').Order(StringComparer.Ordinal));
    }

    public static TheoryData<string> HeaderBound =>
        [
            .. new[]
            {
                """{"personalizations":[{"to":[{"email":"aEVIL@r.test"}]}]}""",
                """{"personalizations":[{"to":[{"email":"a@r.test","name":"nEVIL"}]}]}""",
                """{"personalizations":[{"to":[{"email":"a@r.test"}],"cc":[{"email":"c@r.testEVIL"}]}]}""",
                """{"personalizations":[{"to":[{"email":"a@r.test"}],"bcc":[{"email":"c@r.test","name":"EVIL"}]}]}""",
                """{"personalizations":[{"to":[{"email":"a@r.test"}],"subject":"sEVIL"}]}""",
                """{"personalizations":[{"to":[{"email":"a@r.test"}],"headers":{"X-A":"vEVIL"}}]}""",
                """{"personalizations":[{"to":[{"email":"a@r.test"}],"headers":{"X-AEVIL":"v"}}]}""",
                """{"personalizations":[{"to":[{"email":"a@r.test"}],"subject":"-t-","substitutions":{"-t-":"sEVIL"}}]}""",
                """{"from":{"email":"x@asso.exampleEVIL"}}""",
                """{"from":{"email":"x@asso.example","name":"EVIL"}}""",
                """{"reply_to":{"email":"x@asso.example","name":"EVIL"}}""",
                """{"reply_to_list":[{"email":"xEVIL@asso.example"}]}""",
                """{"subject":"sEVIL"}""",
                """{"headers":{"X-A":"vEVIL"}}""",
                """{"headers":{"References":"<a@b>EVIL"}}""",
                """{"categories":["cEVIL"]}""",
                """{"template_id":"tEVIL"}""",
                """{"attachments":[{"content":"YQ==","filename":"fEVIL"}]}""",
                """{"attachments":[{"content":"YQ==","filename":"f","type":"text/plainEVIL"}]}""",
                """{"attachments":[{"content":"YQ==","filename":"f","disposition":"inline","content_id":"cEVIL"}]}""",
            }.SelectMany(member =>
                new[] { "\\r\\nBcc: v@r.test", "\\n", "\\r", "\\u0000" }.Select(evil =>
                    Merged(member.Replace("EVIL", evil, StringComparison.Ordinal))
                )
            ),
        ];

    [Theory, MemberData(nameof(HeaderBound))]
    public async Task No_field_takes_a_line_break_or_nul_into_a_header(string body)
    {
        var answer = await Api.SendAsync("POST", Path, body);
        answer.Status.ShouldBe(400, body);
    }

    [Theory]
    [InlineData("Bcc")]
    [InlineData("To")]
    [InlineData("From")]
    [InlineData("Sender")]
    [InlineData("Received")]
    [InlineData("DKIM-Signature")]
    [InlineData("Return-Path")]
    [InlineData("List-Unsubscribe")]
    [InlineData("Content-Type")]
    [InlineData("MIME-Version")]
    [InlineData("Resent-To")]
    [InlineData("X-SG-EID")]
    [InlineData("bcc ")]
    public async Task Headers_that_are_not_the_callers_are_refused(string name)
    {
        var answer = await Api.SendAsync("POST", Path, MailSendTests.With($"\"headers\":{{\"{name}\":\"x\"}}"));
        (answer.Status, MailSendTests.FieldsOf(answer)).ShouldBe((400, "headers"));
    }

    [Fact]
    public async Task Key_is_needed_as_bearer_or_basic_with_the_scope_to_send_messages()
    {
        using var nobody = Api.Client(null);
        var unknown = await ApiHost.SendAsync(nobody, "POST", Path, MailSendTests.With("\"asm\":{}"));
        (unknown.Status, unknown.Json.GetProperty("errors").GetArrayLength()).ShouldBe((401, 1));
        using var reader = Api.Client(await Api.KeyAsync(Api.Customer, [.. ApiScopes.All.Where(s => s != ApiScopes.MessagesSend)]));
        var refused = await ApiHost.SendAsync(reader, "POST", Path, MailSendTests.With("\"asm\":{}"));
        (refused.Status, refused.Json.GetProperty("errors").GetArrayLength()).ShouldBe((403, 1));
        using var bearer = Api.Client(null);
        bearer.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            await Api.KeyAsync(Api.Customer, [ApiScopes.MessagesSend])
        );
        (await ApiHost.SendAsync(bearer, "POST", Path, MailSendTests.With("\"asm\":{\"group_id\":1},\"batch_id\":\"x\""))).Status.ShouldBe(
            202
        );
        (await Api.SendAsync("GET", Path)).Json.GetProperty("errors").GetArrayLength().ShouldBe(1);
        (await Api.SendAsync("GET", "/v3/nothing")).Json.GetProperty("errors").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Broken_json_and_a_body_beyond_30_MB_are_refused()
    {
        (await Api.SendAsync("POST", Path, "{\"from\":")).Status.ShouldBe(400);
        (await Api.SendAsync("POST", Path, MailSendTests.With("\"from\":{\"email\":\"\\ud800@r.test\"}"))).Status.ShouldBe(400);
        var large = MailSendTests.With($"\"x\":\"{new string('x', 30 << 20)}\"");
        var refused = await Api.SendAsync("POST", Path, large);
        (refused.Status, refused.Json.GetProperty("errors").GetArrayLength()).ShouldBe((413, 1));
        (await Api.SendAsync("POST", Path, MailSendTests.With($"\"x\":\"{new string('x', 29 << 20)}\""))).Status.ShouldBe(202);
    }

    [Fact]
    public async Task More_recipients_than_allowed_are_refused_and_nothing_is_stored()
    {
        var letters = string.Join(',', Enumerable.Range(0, 1001).Select(i => $$"""{"to":[{"email":"many{{i}}@r.test"}]}"""));
        var answer = await Api.SendAsync("POST", Path, Mail(letters));
        answer.Status.ShouldBe(400);
        await using var db = await MailSendTests.DbAsync(Api);
        (
            await db.Of<DeliveryRecord>(Api.Customer).AnyAsync(d => d.Address == "many0@r.test", TestContext.Current.CancellationToken)
        ).ShouldBeFalse();
    }

    [Fact]
    public async Task Template_with_a_fault_is_refused_with_its_place()
    {
        var answer = await Api.SendAsync(
            "POST",
            Path,
            Mail("""{"to":[{"email":"a@r.test"}],"dynamic_template_data":{"a":1}}""")
                .Replace("\"value\":\"t\"", "\"value\":\"{{#if a}}\"", StringComparison.Ordinal)
        );
        (answer.Status, MailSendTests.FieldsOf(answer)).ShouldBe((400, "content"));
    }

    private static string Mail(string letters) =>
        $$"""{"personalizations":[{{letters}}],"from":{"email":"x@asso.example"},"subject":"s","content":[{"type":"text/plain","value":"t"}]}""";

    /// <summary>A good mail with some members replaced.</summary>
    private static string Merged(string members)
    {
        var mail = System.Text.Json.Nodes.JsonNode.Parse(Mail("""{"to":[{"email":"a@r.test"}]}"""))!.AsObject();
        foreach (var (name, value) in System.Text.Json.Nodes.JsonNode.Parse(members)!.AsObject())
            mail[name] = value?.DeepClone();
        return mail.ToJsonString();
    }
}

/// <summary>Nobody sends in another's name.</summary>
public sealed class MailSendSenderTests
{
    [Fact]
    public async Task Sender_of_no_domain_of_the_customer_is_refused_and_so_is_a_domain_without_records()
    {
        // Nothing answers there: an unknown sender is refused without asking.
        await using var api = await ApiHost.StartAsync(
            DatabaseKind.Sqlite,
            ("Dns:BypassChecks", "false"),
            ("Dns:Resolvers", "127.0.0.1:1")
        );
        var answer = await api.SendAsync("POST", "/v3/mail/send", MailSendTests.With("\"from\":{\"email\":\"ceo@bank.example\"}"));
        (answer.Status, MailSendTests.FieldsOf(answer)).ShouldBe((403, "from"));
        await using var db = await MailSendTests.DbAsync(api);
        (
            await db.Of<DeliveryRecord>(api.Customer).AnyAsync(d => d.Address == "ana@r.test", TestContext.Current.CancellationToken)
        ).ShouldBeFalse();
    }
}
