using System.Text.Json.Serialization;

namespace Estafette.Core.Channels;

/// <summary>What every provider reached over HTTP has in common.</summary>
public abstract record HttpSettings : ServerSettings
{
    /// <summary>Time for one whole request, from its first octet to the last of the answer.</summary>
    /// <remarks>1 to 120 seconds; default 30.</remarks>
    public int TimeoutSeconds { get; init; } = 30;

    /// <summary>Where messages are posted.</summary>
    [JsonIgnore]
    public abstract string Endpoint { get; }

    [JsonIgnore]
    public override string Target => Endpoint;
}

/// <summary>A provider preset: its address may be replaced, for a proxy or a test.</summary>
public abstract record PresetSettings : HttpSettings
{
    /// <summary>Scheme, host and port in the place of the provider's own; null for the provider's.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>The provider's own scheme and host.</summary>
    [JsonIgnore]
    public abstract string DefaultBaseUrl { get; }

    /// <summary>Path below the base.</summary>
    [JsonIgnore]
    public abstract string Path { get; }

    [JsonIgnore]
    public override string Endpoint => (string.IsNullOrWhiteSpace(BaseUrl) ? DefaultBaseUrl : BaseUrl.Trim().TrimEnd('/')) + Path;
}

/// <summary>SendGrid, API v3.</summary>
public sealed record SendGridSettings : PresetSettings
{
    [JsonIgnore]
    public override ServerKind Kind => ServerKind.SendGrid;

    [JsonIgnore]
    public override string DefaultBaseUrl => "https://api.sendgrid.com";

    [JsonIgnore]
    public override string Path => "/v3/mail/send";
}

/// <summary>Mailgun, API v3.</summary>
public sealed record MailgunSettings : PresetSettings
{
    /// <summary>The sending domain registered at the provider.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The account lies in the European region.</summary>
    public bool Eu { get; init; }

    [JsonIgnore]
    public override ServerKind Kind => ServerKind.Mailgun;

    [JsonIgnore]
    public override string DefaultBaseUrl => Eu ? "https://api.eu.mailgun.net" : "https://api.mailgun.net";

    [JsonIgnore]
    public override string Path => $"/v3/{Uri.EscapeDataString(Domain)}/messages";
}

/// <summary>Brevo, API v3.</summary>
public sealed record BrevoSettings : PresetSettings
{
    [JsonIgnore]
    public override ServerKind Kind => ServerKind.Brevo;

    [JsonIgnore]
    public override string DefaultBaseUrl => "https://api.brevo.com";

    [JsonIgnore]
    public override string Path => "/v3/smtp/email";
}

/// <summary>Mailjet, API v3.1; its secret is a pair.</summary>
public sealed record MailjetSettings : PresetSettings
{
    [JsonIgnore]
    public override ServerKind Kind => ServerKind.Mailjet;

    [JsonIgnore]
    public override string DefaultBaseUrl => "https://api.mailjet.com";

    [JsonIgnore]
    public override string Path => "/v3.1/send";
}

/// <summary>Postmark.</summary>
public sealed record PostmarkSettings : PresetSettings
{
    /// <summary>Stream the messages belong to; null for the account's default transactional stream.</summary>
    public string? MessageStream { get; init; }

    [JsonIgnore]
    public override ServerKind Kind => ServerKind.Postmark;

    [JsonIgnore]
    public override string DefaultBaseUrl => "https://api.postmarkapp.com";

    [JsonIgnore]
    public override string Path => "/email";
}

/// <summary>Any URL that takes a JSON POST (interfaces §4.6).</summary>
public sealed record JsonPostSettings : HttpSettings
{
    /// <summary>The URL, http or https.</summary>
    public string Url { get; init; } = "";

    /// <summary>Header that carries the key when there is one; default Authorization.</summary>
    public string KeyHeader { get; init; } = "Authorization";

    /// <summary>Word before the key in its header, such as Bearer (default); empty for none.</summary>
    public string KeyScheme { get; init; } = "Bearer";

    /// <summary>Further headers; their values may hold placeholders.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The body as JSON with placeholders; null for the SendGrid shape.</summary>
    public string? Body { get; init; }

    /// <summary>A body of one's own carries files only where it says so.</summary>
    [JsonIgnore]
    public override bool TakesAttachments =>
        string.IsNullOrWhiteSpace(Body) || (Http.JsonTemplate.TryParse(Body, out var template, out _) && template!.HasAttachments);

    /// <summary>Statuses that mean accepted, such as "200-299" (default) or "200,202".</summary>
    public string SuccessStatus { get; init; } = "200-299";

    /// <summary>JSON Pointer (RFC 6901) to a value that must equal <see cref="SuccessValue"/> for success; null for no such rule.</summary>
    public string? SuccessPath { get; init; }

    /// <summary>The value at <see cref="SuccessPath"/> that means accepted, as text.</summary>
    public string? SuccessValue { get; init; }

    /// <summary>JSON Pointer to the provider's message id, or <c>header:Name</c>; null when there is none.</summary>
    public string? MessageIdPath { get; init; }

    /// <summary>JSON Pointer to the error text; null to keep the whole answer.</summary>
    public string? ErrorPath { get; init; }

    [JsonIgnore]
    public override ServerKind Kind => ServerKind.JsonPost;

    [JsonIgnore]
    public override string Endpoint => Url.Trim();
}
