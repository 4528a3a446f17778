using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Phones;

namespace Estafette.Inspection;

/// <summary>What an inspection found. The members are the JSON that programs read: never rename them.</summary>
internal abstract record InspectionResult;

/// <param name="Kind">bounce, delayed, delivered, complaint, unsubscribe, autoreply or none.</param>
/// <param name="Recipients">Whom it is about.</param>
internal sealed record BounceResult(string Kind, IReadOnlyList<BouncedRecipient> Recipients) : InspectionResult;

/// <param name="Address">Null when it is hidden or not told.</param>
/// <param name="Class">hard, soft, transient or block; null when nothing was refused.</param>
/// <param name="Status">Enhanced status.</param>
/// <param name="Code">SMTP code.</param>
/// <param name="Reason">One word of a closed vocabulary.</param>
/// <param name="Action">suppress, count, retry, alert or none.</param>
/// <param name="Diagnostic">What the far side says.</param>
internal sealed record BouncedRecipient(
    string? Address,
    string? Class,
    string? Status,
    int? Code,
    string? Reason,
    string Action,
    string Diagnostic
);

internal sealed record AddressResult(bool Valid, string? Normalized, string? Ascii, bool Smtputf8, string? Reason) : InspectionResult
{
    [JsonIgnore]
    public EmailAddressError Error { get; init; }
}

internal sealed record PhoneResult(bool Valid, string? E164, string? Region, string? Type) : InspectionResult
{
    [JsonIgnore]
    public PhoneNumberError Error { get; init; }
}

internal sealed record UserAgentResult(string Os, string Browser, string Device, bool Bot) : InspectionResult;

internal sealed record SmsResult(string Encoding, int Units, int Parts) : InspectionResult;

internal sealed record SpfResult(string Result, string Reason, int Lookups) : InspectionResult;

internal sealed record DkimResult(IReadOnlyList<DkimSignatureResult> Signatures) : InspectionResult;

internal sealed record DkimSignatureResult(string Domain, string Selector, string Result, string Reason);

internal sealed record SpamResult(double Score, double Threshold, IReadOnlyList<SpamRuleResult> Rules) : InspectionResult;

internal sealed record SpamRuleResult(string Name, double Score, string Description);

internal sealed record HtmlResult(string Html, IReadOnlyList<HtmlChangeResult> Changes) : InspectionResult;

internal sealed record HtmlChangeResult(string Kind, string Detail, int Count);

internal sealed record TextResult(string Text) : InspectionResult;

internal sealed record TemplateResult(string Output) : InspectionResult;

internal sealed record WebhookResult(bool Authenticated, IReadOnlyList<WebhookEvent> Events) : InspectionResult
{
    /// <summary>Why the call is not believed, for people.</summary>
    [JsonIgnore]
    public string? Refusal { get; init; }
}

internal sealed record WebhookEvent(
    string Event,
    string? Recipient,
    string? Timestamp,
    string? MessageId,
    string ProviderEventId,
    string? Reason,
    string? Url,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyList<string> Tags
);

/// <summary>How results are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Default)]
[JsonSerializable(typeof(BounceResult))]
[JsonSerializable(typeof(AddressResult))]
[JsonSerializable(typeof(PhoneResult))]
[JsonSerializable(typeof(UserAgentResult))]
[JsonSerializable(typeof(SmsResult))]
[JsonSerializable(typeof(SpfResult))]
[JsonSerializable(typeof(DkimResult))]
[JsonSerializable(typeof(SpamResult))]
[JsonSerializable(typeof(HtmlResult))]
[JsonSerializable(typeof(TextResult))]
[JsonSerializable(typeof(TemplateResult))]
[JsonSerializable(typeof(WebhookResult))]
internal sealed partial class InspectionJson : JsonSerializerContext
{
    public static readonly JsonWriterOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    public static readonly JsonWriterOptions Page = Line with { Indented = true };

    /// <summary>Writes a result alone.</summary>
    public static void Write(Utf8JsonWriter json, InspectionResult result) =>
        JsonSerializer.Serialize(json, result, Default.GetTypeInfo(result.GetType())!);

    /// <summary>Writes <c>{"id":…,"result":{…}}</c> or <c>{"id":…,"error":"…"}</c>.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="id">JSON as it came, written verbatim; empty for none.</param>
    /// <param name="inspected">What became of it.</param>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> id, Inspected inspected)
    {
        json.WriteStartObject();
        json.WritePropertyName("id"u8);
        json.WriteRawValue(id.IsEmpty ? "null"u8 : id, skipInputValidation: true);
        if (inspected.Result is { } result)
        {
            json.WritePropertyName("result"u8);
            Write(json, result);
        }
        else
        {
            json.WriteString("error"u8, inspected.Error);
        }
        json.WriteEndObject();
    }
}
