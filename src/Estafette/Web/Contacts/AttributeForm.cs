using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Primitives;

namespace Estafette.Web.Contacts;

/// <summary>
/// The attributes of a contact as lines of a form: a name and a value each. What is no single value (lists, objects) is kept apart as JSON.
/// A value that was a number or yes/no stays one as long as what is typed is one; a new value is text, as from a file. An empty value takes
/// the attribute away.
/// </summary>
internal static class AttributeForm
{
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The lines: names with the words of their values.</summary>
    public static IReadOnlyList<(string Name, string Value)> Lines(string? attributes) =>
        [.. Read(attributes).Where(p => IsSingle(p.Value)).Select(p => (p.Key, Word(p.Value)))];

    /// <summary>The rest as JSON; null when there is none.</summary>
    public static string? Rest(string? attributes)
    {
        var rest = Read(attributes)
            .Where(p => !IsSingle(p.Value))
            .ToDictionary(p => p.Key, p => p.Value?.DeepClone(), StringComparer.Ordinal);
        return rest.Count == 0 ? null : JsonSerializer.Serialize(rest, Plain);
    }

    /// <summary>Puts lines and rest together.</summary>
    /// <param name="before">The attributes as they are stored.</param>
    /// <param name="rest">JSON as typed; what is no object is given back as it is, for the contact's own check to refuse.</param>
    /// <param name="names">Names of the lines, in the order of <paramref name="values"/>.</param>
    /// <param name="values">What was typed.</param>
    public static string? Merge(string? before, string? rest, StringValues names, StringValues values)
    {
        var result = new JsonObject();
        if (rest is not null)
        {
            if (Parse(rest) is not { } kept)
                return rest;
            result = kept;
        }
        var known = Read(before);
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i]?.Trim() ?? "";
            var value = (i < values.Count ? values[i]?.Trim() : null) ?? "";
            if (name.Length > 0 && value.Length > 0)
                result[name] = Typed(value, known[name]);
        }
        return result.Count == 0 ? null : result.ToJsonString(Plain);
    }

    private static JsonNode Typed(string value, JsonNode? before) =>
        before?.GetValueKind() switch
        {
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False when AsJson(value) is { } same => same,
            _ => JsonValue.Create(value),
        };

    private static JsonNode? AsJson(string value)
    {
        try
        {
            var node = JsonNode.Parse(value);
            return node?.GetValueKind() is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? node : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsSingle(JsonNode? value) => value is JsonValue;

    private static string Word(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value!.ToJsonString();

    private static JsonObject Read(string? attributes) => Parse(attributes ?? "") ?? [];

    private static JsonObject? Parse(string text)
    {
        try
        {
            // Duplicate names are only met when the object is read.
            var parsed = JsonNode.Parse(text) as JsonObject;
            _ = parsed?.Count;
            return parsed;
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            return null;
        }
    }
}
