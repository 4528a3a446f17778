using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Estafette.Protocols.Callbacks;
using Estafette.Testing;
using Estafette.Tests.Api;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Inbound;

public sealed class ProviderCallbackTests
{
    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Events_of_a_provider_move_a_delivery_by_rank_however_late_and_often_they_come(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var address = await ConfigureAsync(api, "postmark:secret");
        var (path, ids) = await SendAsync(api, "a@a.example", "b@a.example");
        var events = new[]
        {
            Delivery(ids["a@a.example"]),
            Bounce(ids["b@a.example"]),
            Delivery(ids["b@a.example"]),
            Bounce(ids["b@a.example"]),
        };
        foreach (var told in events)
            (await CallAsync(api, address, told, "postmark:secret")).ShouldBe(HttpStatusCode.NoContent);
        await Eventually.TrueAsync(async () =>
            await StatusAsync(api, path, ids["b@a.example"]) == "hardbounced"
            && await StatusAsync(api, path, ids["a@a.example"]) == "delivered"
        );
        (await api.SendAsync("GET", $"/api/v1/customers/{api.Customer}/opt-outs/"))
            .Json.EnumerateArray()
            .Count(o => o.GetProperty("address").GetString() == "b@a.example")
            .ShouldBe(1);
    }

    [Fact]
    public async Task Call_without_proof_is_refused_and_changes_nothing()
    {
        await using var api = await ApiHost.StartAsync();
        var address = await ConfigureAsync(api, "postmark:secret");
        var (path, ids) = await SendAsync(api, "a@a.example");
        (await CallAsync(api, address, Bounce(ids["a@a.example"]), "postmark:wrong")).ShouldBe(HttpStatusCode.Forbidden);
        (await CallAsync(api, address, Bounce(ids["a@a.example"]), null)).ShouldBe(HttpStatusCode.Forbidden);
        (await CallAsync(api, "/api/webhook/postmark/aaaaaaaaaaaaaaaaaaaaaaaa", Bounce(ids["a@a.example"]), "postmark:secret")).ShouldBe(
            HttpStatusCode.NotFound
        );
        (await CallAsync(api, address.Replace("postmark", "nobody", StringComparison.Ordinal), "{}", "postmark:secret")).ShouldBe(
            HttpStatusCode.NotFound
        );
        (await CallAsync(api, address, "{", "postmark:secret")).ShouldBe(HttpStatusCode.BadRequest);
        (await CallAsync(api, address, new string(' ', CallbackReader.MaxBodyBytes + 1), "postmark:secret")).ShouldBe(
            HttpStatusCode.RequestEntityTooLarge
        );
        (await StatusAsync(api, path, ids["a@a.example"])).ShouldBe("sent");
    }

    [Fact]
    public async Task Event_about_a_delivery_of_another_customer_is_not_applied()
    {
        await using var api = await ApiHost.StartAsync();
        var (path, ids) = await SendAsync(api, "a@a.example");
        await using var scope = api.Web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var other = await Core.Accounts.CreateCustomer.RunAsync(
            new Core.Accounts.NewCustomer { Name = "Other" },
            db,
            TimeProvider.System,
            default
        );
        var address = await ConfigureAsync(api, "postmark:secret", other);
        (await CallAsync(api, address, Bounce(ids["a@a.example"]), "postmark:secret")).ShouldBe(HttpStatusCode.NoContent);
        await Eventually.TrueAsync(async () =>
            await db.Database.SqlQuery<int>($"SELECT tries AS \"Value\" FROM provider_callbacks").SingleAsync() > 0
        );
        (await StatusAsync(api, path, ids["a@a.example"])).ShouldBe("sent");
    }

    private static string Delivery(long id) =>
        $$$"""{"RecordType":"Delivery","MessageID":"m-{{{id}}}","Recipient":"x@a.example","DeliveredAt":"2026-11-22T10:00:00Z","Details":"250 ok","Metadata":{"estafette_id":"{{{id}}}"}}""";

    private static string Bounce(long id) =>
        $$$"""{"RecordType":"Bounce","ID":{{{id}}},"Type":"HardBounce","MessageID":"m-{{{id}}}","Email":"x@a.example","BouncedAt":"2026-11-22T10:01:00Z","Details":"550 5.1.1 User unknown","Metadata":{"estafette_id":"{{{id}}}"}}""";

    /// <summary>Gives an SMTP relay an address for reports; its path.</summary>
    private static async Task<string> ConfigureAsync(ApiHost api, string secret, CustomerId? owner = null)
    {
        await using var scope = api.Web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var token = $"0123456789abcdef{Guid.CreateVersion7():N}";
        db.Add(
            new SendingServer
            {
                CustomerId = owner ?? api.Customer,
                Name = "Relay",
                Kind = ServerKind.Smtp,
                Active = false,
                Settings = "{}",
                CreatedAt = TimeProvider.System.GetUtcNow(),
                UpdatedAt = TimeProvider.System.GetUtcNow(),
                WebhookToken = token,
                ProtectedWebhookSecret = scope.ServiceProvider.GetRequiredService<Secrets>().Protect(secret),
            }
        );
        await db.SaveChangesAsync();
        return $"/api/webhook/postmark/{token}";
    }

    private static async Task<HttpStatusCode> CallAsync(ApiHost api, string path, string body, string? credentials)
    {
        using var http = api.Client(null);
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (credentials is not null)
            request.Headers.TryAddWithoutValidation(
                "Authorization",
                "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(credentials))
            );
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<(string Path, Dictionary<string, long> Ids)> SendAsync(ApiHost api, params string[] recipients)
    {
        var path = await api.CampaignAsync();
        await api.SendAsync("PUT", path + "message/", """{"subject":"Bonjour","html":"<p>Une lettre.</p>"}""");
        await api.SendAsync("POST", path + "mails/", JsonSerializer.Serialize(recipients.Select(r => new { to = r })));
        (await api.SendAsync("PATCH", path, """{"status":"sending"}""")).Status.ShouldBe(200);
        await Eventually.TrueAsync(async () => (await api.SendAsync("GET", path))["status"] == "sent");
        var mails = (await api.SendAsync("GET", path + "mails/")).Json.EnumerateArray();
        return (
            path,
            mails.ToDictionary(
                m => m.GetProperty("to").GetString()!,
                m => long.Parse(m.GetProperty("url").GetString()!.Split('/')[^2], CultureInfo.InvariantCulture)
            )
        );
    }

    private static async Task<string> StatusAsync(ApiHost api, string path, long id) =>
        (await api.SendAsync("GET", $"{path}mails/{id}/")).Json.GetProperty("last_status").GetProperty("status").GetString()!;
}
