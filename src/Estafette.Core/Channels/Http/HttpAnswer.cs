using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Estafette.Core.Channels.Http;

/// <summary>What a provider answered: status, header and at most 64 KiB of body.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Headers">Header fields, those of the content left out.</param>
/// <param name="Body">The body as far as it was read.</param>
/// <param name="Complete">False when the body was longer than the limit or broke off.</param>
internal sealed record HttpAnswer(int Status, HttpResponseHeaders Headers, ReadOnlyMemory<byte> Body, bool Complete)
{
    private JsonElement? _json;
    private bool _parsed;

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The body as JSON; null when it is none.</summary>
    public JsonElement? Json
    {
        get
        {
            if (_parsed)
                return _json;
            _parsed = true;
            try
            {
                using var document = JsonDocument.Parse(Body);
                _json = document.RootElement.Clone();
            }
            catch (JsonException)
            {
                _json = null;
            }
            return _json;
        }
    }

    /// <summary>The body as text for a person.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span).Trim();

    /// <summary>First value of a header field, null when absent.</summary>
    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>The value at a JSON Pointer (RFC 6901) of the body, as text; null when there is none.</summary>
    public string? At(string pointer) => Json is { } json && JsonPointer.Find(json, pointer) is { } found ? JsonPointer.Text(found) : null;
}

/// <summary>Values inside JSON by RFC 6901 pointers.</summary>
internal static class JsonPointer
{
    /// <summary>The value a pointer leads to; null when it leads nowhere.</summary>
    public static JsonElement? Find(JsonElement root, string pointer)
    {
        var at = root;
        foreach (var step in pointer.Split('/').Skip(1))
        {
            var name = step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            switch (at.ValueKind)
            {
                case JsonValueKind.Object when at.TryGetProperty(name, out var child):
                    at = child;
                    break;
                case JsonValueKind.Array when int.TryParse(name, out var index) && index >= 0 && index < at.GetArrayLength():
                    at = at[index];
                    break;
                default:
                    return null;
            }
        }
        return at;
    }

    /// <summary>Whether a text is a pointer: empty, or beginning with a slash.</summary>
    public static bool IsPointer(string text) => text.Length == 0 || text[0] == '/';

    public static string? Text(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            JsonValueKind.String => value.GetString(),
            _ => value.GetRawText(),
        };
}
