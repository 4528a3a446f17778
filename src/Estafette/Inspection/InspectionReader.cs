using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Estafette.Inspection;

/// <summary>Reads a request from a JSON object: <c>{"id":…,"input":"…","encoding":"base64","region":…}</c>.</summary>
internal static class InspectionReader
{
    /// <summary>How JSON is parsed: the id and the data may be nested.</summary>
    public static readonly JsonDocumentOptions Options = new() { MaxDepth = 128 };

    /// <summary>The id of a request as it was written; empty when it has none.</summary>
    public static byte[] IdOf(JsonElement line) =>
        line.ValueKind == JsonValueKind.Object && line.TryGetProperty("id"u8, out var id) ? JsonMarshal.GetRawUtf8Value(id).ToArray() : [];

    /// <summary>The request; options that it does not name are those of <paramref name="usual"/>.</summary>
    /// <exception cref="InspectionFaultException">It cannot be read; the message names the member.</exception>
    public static InspectionRequest Read(JsonElement line, string what, InspectionRequest usual)
    {
        if (line.ValueKind != JsonValueKind.Object)
            throw new InspectionFaultException("A JSON object is expected.");
        return usual with
        {
            Input = InputOf(line, what),
            Region = TextOf(line, "region") ?? usual.Region,
            Ip = TextOf(line, "ip") ?? usual.Ip,
            Helo = TextOf(line, "helo") ?? usual.Helo,
            From = TextOf(line, "from") ?? usual.From,
            Dns = TextOf(line, "dns") ?? usual.Dns,
            Data = DataOf(line) ?? usual.Data,
            Provider = TextOf(line, "provider") ?? usual.Provider,
            Url = TextOf(line, "url") ?? usual.Url,
            Headers = PairsOf(line, "headers") ?? usual.Headers,
            Query = PairsOf(line, "query") ?? usual.Query,
            Secret = TextOf(line, "secret") ?? usual.Secret,
            Language = LanguageOf(TextOf(line, "language")) ?? usual.Language,
        };
    }

    /// <summary>The bytes of an input in an encoding.</summary>
    /// <exception cref="InspectionFaultException">The encoding is unknown, or the input is not in it.</exception>
    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> input, string? encoding)
    {
        switch (encoding?.ToLowerInvariant())
        {
            case null or "utf-8" or "utf8":
                return input;
            case "base64":
                var bytes = new byte[System.Buffers.Text.Base64.GetMaxDecodedFromUtf8Length(input.Length) + 3];
                var status = System.Buffers.Text.Base64.DecodeFromUtf8(input.Span, bytes, out _, out var written);
                return status == OperationStatus.Done
                    ? bytes.AsMemory(0, written)
                    : throw new InspectionFaultException("The input is not Base64.");
            default:
                throw new InspectionFaultException($"The encoding '{Shown(encoding)}' is unknown; use utf-8 or base64.");
        }
    }

    /// <summary>A language we write, or null for none.</summary>
    /// <exception cref="InspectionFaultException">It is another one.</exception>
    public static string? LanguageOf(string? given) =>
        given is null or "fr" or "en"
            ? given
            : throw new InspectionFaultException($"The language '{Shown(given)}' is unknown; use fr or en.");

    private static ReadOnlyMemory<byte> InputOf(JsonElement line, string what)
    {
        var text = TextOf(line, "input");
        if (text is null && Inspections.NeedsInput(what))
            throw new InspectionFaultException("The member 'input' is missing.");
        return Decode(text is null ? default : Encoding.UTF8.GetBytes(text), TextOf(line, "encoding"));
    }

    private static string? TextOf(JsonElement line, string name) => Member(line, name) is { } value ? Text(value, name) : null;

    private static JsonElement? Member(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw new InspectionFaultException($"The member '{name}' is no text.");
        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new InspectionFaultException($"The member '{name}' holds half a surrogate pair, which is no text.");
        }
        return text.Contains('\0')
            ? throw new InspectionFaultException($"The member '{name}' holds U+0000; give binary input with \"encoding\":\"base64\".")
            : text;
    }

    private static ReadOnlyMemory<byte>? DataOf(JsonElement line)
    {
        if (Member(line, "data") is not { } data)
            return null;
        if (data.ValueKind == JsonValueKind.String)
            return Encoding.UTF8.GetBytes(Text(data, "data"));
        if (data.ValueKind != JsonValueKind.Object)
            throw new InspectionFaultException("The member 'data' is no JSON object.");
        return JsonMarshal.GetRawUtf8Value(data).ToArray();
    }

    private static List<KeyValuePair<string, string>>? PairsOf(JsonElement line, string name)
    {
        if (Member(line, name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Object)
            throw new InspectionFaultException($"The member '{name}' is no object of texts.");
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var property in value.EnumerateObject())
            if (property.Value.ValueKind == JsonValueKind.Array)
                pairs.AddRange(property.Value.EnumerateArray().Select(v => KeyValuePair.Create(NameOf(property, name), Text(v, name))));
            else
                pairs.Add(new(NameOf(property, name), Text(property.Value, name)));
        return pairs;
    }

    private static string NameOf(JsonProperty property, string name)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw new InspectionFaultException($"The member '{name}' holds half a surrogate pair, which is no text.");
        }
    }

    private static string Shown(string text) => text.Length > 20 ? text[..20] + "…" : text;
}
