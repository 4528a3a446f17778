using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Estafette.Protocols.Callbacks;

/// <summary>
/// A JSON value from a stranger, held so that no look into it can fail: what is missing or of another type reads as <see cref="Missing"/>.
/// Numbers stay the text they were, so 64-bit ids lose nothing. Of a repeated property the last one counts.
/// </summary>
internal sealed class JsonTree
{
    /// <summary>Deepest nesting; providers use 7.</summary>
    public const int MaxDepth = 32;

    /// <summary>Values in one document: 10,000 events of 100 fields.</summary>
    public const int MaxValues = 1_000_000;

    public static readonly JsonTree Missing = new(JsonValueKind.Undefined);

    private readonly string? _text;
    private readonly Dictionary<string, JsonTree>? _fields;
    private readonly List<JsonTree>? _items;

    private JsonTree(JsonValueKind kind, string? text = null, Dictionary<string, JsonTree>? fields = null, List<JsonTree>? items = null)
    {
        Kind = kind;
        _text = text;
        _fields = fields;
        _items = items;
    }

    public JsonValueKind Kind { get; }

    public bool IsObject => Kind == JsonValueKind.Object;

    public bool IsArray => Kind == JsonValueKind.Array;

    /// <summary>Text of a string, number or boolean; null for everything else and for the empty string.</summary>
    public string? Text => string.IsNullOrEmpty(_text) ? null : _text;

    /// <summary><c>true</c>, also as text or as 1.</summary>
    public bool IsTrue => _text is not null && (_text.Equals("true", StringComparison.OrdinalIgnoreCase) || _text == "1");

    public IReadOnlyList<JsonTree> Items => _items ?? [];

    public IEnumerable<KeyValuePair<string, JsonTree>> Fields => _fields ?? [];

    public JsonTree this[string name] => _fields is not null && _fields.TryGetValue(name, out var value) ? value : Missing;

    /// <summary>The texts of an array, or the one text that stands in place of an array.</summary>
    public IReadOnlyList<string> Texts =>
        IsArray ? [.. Items.Select(i => i.Text).OfType<string>()]
        : Text is { } single ? [single]
        : [];

    /// <summary>The first of these fields that has a text.</summary>
    public string? FirstText(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (this[name].Text is { } text)
                return text;
        }
        return null;
    }

    /// <summary>The first of these fields that is there.</summary>
    public JsonTree FirstOf(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (this[name] is { Kind: not JsonValueKind.Undefined } value)
                return value;
        }
        return Missing;
    }

    /// <summary>Reads one document.</summary>
    /// <returns>The document, or <see cref="Missing"/> with a sentence in <paramref name="refusal"/>.</returns>
    public static JsonTree Parse(ReadOnlySpan<byte> utf8, out string? refusal)
    {
        refusal = null;
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        if (!Utf8.IsValid(utf8))
        {
            refusal = "The body is not UTF-8.";
            return Missing;
        }
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            var budget = MaxValues;
            var root = Value(ref reader, ref budget);
            // Anything after the value is an error, which the reader finds only when asked to go on.
            while (budget >= 0 && reader.Read()) { }
            if (budget >= 0)
                return root;
            refusal = $"The body holds more than {MaxValues} values.";
        }
        catch (JsonException broken)
        {
            refusal = $"The body is not readable JSON: {broken.Message}";
        }
        return Missing;
    }

    /// <summary>The value with its properties in ordinal order and without blanks: equal content gives equal text.</summary>
    public string ToCanonicalJson() => Encoding.UTF8.GetString(ToCanonicalBytes());

    /// <inheritdoc cref="ToCanonicalJson"/>
    public ReadOnlySpan<byte> ToCanonicalBytes()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
            Write(writer);
        return bytes.WrittenSpan;
    }

    private static JsonTree Value(ref Utf8JsonReader reader, ref int budget)
    {
        if (--budget < 0)
            return Missing;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var fields = new Dictionary<string, JsonTree>(StringComparer.Ordinal);
                while (budget >= 0 && reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = String(ref reader);
                    reader.Read();
                    fields[name] = Value(ref reader, ref budget);
                }
                return new JsonTree(JsonValueKind.Object, fields: fields);
            case JsonTokenType.StartArray:
                var items = new List<JsonTree>();
                while (budget >= 0 && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Value(ref reader, ref budget));
                return new JsonTree(JsonValueKind.Array, items: items);
            case JsonTokenType.String:
                return new JsonTree(JsonValueKind.String, String(ref reader));
            case JsonTokenType.Number:
                return new JsonTree(JsonValueKind.Number, Encoding.UTF8.GetString(reader.ValueSpan));
            case JsonTokenType.True:
                return new JsonTree(JsonValueKind.True, "true");
            case JsonTokenType.False:
                return new JsonTree(JsonValueKind.False, "false");
            default:
                return new JsonTree(JsonValueKind.Null);
        }
    }

    private static string String(ref Utf8JsonReader reader)
    {
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, left by somebody who cut a subject in the middle of an emoji: keep the escapes as they are.
            text = Encoding.UTF8.GetString(reader.ValueSpan);
        }
        return CallbackText.Clean(text);
    }

    private void Write(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var (name, value) in Fields.OrderBy(f => f.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(name);
                    value.Write(writer);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in Items)
                    item.Write(writer);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(_text);
                break;
            case JsonValueKind.Number:
                writer.WriteRawValue(_text!, skipInputValidation: true);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBooleanValue(Kind == JsonValueKind.True);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}
