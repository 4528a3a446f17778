using System.Text.Json.Serialization;

namespace Estafette.Api.V1;

/// <summary>What a campaign says, as v1 shows it (interfaces §1.8).</summary>
internal sealed record MessageView(
    string Url,
    string Subject,
    string Html,
    string? Plaintext,
    bool TrackOpen,
    bool TrackClicks,
    bool DetachImages,
    bool IsSpam,
    double? SpamScore,
    string SpamDetails,
    string Preview,
    string HtmlPreview,
    string PlaintextPreview,
    string MsgIssue
);

/// <summary>A rule of the spam test that applied.</summary>
internal sealed record SpamRow(string Name, double Score, string Description);

/// <summary>What the spam test found.</summary>
internal sealed record SpamView(string? Error, bool IsSpam, double? Score, IReadOnlyList<SpamRow> Checks);

/// <summary>The message as it will be.</summary>
internal sealed record MessagePreviewView(string? HtmlMessage, string? PlaintextMessage, double? SpamScore, bool IsSpam);

/// <summary>Who got a test.</summary>
internal sealed record TestSentView(IReadOnlyList<string> To);

/// <summary>A recipient that is left out, and why.</summary>
internal sealed record ExcludedView(string To, string Reason);

/// <summary>The last look at a campaign; the counts are there when its recipients are more than are listed.</summary>
internal sealed record CampaignPreviewView(
    IReadOnlyList<string> Recipients,
    IReadOnlyList<string> ExcludedRecipients,
    double? SpamScore,
    bool IsSpam,
    string? HtmlMessage,
    string? PlaintextMessage
)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ExcludedView>? ExcludedDetail { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Truncated { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? RecipientsCount { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ExcludedRecipientsCount { get; init; }
}
