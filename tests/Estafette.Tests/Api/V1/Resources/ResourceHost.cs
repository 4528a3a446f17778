using System.Globalization;
using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Api.V1.Resources;

/// <summary>One server for all tests of the resources on one database; each test makes objects of its own.</summary>
public abstract class ResourceHost(DatabaseKind kind) : IAsyncLifetime
{
    private int _made;

    public ApiHost Api { get; private set; } = null!;

    /// <summary>A program of another customer that may do everything.</summary>
    public HttpClient Stranger { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Api = await ApiHost.StartAsync(kind, ("Api:RequestsPerSecond", "100000"));
        await using var scope = Api.Web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var second = await CreateCustomer.RunAsync(new NewCustomer { Name = "Second" }, db, TimeProvider.System, default);
        Stranger = Api.Client(await Api.KeyAsync(second, ApiScopes.All));
    }

    /// <summary>A word no other test uses.</summary>
    public string Unique(string word) => word + Interlocked.Increment(ref _made).ToString(CultureInfo.InvariantCulture);

    public Task<ApiAnswer> SendAsync(string method, string path, string? body = null, string? type = null) =>
        Api.SendAsync(
            method,
            path.StartsWith('/') || path.StartsWith("http", StringComparison.Ordinal) ? path : "/api/v1/" + path,
            body,
            type
        );

    /// <summary>Creates an object; the answer must say that it was created.</summary>
    public async Task<ApiAnswer> CreateAsync(string resource, string body)
    {
        var answer = await SendAsync("POST", resource + "/", body);
        answer.Status.ShouldBe(201, answer.Text);
        answer.Headers["Location"].ShouldBe(answer["url"]);
        return answer;
    }

    /// <summary>Reads an import until nothing more happens to it.</summary>
    public async Task<ApiAnswer> FinishedAsync(string import)
    {
        var answer = default(ApiAnswer)!;
        await Eventually.TrueAsync(
            async () => (answer = await SendAsync("GET", import))["status"] is "finished" or "failed" or "cancelled",
            TimeSpan.FromSeconds(60)
        );
        return answer;
    }

    public static long IdOf(ApiAnswer answer) => answer.Json.GetProperty("id").GetInt64();

    public static string FieldsOf(ApiAnswer answer) =>
        string.Join(' ', answer.Json.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));

    public static IEnumerable<JsonElement> RowsOf(ApiAnswer answer) => answer.Json.EnumerateArray();

    public async ValueTask DisposeAsync()
    {
        Stranger.Dispose();
        await Api.DisposeAsync();
    }
}

[CollectionDefinition(Group)]
public sealed class SqliteResourceHost() : ResourceHost(DatabaseKind.Sqlite), ICollectionFixture<SqliteResourceHost>
{
    public const string Group = "Resources on SQLite";
}

[CollectionDefinition(Group)]
public sealed class PostgreSqlResourceHost() : ResourceHost(DatabaseKind.PostgreSql), ICollectionFixture<PostgreSqlResourceHost>
{
    public const string Group = "Resources on PostgreSQL";
}
