using System.Text.Json;
using System.Text.RegularExpressions;
using Estafette.Core.Accounts;

namespace Estafette.Tests.Api.V1.Resources;

/// <summary>What holds for every operation of the description, those of tomorrow too.</summary>
[Collection(SqliteResourceHost.Group)]
public sealed partial class RightsTests(SqliteResourceHost host)
{
    [Fact]
    public async Task Every_operation_is_refused_to_a_key_that_has_all_rights_but_its_own()
    {
        var clients = new Dictionary<string, HttpClient>(StringComparer.Ordinal);
        foreach (var scope in ApiScopes.All)
            clients[scope] = host.Api.Client(await host.Api.KeyAsync(host.Api.Customer, [.. ApiScopes.All.Where(s => s != scope)]));
        foreach (var (method, path, operation) in await OperationsAsync())
            if (operation.GetProperty("security")[0].GetProperty("key") is var rights && rights.GetArrayLength() == 1)
            {
                var called = Parameter().Replace(path, "1");
                (await ApiHost.SendAsync(clients[rights[0].GetString()!], method, called)).Status.ShouldBe(403, $"{method} {path}");
            }
        foreach (var client in clients.Values)
            client.Dispose();
    }

    [Fact]
    public async Task Objects_of_another_customer_do_not_exist_for_any_operation()
    {
        var ids = await ObjectsAsync();
        var tried = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (method, path, _) in await OperationsAsync())
        {
            if (!path.Contains("{id}", StringComparison.Ordinal))
                continue;
            var resource = path.Split('/')[3];
            var own = path.Replace("{id}", $"{ids[resource]}", StringComparison.Ordinal);
            foreach (var (name, inner) in new[] { ("mail", "mails"), ("aid", "mails"), ("list", "lists"), ("call", "lists") })
                own = own.Replace("{" + name + "}", $"{ids[inner]}", StringComparison.Ordinal);
            tried.Add(resource);
            var answer = await ApiHost.SendAsync(host.Stranger, method, own, method is "GET" or "DELETE" ? null : "{}", "application/json");
            answer.Status.ShouldBe(404, $"{method} {own}: {answer.Text}");
        }
        tried.Order(StringComparer.Ordinal).ShouldBe(ids.Keys.Where(k => k != "mails").Order(StringComparer.Ordinal));
        // Nothing of it was changed or deleted, and no list shows it.
        foreach (var (resource, id) in ids.Where(i => i.Key is not ("mails" or "customers")))
        {
            (await host.SendAsync("GET", $"{resource}/{id}/")).Status.ShouldBe(200, resource);
            var listed = await ApiHost.SendAsync(host.Stranger, "GET", $"/api/v1/{resource}/");
            ResourceHost
                .RowsOf(listed)
                .ShouldNotContain(r => r.GetProperty("url").GetString()!.EndsWith($"/{resource}/{id}/", StringComparison.Ordinal));
        }
        (await ApiHost.SendAsync(host.Stranger, "GET", $"/api/v1/contacts/?list={ids["lists"]}")).Json.GetArrayLength().ShouldBe(0);
        var foreign = await ApiHost.SendAsync(
            host.Stranger,
            "POST",
            $"/api/v1/imports/?filename=a.csv&list={ids["lists"]}",
            "email\na@r.test\n"
        );
        foreign.Status.ShouldBe(400);
    }

    private async Task<Dictionary<string, long>> ObjectsAsync()
    {
        async Task<long> MadeAsync(string resource, string body) => ResourceHost.IdOf(await host.CreateAsync(resource, body));
        static long Last(string url) => long.Parse(url.TrimEnd('/').Split('/')[^1], System.Globalization.CultureInfo.InvariantCulture);
        var campaign = await host.Api.CampaignAsync(host.Unique("Lettre "));
        var mail = await host.SendAsync("POST", campaign + "mails/", """{"to":"ana@r.test"}""");
        await host.SendAsync("PUT", campaign + "message/", """{"subject":"S","html":"<p>x</p>"}""");
        var list = await MadeAsync("lists", $$"""{"name":"{{host.Unique("L")}}"}""");
        (
            await host.SendAsync(
                "POST",
                "/v3/mail/send",
                V3.MailSendTests.With("\"send_at\":" + TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds())
            )
        ).Status.ShouldBe(202);
        return new(StringComparer.Ordinal)
        {
            ["campaigns"] = Last(campaign),
            ["mails"] = Last(mail["url"]!),
            ["customers"] = host.Api.Customer.Value,
            ["contacts"] = await MadeAsync("contacts", $$"""{"email":"{{host.Unique("c")}}@r.test"}"""),
            ["lists"] = list,
            ["segments"] = await MadeAsync(
                "segments",
                $$$$"""{"name":"{{{{host.Unique("S")}}}}","definition":{"version":1,"root":{"match":"all","items":[{"subject":"list","operator":"member","key":"{{{{list}}}}"}]}}}"""
            ),
            ["imports"] = ResourceHost.IdOf(await host.SendAsync("POST", "imports/?filename=a.csv", "email\na@r.test\n")),
            ["templates"] = await MadeAsync("templates", $$"""{"name":"{{host.Unique("T")}}","subject":"s","html":"<p>x</p>"}"""),
            ["servers"] = await MadeAsync("servers", $$"""{"name":"{{host.Unique("S")}}","kind":"capture"}"""),
            ["messages"] = ResourceHost.IdOf(
                new(200, (await host.SendAsync("GET", "messages/")).Json[0], "", new Dictionary<string, string>())
            ),
            ["suppressions"] = await MadeAsync("suppressions", $$"""{"address":"{{host.Unique("s")}}@r.test"}"""),
            ["domains"] = Last((await host.SendAsync("POST", "domains/", $$"""{"name":"{{host.Unique("d")}}.example"}"""))["url"]!),
            ["webhooks"] = await MadeAsync("webhooks", """{"target":"https://hooks.example/in","events":["bounce"]}"""),
        };
    }

    private async Task<List<(string Method, string Path, JsonElement Operation)>> OperationsAsync()
    {
        var document = await host.SendAsync("GET", "/api/openapi.json");
        return
        [
            .. document
                .Json.GetProperty("paths")
                .EnumerateObject()
                .SelectMany(p => p.Value.EnumerateObject().Select(m => (m.Name.ToUpperInvariant(), p.Name, m.Value))),
        ];
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
