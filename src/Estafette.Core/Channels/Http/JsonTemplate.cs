using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Estafette.Core.Channels.Http;

/// <summary>
/// The body of a generic server: JSON whose strings may hold placeholders (interfaces §4.6).
/// </summary>
/// <remarks>
/// The template is parsed as JSON once, and its strings are cut into text and placeholders once. A message walks that tree and writes each node
/// with a JSON writer, so a value can never end the string it stands in, add a property or become a placeholder itself. A string that is
/// exactly one placeholder becomes the typed value (string, number, list, object, null); a placeholder inside a longer string becomes text.
/// Property names are never replaced.
/// </remarks>
internal sealed class JsonTemplate
{
    /// <summary>Longest template, in characters.</summary>
    public const int MaxLength = 256 * 1024;

    private readonly Node _root;

    private JsonTemplate(Node root, bool hasAttachments) => (_root, HasAttachments) = (root, hasAttachments);

    /// <summary>Files have their place in it.</summary>
    public bool HasAttachments { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="source">JSON text.</param>
    /// <param name="template">The template, or null.</param>
    /// <param name="error">What is wrong and where, in the language of the request; null when it was read.</param>
    public static bool TryParse(string source, out JsonTemplate? template, out string? error)
    {
        (template, error) = (null, null);
        if (source.Length > MaxLength)
        {
            error = ChannelTexts.Get("body.long", source.Length, MaxLength);
            return false;
        }
        try
        {
            using var document = JsonDocument.Parse(source, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var root = Read(document.RootElement, ref error);
            if (error is null)
                template = new JsonTemplate(root, HasAttachmentsIn(document.RootElement));
        }
        catch (JsonException wrong)
        {
            error = ChannelTexts.Get("body.json", wrong.LineNumber + 1 ?? 0, wrong.BytePositionInLine + 1 ?? 0);
        }
        return error is null;
    }

    /// <summary>Writes the body for one message.</summary>
    public void Write(IBufferWriter<byte> output, OutgoingMessage message, string? key)
    {
        using var json = JsonText.Writer(output);
        _root.Write(json, message, key);
    }

    private static bool HasAttachmentsIn(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().Any(member => HasAttachmentsIn(member.Value)),
            JsonValueKind.Array => element.EnumerateArray().Any(HasAttachmentsIn),
            JsonValueKind.String => PlaceholderText.TryParse(element.GetString()!, out var text, out _) && text.Holds("attachments"),
            _ => false,
        };

    private static Node Read(JsonElement element, ref string? error)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new List<(JsonEncodedText, Node)>();
                foreach (var member in element.EnumerateObject())
                    members.Add((JsonEncodedText.Encode(member.Name), Read(member.Value, ref error)));
                return new ObjectNode([.. members]);
            case JsonValueKind.Array:
                var items = new List<Node>();
                foreach (var item in element.EnumerateArray())
                    items.Add(Read(item, ref error));
                return new ArrayNode([.. items]);
            case JsonValueKind.String when element.GetString() is { } text && text.Contains("{{", StringComparison.Ordinal):
                if (!PlaceholderText.TryParse(text, out var parts, out var wrong))
                    error ??= wrong;
                return new TextNode(parts);
            default:
                return new ConstantNode(element.Clone());
        }
    }

    private abstract class Node
    {
        public abstract void Write(Utf8JsonWriter json, OutgoingMessage message, string? key);
    }

    private sealed class ObjectNode((JsonEncodedText Name, Node Value)[] members) : Node
    {
        public override void Write(Utf8JsonWriter json, OutgoingMessage message, string? key)
        {
            json.WriteStartObject();
            foreach (var (name, value) in members)
            {
                json.WritePropertyName(name);
                value.Write(json, message, key);
            }
            json.WriteEndObject();
        }
    }

    private sealed class ArrayNode(Node[] items) : Node
    {
        public override void Write(Utf8JsonWriter json, OutgoingMessage message, string? key)
        {
            json.WriteStartArray();
            foreach (var item in items)
                item.Write(json, message, key);
            json.WriteEndArray();
        }
    }

    private sealed class ConstantNode(JsonElement value) : Node
    {
        public override void Write(Utf8JsonWriter json, OutgoingMessage message, string? key) => value.WriteTo(json);
    }

    private sealed class TextNode(PlaceholderText text) : Node
    {
        public override void Write(Utf8JsonWriter json, OutgoingMessage message, string? key)
        {
            if (text.Single is { } placeholder)
                Placeholders.WriteTyped(json, placeholder, message, key);
            else
                json.Text(text.Render(message, key));
        }
    }
}

