using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Estafette.Api.V1;
using Estafette.Core.Accounts;

namespace Estafette.Api.OpenApi;

/// <summary>
/// The OpenAPI 3.1 document of the API, made from the mapped endpoints and the <see cref="ApiDoc"/> beside each of them (ADR 0033): an endpoint that
/// has none is a fault of ours, which a test finds.
/// </summary>
internal sealed partial class OpenApiDocument(EndpointDataSource endpoints, PageAddress pages)
{
    private readonly Lazy<byte[]> _bytes = new(() => System.Text.Encoding.UTF8.GetBytes(Build(endpoints, pages).ToJsonString()));

    /// <summary>The document as JSON in UTF-8.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.Value;

    /// <summary>The endpoints that a caller with a key can reach.</summary>
    internal static IEnumerable<RouteEndpoint> Described(EndpointDataSource endpoints) =>
        endpoints.Endpoints.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<ScopeMetadata>() is not null);

    private static JsonObject Build(EndpointDataSource endpoints, PageAddress pages)
    {
        var schemas = new ApiSchemas();
        var operations = new ApiOperations(schemas);
        var paths = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var endpoint in Described(endpoints))
            if (endpoint.Metadata.GetMetadata<ApiDoc>() is { } doc)
                foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
                {
                    var path = PathOf(endpoint);
                    if (!paths.TryGetValue(path, out var item))
                        paths[path] = item = [];
                    item[method.ToLowerInvariant()] = operations.Of(endpoint, method, path, doc);
                }
        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Estafette",
                ["version"] = "1",
                ["description"] =
                    "Campaigns, contacts and single messages. Errors are in French, or in English with `Accept-Language: en`. Every address works with and without the slash at its end.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = pages.Base.TrimEnd('/') }),
            ["tags"] = Tags(endpoints),
            ["paths"] = new JsonObject(paths.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.ToJson(),
                ["securitySchemes"] = ApiSchemas.Parse(
                    """{"key":{"type":"http","scheme":"basic","description":"User api, password the key (Settings, API keys)"},"certificate":{"type":"mutualTLS","description":"A registered client certificate"}}"""
                ),
            },
        };
    }

    private static JsonArray Tags(EndpointDataSource endpoints) =>
        new([
            .. Described(endpoints)
                .Select(e => e.Metadata.GetMetadata<ApiDoc>()?.Tag)
                .OfType<string>()
                .Distinct()
                .Select(tag => (JsonNode)new JsonObject { ["name"] = tag }),
        ]);

    /// <summary>The route as callers write it: parameters without constraints, a slash at the end unless it names a file.</summary>
    internal static string PathOf(RouteEndpoint endpoint)
    {
        var path = Constraint().Replace(endpoint.RoutePattern.RawText!, "{$1}");
        path = path.StartsWith('/') ? path : "/" + path;
        var isFile = path.EndsWith(".html", StringComparison.Ordinal) || path.EndsWith(".txt", StringComparison.Ordinal);
        return path.EndsWith('/') || isFile || path.StartsWith("/v3/", StringComparison.Ordinal) ? path : path + "/";
    }

    [GeneratedRegex(@"\{(\w+)(:[^}]*)?\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Constraint();

    /// <summary>A name for an operation, of its method and the words of its path.</summary>
    internal static string IdOf(string method, string path) =>
        string.Join(
            '_',
            path.Split('/', StringSplitOptions.RemoveEmptyEntries)
                .Skip(2)
                .Select(p => p.Trim('{', '}', '.').Replace('-', '_'))
                .Prepend(method.ToLower(CultureInfo.InvariantCulture))
        );
}
