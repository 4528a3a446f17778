using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Estafette.Api.Json;
using Estafette.Api.V1;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Contacts.Segments;
using Estafette.Web.Layout;

namespace Estafette.Api.OpenApi;

/// <summary>The schemas that endpoints refer to: of answers from their types, of bodies from their fields, and some written here.</summary>
internal sealed class ApiSchemas
{
    private const string Prefix = "#/components/schemas/";

    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Transform,
    };

    // The exporter reads a contract with its resolver.
    private static readonly JsonSerializerOptions Json = new(ApiJson.Options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    private readonly SortedDictionary<string, JsonNode> _known = new(StringComparer.Ordinal);

    public ApiSchemas()
    {
        _known["Fields"] = Parse(
            """{"type":"object","description":"What is wrong, by field; non_field_errors for the whole","additionalProperties":{"type":"array","items":{"type":"string"}}}"""
        );
        _known["Detail"] = Parse("""{"type":"object","properties":{"detail":{"type":"string"}},"required":["detail"]}""");
        _known["Conflict"] = Parse("""{"type":"object","properties":{"error":{"type":"string"}},"required":["error"]}""");
        _known["FieldsOrDetail"] = Parse(
            """{"anyOf":[{"$ref":"#/components/schemas/Detail"},{"$ref":"#/components/schemas/Fields"},{"type":"array","items":{"$ref":"#/components/schemas/Fields"}}]}"""
        );
        _known["V3Errors"] = Parse(
            """{"type":"object","required":["errors"],"properties":{"errors":{"type":"array","items":{"type":"object","required":["message","field"],"properties":{"message":{"type":"string"},"field":{"type":["string","null"]},"help":{"type":["string","null"]}}}}}}"""
        );
        _known["V3Address"] = Parse(
            """{"type":"object","required":["email"],"properties":{"email":{"type":"string"},"name":{"type":["string","null"]}}}"""
        );
        _known["MailsStored"] = new JsonObject
        {
            ["anyOf"] = new JsonArray(Of(typeof(MailView)), Many(Of(typeof(MailView))), Of(typeof(MailsAddedView))),
        };
        _known["EntryPoints"] = Parse("""{"type":"object","additionalProperties":{"type":"string"}}""");
        _known["Inspection"] = Parse(
            """{"type":["object","array"],"description":"What the document says, explained; see docs/inspect.md"}"""
        );
        _known["Subscriptions"] = new JsonObject { ["type"] = "array", ["items"] = Of(typeof(SubscriptionView)) };
        _known["ImportMapping"] = Parse(
            $$$$$"""{"type":"array","maxItems":1000,"items":{"type":"object","required":["source","field"],"properties":{"source":{"type":"string"},"field":{"enum":[{{{{{Words(V1Words.All<ContactField>())}}}}}]},"attribute":{"type":["string","null"]},"type":{"enum":[{{{{{Words(V1Words.All<AttributeType>())}}}}}]}}}}"""
        );
        _known["SegmentDefinition"] = Parse(
            """{"type":"object","required":["version","root"],"properties":{"version":{"const":1},"root":{"$ref":"#/components/schemas/SegmentGroup"}}}"""
        );
        _known["SegmentGroup"] = Parse(
            """{"type":"object","required":["match","items"],"properties":{"match":{"enum":["all","any"]},"items":{"type":"array","items":{"anyOf":[{"$ref":"#/components/schemas/SegmentGroup"},{"$ref":"#/components/schemas/SegmentCondition"}]}}}}"""
        );
        _known["SegmentCondition"] = Parse(
            $$$$$"""{"type":"object","required":["subject","operator"],"properties":{"subject":{"enum":[{{{{{Kebab<SegmentSubject>()}}}}}]},"operator":{"enum":[{{{{{Kebab<SegmentOperator>()}}}}}]},"key":{"type":["string","null"],"description":"Name of the attribute, or number of the list, campaign, import or segment"},"kind":{"enum":[{{{{{Kebab<AttributeKind>()}}}}},null]},"value":{"type":["string","null"]},"value2":{"type":["string","null"]}}}"""
        );
    }

    public JsonObject ToJson() => new(_known.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value.DeepClone())));

    public static JsonObject Reference(string name) => new() { ["$ref"] = Prefix + name };

    /// <summary>A reference to the schema of a type, which is among the components from then on.</summary>
    public JsonNode Of(Type type)
    {
        var name = type.Name.EndsWith("View", StringComparison.Ordinal) ? type.Name[..^4] : type.Name;
        if (!_known.ContainsKey(name))
            _known[name] = Json.GetJsonSchemaAsNode(type, Exporter);
        return Reference(name);
    }

    /// <summary>A reference to the schema of a body.</summary>
    public JsonNode Of(ApiBody body)
    {
        if (!_known.ContainsKey(body.Name))
            _known[body.Name] = body.Files is not null ? new JsonObject() : Object(body);
        JsonNode one = Reference(body.Name);
        if (body.TakesTexts)
            one = new JsonObject { ["anyOf"] = new JsonArray(Parse("""{"type":"string"}"""), one) };
        return body.Array switch
        {
            ApiArray.Never => one,
            ApiArray.Only => Many(one),
            _ => new JsonObject { ["anyOf"] = new JsonArray(one.DeepClone(), Many(one)) },
        };
    }

    public static JsonNode Parse(string json) => JsonNode.Parse(json)!;

    public static JsonNode Of(ApiField field)
    {
        var schema = Parse(field.Schema);
        if (field.Text is { } text && schema is JsonObject node && !node.ContainsKey("$ref"))
            node["description"] = node["description"] is { } before ? $"{text}. {before}" : text;
        return schema;
    }

    private static JsonObject Many(JsonNode one) => new() { ["type"] = "array", ["items"] = one };

    private static JsonObject Object(ApiBody body)
    {
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(body.Fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Of(f)))),
        };
        var required = body.Fields.Where(f => f.IsRequired && !body.IsPartial).Select(f => (JsonNode)f.Name).ToArray();
        if (required.Length > 0)
            schema["required"] = new JsonArray(required);
        return schema;
    }

    /// <summary>What converters hide from the exporter, and members whose schema has a name.</summary>
    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var named = context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(ApiSchemaAttribute), false);
        if (named is [ApiSchemaAttribute attribute])
            return Reference(attribute.Name);
        if (context.TypeInfo.Type == typeof(DateTimeOffset))
            return Parse("""{"type":"string","format":"date-time"}""");
        return context.TypeInfo.Type == typeof(DateTimeOffset?) ? Parse("""{"type":["string","null"],"format":"date-time"}""") : schema;
    }

    private static string Kebab<T>()
        where T : struct, Enum => Words(Enum.GetNames<T>().Select(StatusWords.Kebab));

    private static string Words(IEnumerable<string> words) => string.Join(',', words.Select(w => $"\"{w}\""));
}
