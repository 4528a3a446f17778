using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Api.V1;

public sealed class WebhookApiTests
{
    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Webhook_is_created_with_a_secret_shown_once_changed_and_deleted(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var created = await api.SendAsync(
            "POST",
            "/api/v1/webhooks/",
            """{"target":"https://hooks.example/in","events":["bounce","delivered"]}"""
        );
        created.Status.ShouldBe(201, created.Text);
        created["secret"]!.ShouldStartWith("whsec_");
        created.Json.GetProperty("events").EnumerateArray().Select(e => e.GetString()).ShouldBe(["delivered", "bounce"]);
        var url = created["url"]!;
        var shown = await api.SendAsync("GET", url);
        (shown.Status, shown.Json.TryGetProperty("secret", out _), shown["target"]).ShouldBe((200, false, "https://hooks.example/in"));
        var changed = await api.SendAsync("PATCH", url, """{"active":false}""");
        (changed["active"], changed["target"]).ShouldBe(("False", "https://hooks.example/in"));
        (await api.SendAsync("GET", "/api/v1/webhooks/")).Json.GetArrayLength().ShouldBe(1);
        (await api.SendAsync("GET", created["deliveries"]!)).Json.GetArrayLength().ShouldBe(0);
        (await api.SendAsync("DELETE", url)).Status.ShouldBe(204);
        (await api.SendAsync("GET", url)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Wrong_fields_are_told_together_and_the_scope_is_needed()
    {
        await using var api = await ApiHost.StartAsync();
        var wrong = await api.SendAsync("POST", "/api/v1/webhooks/", """{"target":"http://10.0.0.1/","events":["nothing"]}""");
        (wrong.Status, string.Join(' ', wrong.Json.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal))).ShouldBe(
            (400, "events target")
        );
        var empty = await api.SendAsync("POST", "/api/v1/webhooks/", "{}");
        string.Join(' ', empty.Json.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)).ShouldBe("events target");
        using var other = api.Client(await api.KeyAsync(api.Customer, [.. ApiScopes.All.Where(s => s != ApiScopes.WebhooksManage)]));
        (await ApiHost.SendAsync(other, "GET", "/api/v1/webhooks/")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Failed_call_is_listed_and_can_be_repeated()
    {
        await using var api = await ApiHost.StartAsync();
        // Nobody is there: the name does not exist.
        var created = await api.SendAsync("POST", "/api/v1/webhooks/", """{"target":"https://nobody.invalid/","events":["delivered"]}""");
        (await api.SendAsync("POST", "/v3/mail/send", V3.MailSendTests.With("\"asm\":{}"))).Status.ShouldBe(202);
        var calls = default(ApiAnswer)!;
        await Eventually.TrueAsync(
            async () =>
                (calls = await api.SendAsync("GET", created["deliveries"]!)).Json is var list
                && list.GetArrayLength() > 0
                && list[0].GetProperty("attempts").GetInt32() > 0,
            TimeSpan.FromSeconds(60)
        );
        calls.Json[0].GetProperty("status").GetString().ShouldBe("waiting");
        var again = await api.SendAsync("POST", calls.Json[0].GetProperty("replay").GetString()!);
        (again.Status, again["replay_of"]).ShouldBe((201, calls.Json[0].GetProperty("id").ToString()));
        (await api.SendAsync("POST", created["deliveries"]! + "999999/replay/")).Status.ShouldBe(404);
    }
}
