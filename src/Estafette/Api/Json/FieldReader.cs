using System.Text.Json;

namespace Estafette.Api.Json;

/// <summary>Reads the fields of one object and notes what is wrong with them. A field that is absent keeps its value in a partial change.</summary>
/// <param name="body">An object; anything else has no fields.</param>
/// <param name="isPartial">Absent fields are not missing.</param>
/// <param name="faults">Where faults go.</param>
internal sealed class FieldReader(JsonElement body, bool isPartial, FieldFaults faults)
{
    private readonly bool _isObject = body.ValueKind == JsonValueKind.Object;

    public FieldFaults Faults => faults;

    /// <summary>Notes it when the body is no object at all.</summary>
    public FieldReader RequireObject()
    {
        if (!_isObject)
            faults.AddText(FieldFaults.General, "object-expected");
        return this;
    }

    public bool Has(string name) => _isObject && body.TryGetProperty(name, out _);

    public JsonElement? Raw(string name) => _isObject && body.TryGetProperty(name, out var value) ? value : null;

    /// <summary>A text on one line, trimmed; null when it is absent in a partial change, null or wrong.</summary>
    public string? Line(string name, int most, bool isRequired)
    {
        if (Text(name, most, isRequired)?.Trim() is not { } text)
            return null;
        if (text.AsSpan().IndexOfAny('\r', '\n', '\0') < 0)
            return text;
        faults.AddText(name, "line-break");
        return null;
    }

    /// <summary>A text; null when it is absent in a partial change, null or wrong.</summary>
    public string? Text(string name, int most, bool isRequired)
    {
        if (Raw(name) is not { } value)
        {
            if (isRequired && !isPartial)
                faults.AddText(name, "required");
            return null;
        }
        if (value.ValueKind is JsonValueKind.Null)
        {
            if (isRequired)
                faults.AddText(name, "null");
            return null;
        }
        if (value.ValueKind != JsonValueKind.String || !TryText(value, out var text))
        {
            faults.AddText(name, "not-text");
            return null;
        }
        if (isRequired && string.IsNullOrWhiteSpace(text))
            faults.AddText(name, "blank");
        else if (text.Length > most)
            faults.AddText(name, "too-long", most);
        else if (text.Contains('\0'))
            faults.AddText(name, "nul");
        else
            return text;
        return null;
    }

    /// <summary>True or false, also as text; null when absent.</summary>
    public bool? Flag(string name)
    {
        if (Raw(name) is not { ValueKind: not JsonValueKind.Null } value)
            return null;
        switch (value.ValueKind)
        {
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            case JsonValueKind.String when bool.TryParse(value.GetString(), out var parsed):
                return parsed;
            default:
                faults.AddText(name, "not-flag");
                return null;
        }
    }

    public long? Number(string name)
    {
        if (Raw(name) is not { ValueKind: not JsonValueKind.Null } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number))
            return number;
        if (value.ValueKind == JsonValueKind.String && long.TryParse(value.GetString(), out number))
            return number;
        faults.AddText(name, "not-number");
        return null;
    }

    /// <summary>A word of an enumeration in snake_case; null when absent or wrong.</summary>
    public T? Choice<T>(string name, params T[] without)
        where T : struct, Enum
    {
        if (Text(name, 100, isRequired: false) is not { } word)
            return null;
        if (V1.V1Words.Read<T>(word) is { } value && !without.Contains(value))
            return value;
        faults.AddText(name, "choice", word);
        return null;
    }

    /// <summary>An object named by its number or its address, which ends with a path and the number; null when absent or wrong.</summary>
    public long? Reference(string name, string path)
    {
        if (Raw(name) is not { ValueKind: JsonValueKind.String } value || !TryText(value, out var text) || !text.Contains('/'))
            return Number(name);
        var at = text.TrimEnd('/').LastIndexOf('/') + 1;
        if (text[..at].EndsWith("/" + path, StringComparison.Ordinal) && long.TryParse(text[at..].TrimEnd('/'), out var id))
            return id;
        faults.AddText(name, "choice", text);
        return null;
    }

    /// <summary>Texts: an array of them, or one with commas between. Null when absent.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        if (Raw(name) is not { ValueKind: not JsonValueKind.Null } value)
            return null;
        if (value.ValueKind == JsonValueKind.String && TryText(value, out var all))
            return all.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (
            value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String && TryText(v, out _))
        )
            return [.. value.EnumerateArray().Select(v => v.GetString()!.Trim()).Where(v => v.Length > 0)];
        faults.AddText(name, "not-texts");
        return null;
    }

    /// <summary>A flat object of texts; numbers and flags become text. Null when absent.</summary>
    public IReadOnlyDictionary<string, string>? Map(string name)
    {
        if (Raw(name) is not { ValueKind: not JsonValueKind.Null } value)
            return null;
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (value.ValueKind == JsonValueKind.Object)
            foreach (var property in value.EnumerateObject())
            {
                var text = property.Value.ValueKind switch
                {
                    JsonValueKind.String when TryText(property.Value, out var found) => found,
                    JsonValueKind.Number => property.Value.GetRawText(),
                    JsonValueKind.True => "true",
                    JsonValueKind.False => "false",
                    JsonValueKind.Null => "",
                    _ => null,
                };
                if (text is null || property.Name.Length is 0 or > 100 || map.Count == 200 || text.Contains('\0'))
                {
                    faults.AddText(name, "not-map");
                    return null;
                }
                map[property.Name] = text;
            }
        else
            faults.AddText(name, "not-map");
        return map;
    }

    // A lone surrogate in an escape sequence is no text.
    private static bool TryText(JsonElement value, out string text)
    {
        try
        {
            text = value.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }
}
