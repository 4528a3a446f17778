using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing.Dns;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Api.V1;

public sealed class DomainApiTests
{
    private const string Domains = "/api/v1/domains/";

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Domain_is_added_listed_read_and_deleted(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var made = await api.SendAsync("POST", Domains, """{"name":"Éstafette.Example.com"}""");
        made.Status.ShouldBe(201, made.Text);
        made.Headers["Location"].ShouldBe(made["url"]);
        made["name"].ShouldBe("xn--stafette-90a.example.com");
        made.Json.EnumerateObject()
            .Select(p => p.Name)
            .ShouldBe(["url", "id", "name", "mx_status", "spf_status", "dkim_status", "dmarc_status", "checked_at", "messages", "records"]);
        foreach (var status in new[] { "mx_status", "spf_status", "dkim_status", "dmarc_status" })
            made[status].ShouldBe("pending");
        made.Json.GetProperty("records")
            .EnumerateArray()
            .Select(r => r.GetProperty("purpose").GetString())
            .ShouldBe(["spf", "dkim", "dmarc"]);
        (await api.SendAsync("GET", made["url"]!)).Text.ShouldBe(made.Text);
        var list = await api.SendAsync("GET", Domains + "?name=xn--stafette-90a.example.com&dkim_status=pending");
        (list.Json.GetArrayLength(), list.Headers["X-Total-Count"]).ShouldBe((1, "1"));
        (await api.SendAsync("GET", Domains + "?page=1")).Json.GetProperty("count").GetInt32().ShouldBeGreaterThan(0);
        (await api.SendAsync("GET", Domains + "?dkim_status=perhaps")).Status.ShouldBe(400);
        (await api.SendAsync("GET", Domains + "?format=csv")).Text.ShouldStartWith("url,id,name,mx_status");
        (await api.SendAsync("DELETE", made["url"]!)).Status.ShouldBe(204);
        (await api.SendAsync("GET", made["url"]!)).Status.ShouldBe(404);
        (await api.SendAsync("DELETE", made["url"]!)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Wrong_and_repeated_names_are_refused_in_the_field()
    {
        await using var api = await ApiHost.StartAsync();
        foreach (var body in new[] { "{}", """{"name":""}""", """{"name":"localhost"}""", """{"name":"a b.com"}""", """{"name":5}""" })
        {
            var refused = await api.SendAsync("POST", Domains, body);
            refused.Status.ShouldBe(400, body);
            refused.Json.TryGetProperty("name", out _).ShouldBeTrue(refused.Text);
        }
        (await api.SendAsync("POST", Domains, "[]")).Status.ShouldBe(400);
        (await api.SendAsync("POST", Domains, """{"name":"example.com"}""")).Status.ShouldBe(201);
        (await api.SendAsync("POST", Domains, """{"name":"EXAMPLE.com."}"""))
            .Json.GetProperty("name")[0]
            .GetString()
            .ShouldBe("Ce domaine existe déjà.");
    }

    [Fact]
    public async Task Domains_of_others_do_not_exist_and_scopes_are_respected()
    {
        await using var api = await ApiHost.StartAsync();
        var made = await api.SendAsync("POST", Domains, """{"name":"example.com"}""");
        await using var scope = api.Web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var other = await CreateCustomer.RunAsync(new NewCustomer { Name = "Other" }, db, TimeProvider.System, default);
        using var stranger = api.Client(await api.KeyAsync(other, ApiScopes.All));
        foreach (var (method, path) in new[] { ("GET", ""), ("DELETE", ""), ("POST", "revalidate/") })
            (await ApiHost.SendAsync(stranger, method, made["url"] + path)).Status.ShouldBe(404, method);
        (await ApiHost.SendAsync(stranger, "GET", Domains)).Json.GetArrayLength().ShouldBe(0);
        using var reader = api.Client(await api.KeyAsync(api.Customer, [ApiScopes.DomainsRead]));
        (await ApiHost.SendAsync(reader, "GET", made["url"]!)).Status.ShouldBe(200);
        (await ApiHost.SendAsync(reader, "POST", made["url"] + "revalidate/")).Status.ShouldBe(403);
        (await ApiHost.SendAsync(reader, "DELETE", made["url"]!)).Status.ShouldBe(403);
        using var nobody = api.Client(await api.KeyAsync(api.Customer, [ApiScopes.CampaignsRead]));
        (await ApiHost.SendAsync(nobody, "GET", Domains)).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Revalidation_says_that_checks_are_off()
    {
        await using var api = await ApiHost.StartAsync();
        var made = await api.SendAsync("POST", Domains, """{"name":"example.com"}""");
        var again = await api.SendAsync("POST", made["url"] + "revalidate/");
        (again.Status, again["dkim_status"], again["checked_at"]).ShouldBe((200, "pending", ""));
        again.Json.GetProperty("messages").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    [Trait("Category", "RealServers")]
    public async Task Revalidation_asks_the_names_and_tells_what_is_wrong_in_the_language_asked_for()
    {
        await using var dns = await NsdServer.StartAsync(
            new Dictionary<string, string> { ["right.test"] = "@ TXT \"v=spf1 a -all\"\n@ MX 10 mail\nmail A 127.0.0.1" }
        );
        await using var api = await ApiHost.StartAsync(
            DatabaseKind.Sqlite,
            ("Dns:BypassChecks", "false"),
            ("Dns:Resolvers", $"{dns.Host}:{dns.Port}")
        );
        var made = await api.SendAsync("POST", Domains, """{"name":"right.test"}""");
        var found = await api.SendAsync("POST", made["url"] + "revalidate/");
        (found.Status, found["spf_status"], found["mx_status"]).ShouldBe((200, "ok", "ok"), found.Text);
        (found["dkim_status"], found["dmarc_status"]).ShouldBe(("ko", "ko"));
        found.Json.GetProperty("checked_at").GetString()!.ShouldEndWith("Z");
        string Messages(ApiAnswer answer) =>
            string.Join('\n', answer.Json.GetProperty("messages").EnumerateArray().Select(m => m.GetString()));
        Messages(found).ShouldContain("Aucune clé DKIM");
        api.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
        Messages(await api.SendAsync("GET", made["url"]!)).ShouldContain("No DKIM key");
    }
}
