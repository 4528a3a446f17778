using System.Text;
using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Accept;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Api.V3;

/// <summary>The door that programs written for SendGrid know, from the request to the message on the wire.</summary>
public sealed class MailSendTests
{
    private const string Path = "/v3/mail/send";

    private const string Simple = """
        {"personalizations":[{"to":[{"email":"ana@r.test"}]}],"from":{"email":"shop@asso.example","name":"Boutique"},"subject":"Votre commande",
        "content":[{"type":"text/plain","value":"Bonjour {{x}}"},{"type":"text/html","value":"<p>Bonjour {{x}} & <b>merci</b></p>"}]}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Mail_is_answered_with_202_and_goes_out_as_it_was_written(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var answer = await api.SendAsync("POST", Path, Simple);
        (answer.Status, answer.Text).ShouldBe((202, ""), answer.Text);
        answer.Headers["X-Message-Id"].Length.ShouldBe(22);
        var mail = await CapturedAsync(api, "ana@r.test");
        mail.Row.Subject.ShouldBe("Votre commande");
        mail.Html!.TrimEnd().ShouldBe("<p>Bonjour {{x}} & <b>merci</b></p>");
        mail.Text!.TrimEnd().ShouldBe("Bonjour {{x}}");
        mail.From.ShouldBe("Boutique <shop@asso.example>");
        mail.Headers.ShouldNotContain(h => h.Key == "List-Unsubscribe" || h.Key == "Auto-Submitted");
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Everybody_in_to_cc_and_bcc_gets_a_message_whose_headers_hide_the_bcc(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var answer = await api.SendAsync(
            "POST",
            Path,
            """
            {"personalizations":[{"to":[{"email":"a@r.test","name":"Ana"},{"email":"b@r.test"}],"cc":[{"email":"c@r.test","name":"Élodie"}],
              "bcc":[{"email":"hidden@r.test"}],"subject":"Pour -who-","headers":{"X-Order":"12"},"substitutions":{"-who-":"vous"}}],
             "from":{"email":"shop@asso.example"},"reply_to":{"email":"reply@asso.example","name":"Service"},"subject":"Tous",
             "headers":{"X-Shop":"Lyon","In-Reply-To":"<1@x.test>"},"content":[{"type":"text/plain","value":"Pour -who-"}]}
            """
        );
        answer.Status.ShouldBe(202, answer.Text);
        foreach (var address in (string[])["a@r.test", "b@r.test", "c@r.test", "hidden@r.test"])
        {
            var mail = await CapturedAsync(api, address);
            mail.To.ShouldBe("Ana <a@r.test>, b@r.test");
            mail.Row.Subject.ShouldBe("Pour vous");
            mail.Text!.TrimEnd().ShouldBe("Pour vous");
            mail.SourceText.ShouldNotContain("hidden@r.test");
            HeaderOf(mail, "Cc")!.ShouldEndWith("<c@r.test>");
            HeaderOf(mail, "Reply-To").ShouldBe("Service <reply@asso.example>");
            (HeaderOf(mail, "X-Order"), HeaderOf(mail, "X-Shop"), HeaderOf(mail, "In-Reply-To")).ShouldBe(("12", "Lyon", "<1@x.test>"));
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Substitutions_are_values_and_never_markup_or_templates(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var answer = await api.SendAsync(
            "POST",
            Path,
            """
            {"personalizations":[
              {"to":[{"email":"a@r.test"}],"substitutions":{"-name-":"<script>{{email}}</script>","-nameplate-":"P"}},
              {"to":[{"email":"b@r.test"}],"substitutions":{"-name-":"-nameplate-"}}],
             "from":{"email":"shop@asso.example"},"subject":"-name-!",
             "content":[{"type":"text/plain","value":"{-name-} -nameplate-"},{"type":"text/html","value":"<p>-name-</p>"}]}
            """
        );
        answer.Status.ShouldBe(202, answer.Text);
        var first = await CapturedAsync(api, "a@r.test");
        first.Html!.TrimEnd().ShouldBe("<p>&lt;script&gt;{{email}}&lt;/script&gt;</p>");
        first.Text!.TrimEnd().ShouldBe("{<script>{{email}}</script>} P");
        var second = await CapturedAsync(api, "b@r.test");
        second.Row.Subject.ShouldBe("-nameplate-!");
        second.Text!.TrimEnd().ShouldBe("{-nameplate-} -nameplate-");
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Template_is_found_by_id_or_name_and_filled_with_the_data_and_of_another_customer_it_is_not_found(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var own = await TemplateAsync(api, api.Customer, "Facture");
        CustomerId stranger;
        await using (var scope = api.Web.Services.CreateAsyncScope())
            stranger = await CreateCustomer.RunAsync(
                new NewCustomer { Name = "Second" },
                scope.ServiceProvider.GetRequiredService<EstafetteDb>(),
                TimeProvider.System,
                Token
            );
        var foreign = await TemplateAsync(api, stranger, "Foreign");

        (await api.SendAsync("POST", Path, WithTemplate(own, "a@r.test"))).Status.ShouldBe(202);
        (await api.SendAsync("POST", Path, WithTemplate("Facture", "b@r.test"))).Status.ShouldBe(202);
        foreach (var address in (string[])["a@r.test", "b@r.test"])
        {
            var mail = await CapturedAsync(api, address);
            mail.Row.Subject.ShouldBe("Facture 12");
            mail.Html!.ShouldContain("Total &lt;1&gt;: un deux");
            mail.Html!.ShouldNotContain("/u/");
        }
        foreach (var unknown in (string[])[foreign, "Foreign", "999999"])
        {
            var refused = await api.SendAsync("POST", Path, WithTemplate(unknown, "c@r.test"));
            (refused.Status, FieldsOf(refused)).ShouldBe((400, "template_id"));
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Files_travel_with_the_mail_and_are_stored_once(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var bytes = Convert.ToBase64String(Encoding.UTF8.GetBytes("un fichier"));
        var body = $$"""
            {"personalizations":[{"to":[{"email":"a@r.test"}]},{"to":[{"email":"b@r.test"}]}],"from":{"email":"shop@asso.example"},"subject":"S",
             "content":[{"type":"text/html","value":"<img src=\"cid:logo1\">"}],
             "attachments":[{"content":"{{bytes}}","type":"image/png","filename":"logo.png","disposition":"inline","content_id":"logo1"},
                            {"content":"{{bytes}}","type":"application/pdf","filename":"facture d'été.pdf"}]}
            """;
        (await api.SendAsync("POST", Path, body)).Status.ShouldBe(202);
        foreach (var address in (string[])["a@r.test", "b@r.test"])
        {
            var mail = await CapturedAsync(api, address);
            mail.SourceText.ShouldContain("multipart/mixed");
            mail.SourceText.ShouldContain("multipart/related");
            mail.SourceText.ShouldContain("Content-ID: <logo1>");
            mail.Attachments.Select(a => a.Key).ShouldContain("facture d'été.pdf");
        }
        await using var db = await DbAsync(api);
        (await CountAsync(db, "SELECT count(*) AS \"Value\" FROM attachment_files")).ShouldBe(1);
        (await CountAsync(db, "SELECT count(*) AS \"Value\" FROM single_attachments")).ShouldBe(2);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Repeated_call_gets_the_first_answer_and_another_body_under_its_key_is_refused(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        using var client = api.Client(await api.KeyAsync(api.Customer, [ApiScopes.MessagesSend]));
        client.DefaultRequestHeaders.Add("Idempotency-Key", "order 12");
        // At the same moment, as impatient callers do.
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ApiHost.SendAsync(client, "POST", Path, Simple)));
        answers.Select(a => a.Status).ShouldAllBe(s => s == 202);
        answers.Select(a => a.Headers["X-Message-Id"]).Distinct().Count().ShouldBe(1);
        (await ApiHost.SendAsync(client, "POST", Path, Simple.Replace("commande", "facture", StringComparison.Ordinal))).Status.ShouldBe(
            409
        );
        await using var db = await DbAsync(api);
        (await db.Of<DeliveryRecord>(api.Customer).CountAsync(d => d.Address == "ana@r.test", Token)).ShouldBe(1);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Answers_are_forgotten_after_72_hours_and_their_keys_are_free_again(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        api.Http.DefaultRequestHeaders.Add("Idempotency-Key", "k");
        var first = await api.SendAsync("POST", Path, Simple);
        await using (var db = await DbAsync(api))
            await db.Database.ExecuteSqlAsync($"UPDATE idempotent_answers SET created_at = created_at - 259201000", Token);
        var second = await api.SendAsync("POST", Path, Simple);
        second.Headers["X-Message-Id"].ShouldNotBe(first.Headers["X-Message-Id"]);
        await using (var db = await DbAsync(api))
            await db.Database.ExecuteSqlAsync($"UPDATE idempotent_answers SET created_at = created_at - 259201000", Token);
        var purge = api.Web.Services.GetServices<IHostedService>().OfType<AnswerPurge>().Single();
        (await purge.PurgeAsync(Token)).ShouldBe(1);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Opt_out_holds_back_what_calls_itself_marketing_and_a_complaint_everything(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        foreach (
            var (address, reason) in ((string, SuppressionReason)[])
                [("out@r.test", SuppressionReason.OptOut), ("angry@r.test", SuppressionReason.Complaint)]
        )
            await SuppressAddress.RunAsync(
                new Actor(api.Customer, "test"),
                new SuppressAddressRequest(Channel.Email, address, reason, SuppressionOrigin.Web),
                api.Web.Services.GetRequiredService<WriteQueue>(),
                TimeProvider.System,
                Token
            );
        var plain = Simple.Replace(
            """{"email":"ana@r.test"}""",
            """{"email":"out@r.test"},{"email":"angry@r.test"}""",
            StringComparison.Ordinal
        );
        (await api.SendAsync("POST", Path, plain)).Status.ShouldBe(202);
        await EndsAsync(api, ("out@r.test", DeliveryStatus.Sent), ("angry@r.test", DeliveryStatus.Suppressed));
        var marketing = With("\"categories\":[\"Marketing\"]").Replace("ana@r.test", "out@r.test", StringComparison.Ordinal);
        (await api.SendAsync("POST", Path, marketing)).Status.ShouldBe(202);
        await EndsAsync(api, ("out@r.test", DeliveryStatus.Sent), ("out@r.test", DeliveryStatus.Suppressed));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Planned_mail_waits_and_a_sandboxed_one_is_only_checked(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var later = TimeProvider.System.GetUtcNow().AddHours(5).ToUnixTimeSeconds();
        (await api.SendAsync("POST", Path, With($"\"send_at\":{later}"))).Status.ShouldBe(202);
        var sandbox = await api.SendAsync("POST", Path, With("\"mail_settings\":{\"sandbox_mode\":{\"enable\":true}}"));
        (sandbox.Status, sandbox.Headers.ContainsKey("X-Message-Id")).ShouldBe((200, false));
        await using var db = await DbAsync(api);
        var row = await db.Of<DeliveryRecord>(api.Customer).SingleAsync(d => d.Address == "ana@r.test", Token);
        row.Status.ShouldBe(DeliveryStatus.Pending);
        (await CountAsync(db, $"SELECT due_at AS \"Value\" FROM delivery_queue WHERE delivery_id = {row.Id.Value}")).ShouldBe(later * 1000);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Tracking_is_off_unless_asked_for_and_keeps_the_authors_braces(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        const string Body = """
            {"personalizations":[{"to":[{"email":"a@r.test"}],"substitutions":{"-n-":"Ana"}}],"from":{"email":"shop@asso.example"},"subject":"{{x}} -n-",
             "content":[{"type":"text/html","value":"<p>{{raw}} {-n-} <a href=\"https://shop.example/a\">voir</a></p>"}],
             "tracking_settings":{"click_tracking":{"enable":true},"open_tracking":{"enable":OPEN}}}
            """;
        var answer = await api.SendAsync("POST", Path, Body.Replace("OPEN", "true", StringComparison.Ordinal));
        answer.Status.ShouldBe(202, answer.Text);
        var tracked = await CapturedAsync(api, "a@r.test");
        tracked.Row.Subject.ShouldBe("{{x}} Ana");
        tracked.Html!.ShouldContain("{{raw}} {Ana}");
        tracked.Html!.ShouldContain("/l/");
        tracked.Html!.ShouldContain("/o/");
        tracked.Html!.ShouldNotContain("shop.example");
        (
            await api.SendAsync(
                "POST",
                Path,
                Body.Replace("OPEN", "false", StringComparison.Ordinal).Replace("a@r.test", "b@r.test", StringComparison.Ordinal)
            )
        ).Status.ShouldBe(202);
        (await CapturedAsync(api, "b@r.test")).Html!.ShouldNotContain("/o/");
    }

    [Fact]
    public async Task Link_with_a_field_leads_each_person_to_a_target_of_their_own()
    {
        await using var api = await ApiHost.StartAsync();
        var template = await TemplateAsync(api, api.Customer, "Commande", "<p><a href=\"https://shop.example/o/{{order}}\">voir</a></p>");
        foreach (var order in (string[])["12", "13"])
        {
            var body =
                $$$"""{"personalizations":[{"to":[{"email":"o{{{order}}}@r.test"}],"dynamic_template_data":{"order":"{{{order}}}"}}],"from":{"email":"shop@asso.example"},"template_id":"{{{template}}}","tracking_settings":{"click_tracking":{"enable":true} } }""";
            var answer = await api.SendAsync("POST", Path, body);
            answer.Status.ShouldBe(202, answer.Text);
        }
        foreach (var order in (string[])["12", "13"])
        {
            var mail = await CapturedAsync(api, $"o{order}@r.test");
            var link = new Uri(Regex.Match(mail.Html!, "href=\"([^\"]*/l/[^\"]+)\"").Groups[1].Value);
            using var anybody = api.Client(null);
            using var answer = await anybody.GetAsync(link.PathAndQuery);
            answer.Headers.Location.ShouldBe(new Uri($"https://shop.example/o/{order}"));
            var copy = await api.Web.Services.GetRequiredService<DeliveryCopies>().CopyAsync(api.Customer, mail.Row.Delivery, Token);
            copy!.Html!.ShouldContain("voir");
            copy.Subject.ShouldBe(mail.Row.Subject);
        }
    }

    [Fact]
    public async Task Same_text_is_stored_once()
    {
        await using var api = await ApiHost.StartAsync();
        await using var db = await DbAsync(api);
        var before = await db.Of<ContentVersion>(api.Customer).CountAsync(Token);
        for (var i = 0; i < 3; i++)
            (await api.SendAsync("POST", Path, Simple)).Status.ShouldBe(202);
        (await db.Of<ContentVersion>(api.Customer).CountAsync(Token)).ShouldBe(before + 1);
    }

    internal static string With(string member) => Simple.TrimEnd()[..^1] + "," + member + "}";

    private static string WithTemplate(string template, string to) =>
        $$$"""
            {"personalizations":[{"to":[{"email":"{{{to}}}"}],"dynamic_template_data":{"number":12,"sum":"<1>","lines":["un","deux"]}}],
             "from":{"email":"shop@asso.example"},"template_id":"{{{template}}}"}
            """;

    private static async Task<string> TemplateAsync(
        ApiHost api,
        CustomerId customer,
        string name,
        string html = "<p>Total {{sum}}: {{#each lines}}{{this}} {{/each}}</p>"
    )
    {
        await using var db = await DbAsync(api);
        var template = new Template
        {
            CustomerId = customer,
            Name = name,
            Subject = "Facture {{number}}",
            Html = html,
            CreatedAt = TimeProvider.System.GetUtcNow(),
            UpdatedAt = TimeProvider.System.GetUtcNow(),
        };
        db.Add(template);
        await db.SaveChangesAsync(Token);
        return template.Id.ToString();
    }

    private static async Task EndsAsync(ApiHost api, params (string Address, DeliveryStatus Status)[] expected)
    {
        await using var db = await DbAsync(api);
        await Eventually.TrueAsync(async () =>
        {
            var rows = await db.Of<DeliveryRecord>(api.Customer).AsNoTracking().Where(d => d.CampaignId == null).ToListAsync(Token);
            return expected.All(e => rows.Exists(r => r.Address == e.Address && r.Status == e.Status));
        });
    }

    internal static async Task<CapturedContent> CapturedAsync(ApiHost api, string address)
    {
        await using var db = await DbAsync(api);
        CapturedRow? row = null;
        await Eventually.TrueAsync(
            async () =>
            {
                row = (await ListCaptured.RunAsync(new(api.Customer), db, Token)).FirstOrDefault(r => r.Recipient == address);
                return row is not null;
            },
            TimeSpan.FromSeconds(60)
        );
        return (await ReadCaptured.RunAsync(new(api.Customer, row!.Id), db, Token))!;
    }

    internal static string? HeaderOf(CapturedContent mail, string name) =>
        mail.Headers.Where(h => h.Key == name).Select(h => h.Value).SingleOrDefault();

    internal static string FieldsOf(ApiAnswer answer) =>
        string.Join(' ', answer.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("field").GetString()).Distinct());

    internal static Task<EstafetteDb> DbAsync(ApiHost api) =>
        api.Web.Services.GetRequiredService<IDbContextFactory<EstafetteDb>>().CreateDbContextAsync(Token);

    private static async Task<long> CountAsync(EstafetteDb db, string sql) => await db.Database.SqlQueryRaw<long>(sql).SingleAsync(Token);
}