/// <summary>A text cut into literal pieces and placeholders <c>{{name}}</c>.</summary>
internal readonly struct PlaceholderText
{
    private readonly (string Text, bool IsPlaceholder)[] _parts;

    private PlaceholderText((string, bool)[] parts) => _parts = parts;

    /// <summary>The placeholder when the text is nothing else; null otherwise.</summary>
    public string? Single => _parts is [(var name, true)] ? name : null;

    /// <summary>Whether a placeholder stands in the text.</summary>
    public bool Holds(string name) => (_parts ?? []).Contains((name, true));

    /// <summary>Cuts a text; an unknown or unclosed placeholder is an error.</summary>
    public static bool TryParse(string text, out PlaceholderText result, out string? error)
    {
        var parts = new List<(string, bool)>();
        error = null;
        for (var at = 0; at < text.Length; )
        {
            var open = text.IndexOf("{{", at, StringComparison.Ordinal);
            if (open < 0)
            {
                parts.Add((text[at..], false));
                break;
            }
            if (open > at)
                parts.Add((text[at..open], false));
            var close = text.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
            {
                error = ChannelTexts.Get("placeholder.open", Shorten(text[open..]));
                break;
            }
            var name = text[(open + 2)..close].Trim();
            if (!Placeholders.IsKnown(name))
                error ??= ChannelTexts.Get("placeholder.unknown", Shorten(name), string.Join(", ", Placeholders.Names));
            parts.Add((name, true));
            at = close + 2;
        }
        result = new PlaceholderText([.. parts]);
        return error is null;
    }

    /// <summary>The text for one message; values without text become nothing.</summary>
    public string Render(OutgoingMessage message, string? key)
    {
        var result = new StringBuilder();
        foreach (var (text, isPlaceholder) in _parts ?? [])
            result.Append(isPlaceholder ? Placeholders.Text(text, message, key) : text);
        return result.ToString();
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}

/// <summary>The placeholders of a generic server and their values.</summary>
internal static class Placeholders
{
    private const string Custom = "custom.";

    public static readonly IReadOnlyList<string> Names =
    [
        "to.email",
        "to.name",
        "from.email",
        "from.name",
        "reply_to",
        "subject",
        "html",
        "text",
        "message_id",
        "campaign.id",
        "campaign.name",
        "list_unsubscribe",
        "headers",
        "attachments",
        "track_id",
        "key",
    ];

    public static bool IsKnown(string name) =>
        Names.Contains(name, StringComparer.Ordinal) || (name.StartsWith(Custom, StringComparison.Ordinal) && name.Length > Custom.Length);

    /// <summary>Writes the value with its JSON type.</summary>
    public static void WriteTyped(Utf8JsonWriter json, string name, OutgoingMessage message, string? key)
    {
        switch (name)
        {
            case "headers":
                json.HeaderObject(HeaderBound.Headers(message));
                break;
            case "attachments":
                // As SendGrid writes them, which most generic servers understand.
                json.AttachmentArray(message.Attachments, new("filename", "type", "content", "content_id"));
                break;
            case "campaign.id" when message.Campaign is { } campaign:
                json.WriteNumberValue(campaign.Value);
                break;
            case var custom when custom.StartsWith(Custom, StringComparison.Ordinal):
                WriteValue(json, Field(message, custom));
                break;
            default:
                WriteValue(json, Value(name, message, key));
                break;
        }
    }

    /// <summary>The value as text.</summary>
    public static string Text(string name, OutgoingMessage message, string? key)
    {
        if (name is "headers" or "attachments")
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var json = JsonText.Writer(buffer))
                WriteTyped(json, name, message, key);
            return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }
        if (!name.StartsWith(Custom, StringComparison.Ordinal))
            return Value(name, message, key) ?? "";
        return Field(message, name) switch
        {
            null => "",
            string text => text,
            bool yes => yes ? "true" : "false",
            JsonElement element => JsonPointer.Text(element) ?? "",
            IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
            var other => other.ToString() ?? "",
        };
    }

    private static string? Value(string name, OutgoingMessage message, string? key) =>
        name switch
        {
            "to.email" => message.Recipient,
            "to.name" => message.RecipientName,
            "from.email" => message.FromEmail,
            "from.name" => message.FromName,
            "reply_to" => message.ReplyTo,
            "subject" => message.Subject,
            "html" => message.Html,
            "text" => message.Text,
            "message_id" => message.MessageId,
            "campaign.id" => message.Campaign?.ToString(),
            "campaign.name" => message.CampaignName,
            "list_unsubscribe" => message
                .Headers.FirstOrDefault(h => h.Key.Equals("List-Unsubscribe", StringComparison.OrdinalIgnoreCase))
                .Value,
            "track_id" => message.Delivery.ToString(),
            "key" => key,
            _ => null,
        };

    // custom.city, custom.address.city: a field of that very name first, then a path into objects.
    private static object? Field(OutgoingMessage message, string name)
    {
        var path = name[Custom.Length..];
        if (message.Fields is not { } fields)
            return null;
        if (fields.TryGetValue(path, out var value))
            return value;
        var steps = path.Split('.');
        if (!fields.TryGetValue(steps[0], out value))
            return null;
        foreach (var step in steps.Skip(1))
        {
            value = value switch
            {
                IReadOnlyDictionary<string, object?> map when map.TryGetValue(step, out var child) => child,
                JsonElement { ValueKind: JsonValueKind.Object } element when element.TryGetProperty(step, out var child) => child,
                _ => null,
            };
        }
        return value;
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.Text(text);
                break;
            case bool yes:
                json.WriteBooleanValue(yes);
                break;
            case int or long or short or byte:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case JsonElement { ValueKind: not JsonValueKind.Undefined } element:
                element.WriteTo(json);
                break;
            case IReadOnlyDictionary<string, object?> map:
                json.WriteStartObject();
                foreach (var (name, child) in map)
                {
                    json.WritePropertyName(name);
                    WriteValue(json, child);
                }
                json.WriteEndObject();
                break;
            case IEnumerable<object?> list:
                json.WriteStartArray();
                foreach (var child in list)
                    WriteValue(json, child);
                json.WriteEndArray();
                break;
            case IFormattable other:
                json.Text(other.ToString(null, CultureInfo.InvariantCulture));
                break;
            default:
                json.Text(value.ToString() ?? "");
                break;
        }
    }
}
