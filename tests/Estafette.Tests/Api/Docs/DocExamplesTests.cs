using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Api.Docs;

/// <summary>The document for people and the one for programs, against what is served.</summary>
public sealed partial class DocExamplesTests(DocExamples examples) : IClassFixture<DocExamples>
{
    /// <summary>Other names of what the examples call.</summary>
    private static readonly string[] Aliases =
    [
        "GET /api/v1/campaigns/{id}/message/preview/.html",
        "GET /api/v1/campaigns/{id}/message/preview/.txt",
        "GET /api/v1/campaigns/{id}/opt_outs/",
        "GET /api/v1/customers/{id}/opt_outs/",
        "POST /api/v1/customers/{id}/opt_outs/",
    ];

    [Fact]
    public void Every_example_of_the_document_succeeds_when_they_are_run_in_order()
    {
        examples.Results.Count.ShouldBeGreaterThan(25);
        var wrong = examples.Results.Where(r => r.Code != 0);
        string.Join("\n\n", wrong.Select(r => $"line {r.Example.Line}: {r.Code}\n{r.Example.Text}\n{r.Output}")).ShouldBe("");
        examples.Proxy.Exchanges.Count.ShouldBeGreaterThan(100);
        string.Join('\n', examples.Api.Web.Errors).ShouldBe("");
    }

