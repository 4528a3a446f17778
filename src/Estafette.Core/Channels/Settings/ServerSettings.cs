using System.Text.Json;
using System.Text.Json.Serialization;

namespace Estafette.Core.Channels;

/// <summary>What a kind of server needs to know besides its secret; kept as JSON in <see cref="SendingServer.Settings"/>.</summary>
public abstract record ServerSettings
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The kind these settings belong to.</summary>
    [JsonIgnore]
    public abstract ServerKind Kind { get; }

    /// <summary>Lets the server lie on this machine or in a private network, when the installation permits it too.</summary>
    public bool AllowPrivateAddress { get; init; }

    /// <summary>Host and port, or URL: what a person recognises the server by. Holds no secret.</summary>
    [JsonIgnore]
    public abstract string Target { get; }

    /// <summary>Its messages may carry files.</summary>
    [JsonIgnore]
    public virtual bool TakesAttachments => true;

    /// <summary>The form in which settings are stored.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, GetType(), Format);

    /// <summary>Reads stored settings, or the settings part of an API call.</summary>
    /// <exception cref="JsonException">Not the settings of that kind.</exception>
    public static ServerSettings Parse(ServerKind kind, string json) =>
        (ServerSettings?)JsonSerializer.Deserialize(json, TypeOf(kind), Format) ?? throw new JsonException("The settings are null.");

    private static Type TypeOf(ServerKind kind) =>
        kind switch
        {
            ServerKind.Capture => typeof(CaptureSettings),
            ServerKind.Smtp => typeof(SmtpSettings),
            ServerKind.JsonPost => typeof(JsonPostSettings),
            ServerKind.SendGrid => typeof(SendGridSettings),
            ServerKind.Mailgun => typeof(MailgunSettings),
            ServerKind.Brevo => typeof(BrevoSettings),
            ServerKind.Mailjet => typeof(MailjetSettings),
            ServerKind.Postmark => typeof(PostmarkSettings),
            _ => throw new JsonException($"Server kind {kind} is not known to this version."),
        };
}

/// <summary>Keeps every message on a page and sends nothing.</summary>
public sealed record CaptureSettings : ServerSettings
{
    /// <summary>Messages kept; the oldest go first.</summary>
    /// <remarks>1 to 1,000,000; default 10,000.</remarks>
    public int KeepAtMost { get; init; } = 10_000;

    [JsonIgnore]
    public override ServerKind Kind => ServerKind.Capture;

    [JsonIgnore]
    public override string Target => "capture";
}
