using System.Globalization;
using System.Text.Json.Nodes;
using Estafette.Api.V1;

namespace Estafette.Api.OpenApi;

/// <summary>Writes one operation of the OpenAPI document: parameters, body, answers, errors, who may call it.</summary>
internal sealed class ApiOperations(ApiSchemas schemas)
{
    private static readonly ApiField[] OfLists =
    [
        new("page", """{"type":"integer","minimum":1}""", "From 1; the answer is one page in an envelope"),
        new("page_size", """{"type":"integer","minimum":1,"maximum":1000}""", "Rows of a page; default 50"),
        new("format", """{"enum":["json","csv"]}""", "csv: the whole list as CSV, as with Accept: text/csv"),
    ];

    public JsonObject Of(RouteEndpoint endpoint, string method, string path, ApiDoc doc)
    {
        var scope = endpoint.Metadata.GetMetadata<ScopeMetadata>()!.Scope;
        var operation = new JsonObject
        {
            ["tags"] = new JsonArray(doc.Tag),
            ["summary"] = doc.Summary,
            ["operationId"] = OpenApiDocument.IdOf(method, path),
            ["parameters"] = Parameters(endpoint, doc),
            ["security"] = Security(scope),
            ["responses"] = Responses(endpoint, doc),
        };
        var remarks = string.Join(' ', new[] { doc.Remarks, scope.Length > 0 ? $"Needs the right `{scope}`." : null }.OfType<string>());
        if (remarks.Length > 0)
            operation["description"] = remarks;
        if (doc.Body is { } body)
            operation["requestBody"] = new JsonObject { ["required"] = !body.IsOptional, ["content"] = Content(body) };
        return operation;
    }

    private static JsonArray Parameters(RouteEndpoint endpoint, ApiDoc doc)
    {
        var parameters = new JsonArray();
        foreach (var part in endpoint.RoutePattern.Parameters)
            parameters.Add(
                Parameter(
                    new ApiField(
                        part.Name,
                        part.ParameterPolicies.Count > 0 ? """{"type":"integer"}""" : """{"type":"string"}""",
                        null,
                        true
                    ),
                    "path"
                )
            );
        foreach (var field in doc.Query.Concat(doc.IsList ? OfLists : []))
            parameters.Add(Parameter(field, "query"));
        if (doc.Orders.Count > 0)
        {
            var words = string.Join(',', doc.Orders.SelectMany(o => new[] { $"\"{o}\"", $"\"-{o}\"" }));
            parameters.Add(
                Parameter(new ApiField("ordering", $$"""{"enum":[{{words}}]}""", "A field; backwards with a hyphen before it"), "query")
            );
        }
        parameters.Add(Parameter(new ApiField("Accept-Language", """{"enum":["fr","en"]}""", "Language of errors; default fr"), "header"));
        return parameters;
    }

    private static JsonObject Parameter(ApiField field, string place)
    {
        var parameter = new JsonObject
        {
            ["name"] = field.Name,
            ["in"] = place,
            ["required"] = field.IsRequired,
            ["schema"] = ApiSchemas.Parse(field.Schema),
        };
        if (field.Text is { } text)
            parameter["description"] = text;
        return parameter;
    }

    private static JsonArray Security(string scope)
    {
        JsonArray Scopes() => scope.Length > 0 ? [scope] : [];
        return new JsonArray(new JsonObject { ["key"] = Scopes() }, new JsonObject { ["certificate"] = Scopes() });
    }

    private JsonObject Content(ApiBody body)
    {
        var form = new JsonObject
        {
            ["schema"] = ApiSchemas.Parse(
                """{"type":"object","required":["file"],"properties":{"file":{"type":"string","contentMediaType":"application/octet-stream"}}}"""
            ),
        };
        if (body.IsForm)
            return new JsonObject { ["multipart/form-data"] = form };
        if (body.Files is not { } files)
            return new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schemas.Of(body) } };
        var content = new JsonObject(
            files.Select(f => KeyValuePair.Create(f, (JsonNode?)new JsonObject { ["schema"] = schemas.Of(body) }))
        );
        content["multipart/form-data"] = form;
        return content;
    }

    private JsonObject Responses(RouteEndpoint endpoint, ApiDoc doc)
    {
        var responses = new JsonObject();
        foreach (var status in doc.Statuses)
            responses[Text(status)] = Success(status, doc);
        void Error(int status, string description, string schema) =>
            responses[Text(status)] = new JsonObject
            {
                ["description"] = description,
                ["content"] = new JsonObject
                {
                    ["application/json"] = new JsonObject { ["schema"] = ApiSchemas.Reference(doc.IsV3 ? "V3Errors" : schema) },
                },
            };
        if (doc.Body is not null || doc.Query.Count > 0 || doc.IsList)
            Error(400, "Something is wrong with the request: by field, or a detail when it cannot be read", "FieldsOrDetail");
        Error(401, "No valid key or certificate", "Detail");
        Error(403, "The credential lacks the right", "Detail");
        if (endpoint.RoutePattern.Parameters.Count > 0 || doc.IsList)
            Error(404, "There is no such object, or no such page", "Detail");
        if (doc.MayConflict)
            Error(409, "The state of things does not allow it", "Conflict");
        if (doc.Body is not null)
        {
            Error(413, "The body is too large", "Detail");
            Error(415, "The body is of a type that is not read here", "Detail");
        }
        Error(429, "Too many requests; Retry-After says how long to wait", "Detail");
        return responses;
    }

    private JsonObject Success(int status, ApiDoc doc)
    {
        var response = new JsonObject { ["description"] = status == StatusCodes.Status201Created ? "Created" : "Done" };
        if (doc.MediaType is { } media)
            response["content"] = new JsonObject { [media] = new JsonObject { ["schema"] = ApiSchemas.Parse("""{"type":"string"}""") } };
        if (doc.Answer is null && doc.AnswerSchema is null)
            return response;
        var one = doc.Answer is { } type ? schemas.Of(type) : ApiSchemas.Reference(doc.AnswerSchema!);
        if (doc.AnswerSchema is { } named)
            one = ApiSchemas.Reference(named);
        response["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = doc.IsList ? List(one) : one } };
        if (!doc.IsList)
            return response;
        response["content"]!["text/csv"] = new JsonObject { ["schema"] = ApiSchemas.Parse("""{"type":"string"}""") };
        response["headers"] = new JsonObject
        {
            ["X-Total-Count"] = ApiSchemas.Parse(
                """{"description":"The number of all rows, when no page is asked for","schema":{"type":"integer"}}"""
            ),
        };
        return response;
    }

    /// <summary>An array, or a page of it in an envelope.</summary>
    private static JsonObject List(JsonNode row)
    {
        var rows = new JsonObject { ["type"] = "array", ["items"] = row };
        var page = ApiSchemas.Parse(
            """{"type":"object","required":["count","next","previous","page_count","results"],"properties":{"count":{"type":"integer"},"next":{"type":["string","null"]},"previous":{"type":["string","null"]},"page_count":{"type":"integer"}}}"""
        );
        page["properties"]!["results"] = rows.DeepClone();
        return new JsonObject { ["anyOf"] = new JsonArray(rows, page) };
    }

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