    [Fact]
    public async Task Description_names_every_route_that_is_served_and_no_other()
    {
        var described = Operations(await DocumentAsync()).Select(o => o.Name).Order(StringComparer.Ordinal).ToList();
        var served = examples
            .Api.Web.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(e =>
                e.RoutePattern.RawText!.TrimStart('/') is var path
                && (path.StartsWith("api/v1", StringComparison.Ordinal) || path.StartsWith("v3/", StringComparison.Ordinal))
            )
            .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(m => $"{m} {PathOf(e)}"))
            .Order(StringComparer.Ordinal)
            .ToList();
        served.Count.ShouldBeGreaterThan(80);
        described.ShouldBe(served);
        using var stranger = examples.Api.Client(null);
        foreach (var operation in described)
        {
            var (method, path) = (operation.Split(' ')[0], Parameter().Replace(operation.Split(' ')[1], "1"));
            (await ApiHost.SendAsync(stranger, method, path)).Status.ShouldBe(401, operation);
        }
    }

    [Fact]
    public async Task Every_answer_and_every_request_of_the_examples_is_as_described()
    {
        var document = await DocumentAsync();
        var operations = Operations(document);
        var faults = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var exchange in examples.Proxy.Exchanges.Where(e => e.Path != "/api/openapi.json"))
        {
            var path =
                exchange.Path.EndsWith('/') || exchange.Path.Contains('.') || exchange.Path.StartsWith("/v3", StringComparison.Ordinal)
                    ? exchange.Path
                    : exchange.Path + "/";
            var operation = operations.Single(o => o.Method == exchange.Method && o.Matches(path));
            seen.Add(operation.Name);
            faults.AddRange(Faults(exchange, operation, document).Select(f => $"{operation.Name} {exchange.Status}: {f}"));
        }
        string.Join('\n', faults.Distinct()).ShouldBe("");
        operations.Select(o => o.Name).Except(seen).Order(StringComparer.Ordinal).ShouldBe(Aliases);
    }

    [Fact]
    public async Task Orders_and_choices_of_every_list_are_those_described()
    {
        foreach (
            var operation in Operations(await DocumentAsync())
                .Where(o => o.Json.GetProperty("parameters").ToString().Contains("\"page_size\"", StringComparison.Ordinal))
        )
        {
            var path = examples
                .Proxy.Exchanges.FirstOrDefault(e => e.Method == "GET" && e.Status == 200 && operation.Matches(e.Path))
                ?.Path;
            if (path is null)
                continue;
            var parameters = operation
                .Json.GetProperty("parameters")
                .EnumerateArray()
                .ToDictionary(p => p.GetProperty("name").GetString()!);
            var asked = await examples.Api.SendAsync("GET", path + "?ordering=nothing");
            // What was deleted at the end of the examples.
            if (asked.Status == 404)
                continue;
            asked.Status.ShouldBe(400, operation.Name);
            var orders = parameters.TryGetValue("ordering", out var ordering)
                ? ordering.GetProperty("schema").GetProperty("enum").EnumerateArray().Select(e => e.GetString()!).Where(e => e[0] != '-')
                : [];
            asked
                .Json.GetProperty("ordering")[0]
                .GetString()!
                .ShouldEndWith(string.Join(", ", orders) + ".", Case.Sensitive, operation.Name);
            foreach (var (name, parameter) in parameters.Where(p => p.Value.GetProperty("schema").TryGetProperty("enum", out _)))
            foreach (
                var word in parameter
                    .GetProperty("schema")
                    .GetProperty("enum")
                    .EnumerateArray()
                    .Where(w => w.ValueKind == JsonValueKind.String)
            )
                if (parameter.GetProperty("in").GetString() == "query" && name is not ("status" or "ordering"))
                    (await examples.Api.SendAsync("GET", $"{path}?page=1&{name}={word}")).Status.ShouldBeOneOf(200, 404);
        }
    }

    private async Task<JsonElement> DocumentAsync()
    {
        using var anybody = examples.Api.Client(null);
        var answer = await ApiHost.SendAsync(anybody, "GET", "/api/openapi.json");
        (answer.Status, answer["openapi"]).ShouldBe((200, "3.1.1"));
        return answer.Json;
    }

    private static IEnumerable<string> Faults(Exchange exchange, Operation operation, JsonElement document)
    {
        if (!operation.Json.GetProperty("responses").TryGetProperty($"{exchange.Status}", out var response))
            return ["the status is not described"];
        var faults = new List<string>();
        if (exchange.AnswerType is { } type)
        {
            if (!response.TryGetProperty("content", out var content) || !content.TryGetProperty(type, out var described))
                return [$"{type} is not described"];
            if (type == "application/json")
                faults.AddRange(
                    new SchemaCheck(document).Faults(JsonDocument.Parse(exchange.Answer).RootElement, described.GetProperty("schema"))
                );
        }
        else if (response.TryGetProperty("content", out _) && exchange.Status != 200)
            faults.Add("an answer is described and none came");
        // What GET gave is put back whole: read-only members are left out of account.
        if (Json(exchange) is { } body)
            faults.AddRange(
                new SchemaCheck(
                    document,
                    takesMore: exchange.Method == "PUT" || operation.Name.Contains("/inspect/", StringComparison.Ordinal)
                )
                    .Faults(
                        body,
                        operation
                            .Json.GetProperty("requestBody")
                            .GetProperty("content")
                            .GetProperty("application/json")
                            .GetProperty("schema")
                    )
                    .Select(f => "request " + f)
            );
        return faults;
    }

    private static JsonElement? Json(Exchange exchange) =>
        exchange.Request.Length > 0
        && exchange.RequestType?.StartsWith("application/x-www-form-urlencoded", StringComparison.Ordinal) == true
        && exchange.Request[0] is (byte)'{' or (byte)'['
            ? JsonDocument.Parse(exchange.Request).RootElement
            : null;

    private sealed record Operation(string Method, string Path, JsonElement Json)
    {
        public string Name => $"{Method} {Path}";

        public bool Matches(string path) =>
            Regex.IsMatch(path, $"^{Parameter().Replace(Regex.Escape(Path).Replace("\\{", "{", StringComparison.Ordinal), "[^/]+")}$");
    }

    private static List<Operation> Operations(JsonElement document) =>
        [
            .. document
                .GetProperty("paths")
                .EnumerateObject()
                .SelectMany(p => p.Value.EnumerateObject().Select(m => new Operation(m.Name.ToUpperInvariant(), p.Name, m.Value))),
        ];

    private static string PathOf(RouteEndpoint endpoint)
    {
        var path = "/" + Constraint().Replace(endpoint.RoutePattern.RawText!, "").Trim('/');
        return
            path.StartsWith("/v3", StringComparison.Ordinal)
            || path.EndsWith(".html", StringComparison.Ordinal)
            || path.EndsWith(".txt", StringComparison.Ordinal)
            ? path
            : path + "/";
    }

    [GeneratedRegex(":[a-z]+")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
