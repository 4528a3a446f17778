using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Estafette.Core.Forms;

/// <summary>What a field of a form asks for. The address is always asked.</summary>
public enum FormFieldKind
{
    FirstName = 1,
    LastName = 2,
    Language = 3,
    Phone = 4,

    /// <summary>An attribute of the contact.</summary>
    Attribute = 5,
}

/// <summary>How the answer for an attribute is stored.</summary>
public enum FormValueType
{
    Text = 0,
    Number = 1,

    /// <summary>A day, stored as "2026-03-12".</summary>
    Date = 2,

    /// <summary>A box to tick, stored as true or false.</summary>
    Boolean = 3,
}

/// <summary>A field besides the address; labels by language, needed for attributes only.</summary>
public sealed record FormField(
    FormFieldKind Kind,
    bool Required = false,
    string? Attribute = null,
    FormValueType Type = FormValueType.Text,
    string? LabelFr = null,
    string? LabelEn = null
)
{
    /// <summary>The label of an attribute in a language; its name when it has none.</summary>
    public string? LabelIn(string language) => (language == "en" ? LabelEn ?? LabelFr : LabelFr ?? LabelEn) ?? Attribute;

    /// <summary>What the posted value is called: "firstName", "a-city".</summary>
    [JsonIgnore]
    public string InputName => Kind == FormFieldKind.Attribute ? "a-" + Attribute : JsonNamingPolicy.CamelCase.ConvertName(Kind.ToString());
}

/// <summary>What a form shows and does; stored as JSON.</summary>
public sealed record FormDesign
{
    public const int MaxFields = 20;
    public const int MaxOrigins = 20;

    public IReadOnlyList<FormField> Fields { get; init; } = [];
    public FormTexts French { get; init; } = new();
    public FormTexts English { get; init; } = new();

    /// <summary>The subscription counts only once the person pressed the button behind the link of a mail. Default true.</summary>
    public bool DoubleOptIn { get; init; } = true;

    /// <summary>A second box asks for the consent to individual measurement, apart from the subscription.</summary>
    public bool AsksTracking { get; init; }

    /// <summary>The person ticks the lists; otherwise the form subscribes to all of its lists.</summary>
    public bool ChoosesLists { get; init; }

    /// <summary>Where the browser goes after the subscription counts; null: our own thanks page.</summary>
    public string? RedirectUrl { get; init; }

    /// <summary>Origins whose pages may show the form in a frame, such as "https://www.example.com".</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Who sends the confirmation mail: an identity of the customer; null: the first one.</summary>
    public long? Sender { get; init; }

    /// <summary>The texts of a language.</summary>
    public FormTexts In(string language) => language == "en" ? English : French;

    /// <summary>Whether both ask for consent with the same words.</summary>
    internal bool HasWordingOf(FormDesign other) =>
        (French.Consent, French.TrackingConsent, English.Consent, English.TrackingConsent, AsksTracking)
        == (other.French.Consent, other.French.TrackingConsent, other.English.Consent, other.English.TrackingConsent, other.AsksTracking);

    internal string ToJson() => JsonSerializer.Serialize(this, FormJson.Options);

    internal static FormDesign FromJson(string json) => JsonSerializer.Deserialize<FormDesign>(json, FormJson.Options)!;
}

/// <summary>The words of a form in one language.</summary>
public sealed record FormTexts
{
    public string Title { get; init; } = "";
    public string Intro { get; init; } = "";
    public string Button { get; init; } = "";

    /// <summary>What the person agrees to by subscribing.</summary>
    public string Consent { get; init; } = "";

    /// <summary>What the person agrees to by ticking the box about measurement.</summary>
    public string TrackingConsent { get; init; } = "";

    /// <summary>Shown after the form was sent, while the mail is on its way.</summary>
    public string Pending { get; init; } = "";

    /// <summary>Shown when the subscription counts.</summary>
    public string Thanks { get; init; } = "";
    public string MailSubject { get; init; } = "";

    /// <summary>The confirmation mail; <c>{{confirm_url}}</c> must be in it.</summary>
    public string MailHtml { get; init; } = "";

    /// <summary>Its plain text; empty: made from the HTML.</summary>
    public string MailText { get; init; } = "";
}

/// <summary>What a person typed, checked, in the form in which it will be stored.</summary>
public sealed record SignUpAnswers
{
    public required string Email { get; init; }
    public required string Key { get; init; }
    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public string? Phone { get; init; }
    public string? Language { get; init; }

    /// <summary>A JSON object.</summary>
    public string? Attributes { get; init; }
    public IReadOnlyList<long> Lists { get; init; } = [];
    public bool Tracking { get; init; }
    public string? Wording { get; init; }
    public string? TrackingWording { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this, FormJson.Options);

    internal static SignUpAnswers FromJson(string json) => JsonSerializer.Deserialize<SignUpAnswers>(json, FormJson.Options)!;
}

internal static class FormJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        Converters = { new JsonStringEnumConverter() },
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
