using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Tests.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

/// <summary>The second wall between customers (ADR 0035): what a request asks the database about rows of customers names the customer.</summary>
public sealed partial class CustomerFilterTests
{
    /// <summary>What leads to the customer instead of coming from it: credentials of people and programs.</summary>
    private static readonly string[] Leading = ["users", "user_sessions", "user_passkeys", "recovery_codes", "account_links", "api_keys"];

    /// <summary>
    /// Enough instead of the customer: the token of a public form, and the automation, which is looked up with its customer in the statement before
    /// (the index that counts a million people in it does not hold the customer).
    /// </summary>
    private static readonly string[] Enough =
    [
        "customer_id\" =",
        "\"token\" = @",
        "FROM \"automation_enrolments\" AS \"a\"\nWHERE \"a\".\"automation_id\" = @id",
        "WHERE 0",
    ];

    [Fact]
    public async Task Every_statement_of_a_page_or_call_about_rows_of_customers_names_the_customer()
    {
        await using var web = new WebHostFixture();
        await web.InitializeAsync();
        var owned = await OwnedTablesAsync(web);
        owned.Count.ShouldBeGreaterThan(50);
        var statements = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var accessor = web.Host.Services.GetRequiredService<IHttpContextAccessor>();
        var data = web.Host.Services.GetRequiredService<DataOptions>().Directory;
        using var listening = DiagnosticListener.AllListeners.Subscribe(
            new Observer<DiagnosticListener>(listener =>
            {
                if (listener.Name == DbLoggerCategory.Name)
                    listener.Subscribe(
                        new Observer<KeyValuePair<string, object?>>(happened =>
                        {
                            if (
                                happened.Value is CommandEventData command
                                && accessor.HttpContext is { } http
                                && command.Connection.ConnectionString.Contains(data, StringComparison.Ordinal)
                            )
                                statements.TryAdd(command.Command.CommandText, http.Request.Path);
                        })
                    );
            })
        );

        using (var visitor = await web.SignInAsync(WebHostFixture.Owner))
            await foreach (var page in SiteWalk.RunAsync(visitor, "/"))
                ((int)page.Answer.StatusCode).ShouldBeLessThan(500, page.Path);
        await CallAsync(web);

        statements.Count.ShouldBeGreaterThan(150);
        statements
            .Where(s => TablesOf(s.Key).Any(owned.Contains) && !Enough.Any(e => s.Key.Contains(e, StringComparison.Ordinal)))
            .Select(s => $"{s.Value}: {s.Key}")
            .ShouldBeEmpty();
    }

    /// <summary>Every list of the API and every object that the fixture made.</summary>
    private static async Task CallAsync(WebHostFixture web)
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var customer = new CustomerId(web.Owned["operator/customers"]);
        var key = await ApiKeys.CreateAsync(
            new Actor(customer, "test"),
            new NewApiKey("T", ApiScopes.All),
            db,
            TimeProvider.System,
            default
        );
        using var http = ApiHost.Client(web.Host.Address, key.Key);
        var document = await ApiHost.SendAsync(http, "GET", "/api/openapi.json");
        foreach (var path in document.Json.GetProperty("paths").EnumerateObject().Where(p => p.Value.TryGetProperty("get", out _)))
        {
            var resource = path.Name.Split('/')[3];
            var id = web.Owned.GetValueOrDefault("api/v1/" + resource, web.Owned.GetValueOrDefault(resource, 1));
            var answer = await ApiHost.SendAsync(http, "GET", Parameter().Replace(path.Name.Replace("{id}", $"{id}"), "1"));
            answer.Status.ShouldBeLessThan(500, path.Name);
        }
    }

    private static async Task<HashSet<string>> OwnedTablesAsync(WebHostFixture web)
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var names = await scope
            .ServiceProvider.GetRequiredService<EstafetteDb>()
            .Database.SqlQuery<string>(
                $"SELECT m.name AS \"Value\" FROM sqlite_master m WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) p WHERE p.name = 'customer_id')"
            )
            .ToListAsync();
        return [.. names.Except(Leading)];
    }

    private static IEnumerable<string> TablesOf(string sql) => Table().Matches(sql).Select(m => m.Groups[1].Value);

    [GeneratedRegex("(?:FROM|JOIN|UPDATE) \"(\\w+)\"")]
    private static partial Regex Table();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();

    private sealed class Observer<T>(Action<T> act) : IObserver<T>
    {
        public void OnNext(T value) => act(value);

        public void OnCompleted() { }

        public void OnError(Exception error) { }
    }
}
