using System.Globalization;
using System.Text.Json;

namespace Estafette.Tests.Api.Docs;

/// <summary>
/// Compares a value with a JSON Schema of the OpenAPI document. It knows the keywords that the document uses and fails on any other, so that none is
/// left out of account; members that the schema does not name are faults.
/// </summary>
public sealed class SchemaCheck(JsonElement document, bool takesMore = false)
{
    private static readonly HashSet<string> Annotations = ["description", "contentMediaType", "contentEncoding", "additionalProperties"];

    /// <summary>What does not fit, with its place; empty when it fits.</summary>
    public IReadOnlyList<string> Faults(JsonElement value, JsonElement schema) => [.. Check(value, schema, "$")];

    private IEnumerable<string> Check(JsonElement value, JsonElement schema, string at)
    {
        if (schema.ValueKind == JsonValueKind.True)
            return [];
        var faults = new List<string>();
        foreach (var keyword in schema.EnumerateObject())
            faults.AddRange(Check(value, schema, keyword, at));
        return faults;
    }

    private IEnumerable<string> Check(JsonElement value, JsonElement schema, JsonProperty keyword, string at) =>
        keyword.Name switch
        {
            "$ref" => Check(value, Resolve(keyword.Value.GetString()!), at),
            "type" => Types(keyword.Value).Any(t => IsOf(value, t)) ? [] : [$"{at}: {value.ValueKind} is no {keyword.Value}"],
            "enum" => keyword.Value.EnumerateArray().Any(e => JsonElement.DeepEquals(e, value))
                ? []
                : [$"{at}: {value} is none of {keyword.Value}"],
            "const" => JsonElement.DeepEquals(keyword.Value, value) ? [] : [$"{at}: {value} is not {keyword.Value}"],
            "anyOf" or "oneOf" => Any(value, keyword.Value, at),
            "properties" => Properties(value, schema, keyword.Value, at),
            "required" => value.ValueKind != JsonValueKind.Object
                ? []
                : keyword
                    .Value.EnumerateArray()
                    .Where(r => !value.TryGetProperty(r.GetString()!, out _))
                    .Select(r => $"{at}: {r} is missing"),
            "items" => value.ValueKind != JsonValueKind.Array
                ? []
                : value.EnumerateArray().SelectMany((item, i) => Check(item, keyword.Value, $"{at}[{i}]")),
            "minItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= keyword.Value.GetInt32()
                ? []
                : [$"{at}: too few"],
            "maxItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= keyword.Value.GetInt32()
                ? []
                : [$"{at}: too many"],
            "maxLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.Length <= keyword.Value.GetInt32()
                ? []
                : [$"{at}: too long"],
            "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= keyword.Value.GetDouble()
                ? []
                : [$"{at}: too small"],
            "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() <= keyword.Value.GetDouble()
                ? []
                : [$"{at}: too large"],
            "format" => value.ValueKind != JsonValueKind.String || HasFormat(value.GetString()!, keyword.Value.GetString()!)
                ? []
                : [$"{at}: {value} is no {keyword.Value}"],
            _ when Annotations.Contains(keyword.Name) => [],
            _ => throw new NotSupportedException($"The keyword {keyword.Name} is not known here."),
        };

    private IEnumerable<string> Any(JsonElement value, JsonElement schemas, string at)
    {
        var tried = schemas.EnumerateArray().Select(s => Check(value, s, at).ToList()).ToList();
        return tried.Exists(t => t.Count == 0) ? [] : tried.MinBy(t => t.Count)!;
    }

    private IEnumerable<string> Properties(JsonElement value, JsonElement schema, JsonElement properties, string at)
    {
        if (value.ValueKind != JsonValueKind.Object)
            yield break;
        var isOpen = takesMore || schema.TryGetProperty("additionalProperties", out _);
        foreach (var member in value.EnumerateObject())
            if (properties.TryGetProperty(member.Name, out var inner))
                foreach (var fault in Check(member.Value, inner, $"{at}.{member.Name}"))
                    yield return fault;
            else if (!isOpen)
                yield return $"{at}: {member.Name} is not described";
    }

    private JsonElement Resolve(string reference)
    {
        var place = document;
        foreach (var part in reference[2..].Split('/'))
            place = place.GetProperty(part);
        return place;
    }

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!];

    private static bool IsOf(JsonElement value, string type) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => type == "object",
            JsonValueKind.Array => type == "array",
            JsonValueKind.String => type == "string",
            JsonValueKind.Null => type == "null",
            JsonValueKind.Number => type == "number" || (type == "integer" && value.TryGetInt64(out _)),
            _ => type == "boolean",
        };

    private static bool HasFormat(string text, string format) =>
        format switch
        {
            "date-time" => text.EndsWith('Z') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
            "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            _ => throw new NotSupportedException($"The format {format} is not known here."),
        };
}
