using System.Text.Json;

namespace Estafette.Tests.Api.V1;

public sealed class InspectApiTests : IAsyncLifetime
{
    private ApiHost _api = null!;

    public async ValueTask InitializeAsync() => _api = await ApiHost.StartAsync();

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task One_object_gives_its_result_or_a_detail()
    {
        var good = await PostAsync("phone", """{"id":1,"input":"06 12 34 56 78"}""");
        (good.Status, good.Text).ShouldBe((200, """{"valid":true,"e164":"+33612345678","region":"FR","type":"mobile"}"""));
        var bad = await PostAsync("phone", """{"input":7}""");
        (bad.Status, bad["detail"]).ShouldBe((400, "The member 'input' is no text."));
        (await PostAsync("phone", "7")).Status.ShouldBe(400);
        (await PostAsync("phone", "{")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task An_array_gives_an_array_in_its_order()
    {
        var answer = await PostAsync("sms", """[{"id":"a","input":"ça"},{"id":[1, 2],"input":null},7]""");
        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe(
            """[{"id":"a","result":{"encoding":"ucs2","units":2,"parts":1}},{"id":[1, 2],"error":"The member 'input' is missing."},{"id":null,"error":"A JSON object is expected."}]"""
        );
        (await PostAsync("sms", JsonSerializer.Serialize(Enumerable.Repeat(new { input = "a" }, 1000))))
            .Json.GetArrayLength()
            .ShouldBe(1000);
        (await PostAsync("sms", JsonSerializer.Serialize(Enumerable.Repeat(new { input = "a" }, 1001)))).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Unknown_words_are_not_found_and_strangers_are_refused()
    {
        (await PostAsync("nothing", "{}")).Status.ShouldBe(404);
        using var stranger = _api.Client(null);
        (await ApiHost.SendAsync(stranger, "POST", "/api/v1/inspect/sms", """{"input":"a"}""")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task Any_credential_will_do()
    {
        using var poor = _api.Client(await _api.KeyAsync(_api.Customer, ["statistics:read"]));
        (await ApiHost.SendAsync(poor, "POST", "/api/v1/inspect/sms", """{"input":"a"}""")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Resolver_of_a_request_is_not_asked()
    {
        await using var dns = Estafette.Testing.Dns.FakeDnsServer.Start();
        await PostAsync("spf", $$"""{"ip":"192.0.2.1","from":"a@example.invalid","dns":"{{dns.EndPoint}}"}""");
        dns.Queries.ShouldBeEmpty();
    }

    private Task<ApiAnswer> PostAsync(string what, string body) =>
        _api.SendAsync("POST", "/api/v1/inspect/" + what, body, "application/json");
}
