using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Api.V1;

public sealed class CampaignApiTests
{
    private const string Campaign = """
        {"name":"Newsletter de Juillet","sender_email":"newsletter@example.com","sender_name":"Communication ACME chaussures",
         "tech_contacts":"admins@example.com, communication@example.com","owners":"communication@example.com"}
        """;

    private const string Message =
        """{"subject":"Tu peux faire tout ce que tu veux","html":"<h1>Mais ne marche pas sur mes chaussures en suédine bleue</h1>"}""";

    [Fact]
    public async Task Campaign_is_created_whatever_the_content_type_says_and_a_get_may_have_a_body()
    {
        await using var api = await ApiHost.StartAsync();
        foreach (var type in new[] { null, "application/x-www-form-urlencoded", "application/json", "application/json; charset=utf-8" })
            (await api.SendAsync("POST", "/api/v1/campaigns/", Campaign, type)).Status.ShouldBe(201, type);
        var read = await api.SendAsync("GET", "/api/v1/campaigns/", "null");
        read.Status.ShouldBe(200);
        (await api.SendAsync("POST", "/api/v1/campaigns/", Campaign, "text/xml")).Status.ShouldBe(415);
        (await api.SendAsync("POST", "/api/v1/campaigns", Campaign)).Status.ShouldBe(
            201,
            "A slash at the end is not needed, and nothing redirects."
        );
        (
            await api.SendAsync(
                "POST",
                "/api/v1/campaigns/",
                "name=X&sender_email=a%40b.example&sender_name=Y",
                "application/x-www-form-urlencoded"
            )
        ).Status.ShouldBe(201);
    }

    [Fact]
    public async Task Created_campaign_has_every_field_of_the_published_page()
    {
        await using var api = await ApiHost.StartAsync();
        var made = await api.SendAsync("POST", "/api/v1/campaigns/", Campaign);
        made.Status.ShouldBe(201, made.Text);
        made.Headers["Location"].ShouldBe(made["url"]);
        made["customer"].ShouldBe(api.Customer.ToString());
        made["name"].ShouldBe("Newsletter de Juillet");
        made["status"].ShouldBe("new");
        made["sender_email"].ShouldBe("newsletter@example.com");
        made["sender_name"].ShouldBe("Communication ACME chaussures");
        made["tech_contacts"].ShouldBe("admins@example.com,communication@example.com");
        made["owners"].ShouldBe("communication@example.com");
        made["external_optout"].ShouldBe("False");
        made.Json.GetProperty("creation_date").GetString()!.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$");
        made.Json.GetProperty("send_date").ValueKind.ShouldBe(JsonValueKind.Null);
        made.Json.GetProperty("completion_date").ValueKind.ShouldBe(JsonValueKind.Null);
        foreach (var link in new[] { "message", "mails", "preview", "preview_send", "attachments", "stats" })
            made[link].ShouldBe(made["url"] + link + "/");
    }

    [Fact]
    public async Task Everything_wrong_with_a_campaign_is_told_at_once_in_french_or_english_and_nothing_is_created()
    {
        await using var api = await ApiHost.StartAsync();
        var before = (await api.SendAsync("GET", "/api/v1/campaigns/")).Headers["X-Total-Count"];
        var wrong = await api.SendAsync(
            "POST",
            "/api/v1/campaigns/",
            """{"sender_email":"x","sender_name":"a\nb","customer":1024,"tech_contacts":["ok@example.com","no"],"external_optout":true}"""
        );
        wrong.Status.ShouldBe(400);
        wrong.Json.GetProperty("name")[0].GetString().ShouldBe("Ce champ est obligatoire.");
        wrong.Json.GetProperty("sender_email")[0].GetString().ShouldBe("Saisissez une adresse de courriel valide.");
        foreach (var field in new[] { "sender_name", "customer", "tech_contacts", "external_optout" })
            wrong.Json.GetProperty(field).GetArrayLength().ShouldBe(1, field);
        api.Http.DefaultRequestHeaders.Add("Accept-Language", "en");
        (await api.SendAsync("POST", "/api/v1/campaigns/", "{}"))
            .Json.GetProperty("name")[0]
            .GetString()
            .ShouldBe("This field is required.");
        (await api.SendAsync("POST", "/api/v1/campaigns/", "[]")).Json.TryGetProperty("non_field_errors", out _).ShouldBeTrue();
        (await api.SendAsync("POST", "/api/v1/campaigns/", "{\"name\":")).Json.TryGetProperty("detail", out _).ShouldBeTrue();
        (await api.SendAsync("GET", "/api/v1/campaigns/")).Headers["X-Total-Count"].ShouldBe(before);
    }

