using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Demo;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Api;

/// <summary>The whole server and a program that calls its API with a key of the demo customer.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private ApiHost(WebHost web, CustomerId customer) => (Web, Customer) = (web, customer);

    public WebHost Web { get; }
    public CustomerId Customer { get; }
    public HttpClient Http { get; private set; } = null!;

    public static async Task<ApiHost> StartAsync(DatabaseKind kind = DatabaseKind.Sqlite, params (string Key, string Value)[] settings)
    {
        (string Key, string Value)[] off = settings.Any(s => s.Key == "Dns:BypassChecks") ? [] : [("Dns:BypassChecks", "true")];
        var web = await WebHost.StartAsync(kind, null, [.. off, .. settings]);
        await using var scope = web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var customer = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
        var host = new ApiHost(web, customer);
        host.Http = host.Client(await host.KeyAsync(customer, ApiScopes.All));
        return host;
    }

    /// <summary>A new key.</summary>
    public async Task<string> KeyAsync(CustomerId customer, IReadOnlyCollection<string> scopes)
    {
        await using var scope = Web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        return (
            await ApiKeys.CreateAsync(new Actor(customer, "test"), new NewApiKey("Test", scopes), db, TimeProvider.System, default)
        ).Key!;
    }

    public HttpClient Client(string? key) => Client(Web.Address, key);

    /// <summary>A program that calls any server with a key.</summary>
    public static HttpClient Client(Uri address, string? key)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.ASCII.GetBytes("api:" + key))
            );
        return client;
    }

    /// <summary>Sends a request and gives the status and the JSON that came back.</summary>
    public Task<ApiAnswer> SendAsync(string method, string path, string? body = null, string? type = null) =>
        SendAsync(Http, method, path, body, type);

    public static async Task<ApiAnswer> SendAsync(HttpClient http, string method, string path, string? body = null, string? type = null)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(method),
            path.StartsWith("http", StringComparison.Ordinal) ? new Uri(path).PathAndQuery : path
        );
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (type is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var json =
            answer.Content.Headers.ContentType?.MediaType == "application/json" ? JsonDocument.Parse(text).RootElement.Clone() : default;
        var headers = answer
            .Headers.Concat(answer.Content.Headers)
            .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);
        return new ApiAnswer((int)answer.StatusCode, json, text, headers);
    }

    /// <summary>A campaign that is created, with its own path below the host.</summary>
    public async Task<string> CampaignAsync(string name = "Lettre 12")
    {
        var answer = await SendAsync(
            "POST",
            "/api/v1/campaigns/",
            $$"""{"name":"{{name}}","sender_email":"lettre@asso.example","sender_name":"Asso"}"""
        );
        answer.Status.ShouldBe(201, answer.Text);
        return new Uri(answer.Json.GetProperty("url").GetString()!).AbsolutePath;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Web.DisposeAsync();
    }
}

/// <summary>What the API answered.</summary>
public sealed record ApiAnswer(int Status, JsonElement Json, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string name] => Json.GetProperty(name).ToString();
}
