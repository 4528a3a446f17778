using System.Buffers;
using System.Text;
using System.Text.Json;
using Estafette.Web;

namespace Estafette.Api.Json;

/// <summary>The body of a request as JSON, or the answer that refuses it.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>Largest body in bytes.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, MaxDepth = 32 };

    private readonly JsonDocument? _document;

    private RequestBody(JsonDocument document) => _document = document;

    private RequestBody(IResult refusal) => Refusal = refusal;

    /// <summary>Why it cannot be read; null when it can.</summary>
    public IResult? Refusal { get; }

    public JsonElement Root => _document!.RootElement;

    /// <summary>
    /// Reads the body: JSON with or without a content type, JSON that curl calls a form, or a flat form. Trailing commas are accepted, comments not.
    /// </summary>
    public static async Task<RequestBody> ReadAsync(HttpContext http)
    {
        var type = http.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        if (
            type is not (null or "" or "application/json" or "application/x-www-form-urlencoded")
            && !type.EndsWith("+json", StringComparison.Ordinal)
        )
            return new(ApiAnswers.Detail(StatusCodes.Status415UnsupportedMediaType, Texts.Get("api.media-type", type)));
        var bytes = await BytesAsync(http);
        if (bytes is null)
            return new(ApiAnswers.Detail(StatusCodes.Status413PayloadTooLarge, Texts.Get("api.too-large", MaxBytes >> 20)));
        var text = WithoutMark(bytes.Value);
        var isForm = type == "application/x-www-form-urlencoded" && !LooksLikeJson(text.Span);
        if (isForm)
            return new(FromForm(text));
        if (JsonText.FaultAt(text.Span, Lenient) is >= 0 and var fault)
        {
            var (line, column) = JsonText.PlaceOf(text.Span, fault);
            return new(Unreadable(line, column));
        }
        try
        {
            return new(JsonDocument.Parse(text, Lenient));
        }
        catch (JsonException wrong)
        {
            return new(Unreadable((wrong.LineNumber ?? 0) + 1, (wrong.BytePositionInLine ?? 0) + 1));
        }
    }

    private static IResult Unreadable(long line, long column) =>
        ApiAnswers.Detail(StatusCodes.Status400BadRequest, Texts.Get("api.json", line, column));

    /// <summary>The whole body; null when it is too large.</summary>
    public static async Task<ReadOnlyMemory<byte>?> BytesAsync(HttpContext http, int most = MaxBytes)
    {
        if (http.Request.ContentLength > most)
            return null;
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.Buffer.Length > most)
                return null;
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> bytes) => bytes.Span.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;

    private static bool LooksLikeJson(ReadOnlySpan<byte> bytes)
    {
        var text = bytes.TrimStart(" \t\r\n"u8);
        return text.Length > 0 && text[0] is (byte)'{' or (byte)'[';
    }

    private static JsonDocument FromForm(ReadOnlyMemory<byte> bytes)
    {
        var fields = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(Encoding.UTF8.GetString(bytes.Span));
        return JsonSerializer.SerializeToDocument(fields.ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal));
    }

    public void Dispose() => _document?.Dispose();
}