    [Fact]
    public async Task What_was_read_can_be_put_back_unchanged_and_put_needs_what_patch_does_not()
    {
        await using var api = await ApiHost.StartAsync();
        var made = await api.SendAsync("POST", "/api/v1/campaigns/", Campaign);
        var again = await api.SendAsync("PUT", made["url"]!, made.Text);
        again.Status.ShouldBe(200, again.Text);
        again.Text.ShouldBe(made.Text);
        (await api.SendAsync("PUT", made["url"]!, """{"name":"x","sender_email":"a@example.com"}"""))
            .Json.TryGetProperty("sender_name", out _)
            .ShouldBeTrue();
        var patched = await api.SendAsync("PATCH", made["url"]!, """{"name":"Autre"}""");
        patched.Status.ShouldBe(200);
        (patched["name"], patched["sender_name"]).ShouldBe(("Autre", "Communication ACME chaussures"));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Campaign_goes_from_new_to_sent_and_cannot_be_changed_once_it_started(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var path = await api.CampaignAsync();
        var early = await api.SendAsync("PATCH", path, """{"status":"sending"}""");
        early.Status.ShouldBe(400);
        early.Json.TryGetProperty("message", out _).ShouldBeTrue(early.Text);
        early.Json.TryGetProperty("mails", out _).ShouldBeTrue(early.Text);
        (await api.SendAsync("PATCH", path, """{"status":"paused"}""")).Status.ShouldBe(400);
        (await api.SendAsync("PATCH", path, """{"status":"flying"}""")).Status.ShouldBe(400);
        (await api.SendAsync("PUT", path + "message/", Message)).Status.ShouldBe(201);
        (await api.SendAsync("GET", path))["status"].ShouldBe("message_ok");
        (
            await api.SendAsync("POST", path + "mails/", """[{"to":"john@domaine.example"},{"to":"jane@domaine.example"},]""")
        ).Status.ShouldBe(201);
        var started = await api.SendAsync("PATCH", path, """{"status":"sending"}""");
        started.Status.ShouldBe(200, started.Text);
        started.Json.GetProperty("send_date").ValueKind.ShouldBe(JsonValueKind.String);
        (await api.SendAsync("PATCH", path, """{"name":"late"}""")).Status.ShouldBe(409);
        (await api.SendAsync("DELETE", path)).Status.ShouldBe(409);
        (await api.SendAsync("POST", path + "mails/", """{"to":"late@domaine.example"}""")).Status.ShouldBe(409);
        await Eventually.TrueAsync(async () => (await api.SendAsync("GET", path))["status"] == "sent");
        var done = await api.SendAsync("GET", path);
        done.Json.GetProperty("completion_date").ValueKind.ShouldBe(JsonValueKind.String);
        (await api.SendAsync("PATCH", path, """{"status":"cancelled"}""")).Status.ShouldBe(409);
        (await api.SendAsync("PATCH", path, """{"status":"sent"}""")).Status.ShouldBe(200);
        var mails = await api.SendAsync("GET", path + "mails/");
        mails
            .Json.EnumerateArray()
            .Select(m => m.GetProperty("last_status").GetProperty("status").GetString())
            .ShouldAllBe(s => s == "sent" || s == "delivered");
        var stats = await api.SendAsync("GET", path + "stats/");
        stats.Status.ShouldBe(200, stats.Text);
        stats.Json.GetProperty("count").GetProperty("total").GetInt64().ShouldBe(2);
        api.Web.Errors.ShouldBeEmpty();
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Opted_out_recipient_is_excluded_and_a_campaign_of_excluded_ones_is_sent_at_once(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var path = await api.CampaignAsync();
        await api.SendAsync("PUT", path + "message/", Message);
        await api.SendAsync("POST", path + "mails/", """[{"to":"jane@domaine.example"},{"to":"John@Domaine.example"}]""");
        var optOut = await api.SendAsync("POST", $"/api/v1/customers/{api.Customer}/opt-outs/", """{"address":"JANE@domaine.example"}""");
        (optOut.Status, optOut["origin"]).ShouldBe((201, "api"));
        var preview = await api.SendAsync("GET", path + "preview/?detail=true");
        preview.Json.GetProperty("recipients").EnumerateArray().Select(r => r.GetString()).ShouldBe(["John@domaine.example"]);
        preview.Json.GetProperty("excluded_recipients").EnumerateArray().Select(r => r.GetString()).ShouldBe(["jane@domaine.example"]);
        preview.Json.GetProperty("excluded_detail").GetArrayLength().ShouldBe(1);
        preview["html_message"]!.ShouldContain("UNSUBSCRIBE_URL");
        await api.SendAsync("POST", $"/api/v1/customers/{api.Customer}/opt_outs/", """{"address":"john@domaine.example"}""");
        (await api.SendAsync("PATCH", path, """{"status":"sending"}""")).Status.ShouldBe(200);
        await Eventually.TrueAsync(async () => (await api.SendAsync("GET", path))["status"] == "sent");
        (await api.SendAsync("GET", path)).Json.GetProperty("completion_date").ValueKind.ShouldBe(JsonValueKind.String);
        foreach (var mail in (await api.SendAsync("GET", path + "mails/")).Json.EnumerateArray())
        {
            mail.GetProperty("last_status").GetProperty("status").GetString().ShouldBe("unknown");
            mail.GetProperty("last_status").GetProperty("raw_msg").GetString()!.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task Campaign_that_did_not_start_is_deleted_with_all_that_belongs_to_it()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync();
        await api.SendAsync("PUT", path + "message/", Message);
        await api.SendAsync("POST", path + "mails/", """[{"to":"a@domaine.example","properties":{"x":"1"}}]""");
        (await api.SendAsync("DELETE", path)).Status.ShouldBe(204);
        (await api.SendAsync("GET", path)).Status.ShouldBe(404);
        (await api.SendAsync("GET", path + "mails/")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Pause_is_told_to_clients_that_know_it_and_a_put_of_the_others_does_not_resume()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync();
        await api.SendAsync("PUT", path + "message/", Message);
        var many = string.Join(',', Enumerable.Range(0, 5000).Select(i => $$"""{"to":"r{{i}}@domaine.example"}"""));
        (await api.SendAsync("POST", path + "mails/", $"[{many}]")).Status.ShouldBe(201);
        (await api.SendAsync("PATCH", path, """{"status":"sending"}""")).Status.ShouldBe(200);
        (await api.SendAsync("PATCH", path, """{"status":"paused"}""")).Status.ShouldBe(200);
        var shown = await api.SendAsync("GET", path);
        shown["status"].ShouldBe("sending");
        (await api.SendAsync("PUT", path, shown.Text)).Status.ShouldBe(200);
        api.Http.DefaultRequestHeaders.Add("X-Estafette-Extended", "1");
        (await api.SendAsync("GET", path))["status"].ShouldBe("paused");
        (await api.SendAsync("GET", path)).Json.TryGetProperty("pause_reason", out _).ShouldBeFalse("a person paused it");
        await api
            .Web.Services.GetRequiredService<WriteQueue>()
            .RunAsync(
                async session =>
                    await session.Prepare("UPDATE campaigns SET hold_reason = 1, held_at = 1, hold_count = 3").ExecuteNonQueryAsync(),
                default
            );
        (await api.SendAsync("GET", path))["pause_reason"].ShouldBe("complaints");
        var resumed = await api.SendAsync("PATCH", path, """{"status":"sending"}""");
        resumed["status"].ShouldBe("sending");
        resumed.Json.TryGetProperty("pause_reason", out _).ShouldBeFalse();
        (await api.SendAsync("PATCH", path, """{"status":"cancelled"}"""))["status"].ShouldBe("cancelled");
    }

    [Fact]
    public async Task Foreign_campaigns_do_not_exist_and_missing_rights_are_named()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync();
        await using var scope = api.Web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var other = await CreateCustomer.RunAsync(new NewCustomer { Name = "Other" }, db, TimeProvider.System, default);
        using var stranger = api.Client(await api.KeyAsync(other, ApiScopes.All));
        foreach (
            var (method, at) in new[]
            {
                ("GET", path),
                ("PATCH", path),
                ("DELETE", path),
                ("GET", path + "mails/"),
                ("POST", path + "mails/"),
                ("PUT", path + "message/"),
                ("GET", path + "preview/"),
                ("GET", path + "stats/"),
                ("GET", $"/api/v1/customers/{api.Customer}/opt-outs/"),
            }
        )
            (await ApiHost.SendAsync(stranger, method, at, "{}")).Status.ShouldBe(404, $"{method} {at}");
        using var reader = api.Client(await api.KeyAsync(api.Customer, [ApiScopes.CampaignsRead]));
        (await ApiHost.SendAsync(reader, "GET", path)).Status.ShouldBe(200);
        (await ApiHost.SendAsync(reader, "PATCH", path, "{}")).Status.ShouldBe(403);
        using var writer = api.Client(await api.KeyAsync(api.Customer, [ApiScopes.CampaignsRead, ApiScopes.CampaignsWrite]));
        (await ApiHost.SendAsync(writer, "PATCH", path, """{"status":"sending"}""")).Status.ShouldBe(403);
        using var nobody = api.Client(null);
        var refused = await ApiHost.SendAsync(nobody, "GET", path);
        (refused.Status, refused.Headers["WWW-Authenticate"]).ShouldBe((401, "Basic realm=\"api\", charset=\"UTF-8\""));
        (await ApiHost.SendAsync(nobody, "GET", "/api/v1/nothing/")).Status.ShouldBe(401);
        (await api.SendAsync("GET", "/api/v1/nothing/")).Json.TryGetProperty("detail", out _).ShouldBeTrue();
        var method_ = await api.SendAsync("DELETE", "/api/v1/campaigns/");
        method_.Status.ShouldBe(405);
        method_.Headers["Allow"].ShouldContain("POST");
    }
}
