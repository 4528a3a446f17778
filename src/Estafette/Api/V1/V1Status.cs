using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;

namespace Estafette.Api.V1;

/// <summary>The words of v1 for the states of campaigns and deliveries (interfaces §0.2, §0.3).</summary>
internal static class V1Status
{
    public const string New = "new";
    public const string MessageOk = "message_ok";
    public const string MessageIssues = "message_issues";
    public const string Sending = "sending";
    public const string Paused = "paused";
    public const string Sent = "sent";
    public const string Cancelled = "cancelled";

    /// <summary>Everything a caller may write as status.</summary>
    public static readonly string[] All = [New, MessageOk, MessageIssues, Sending, Paused, Sent, Cancelled];

    /// <summary>A campaign's status; a draft's depends on what was found of its message.</summary>
    /// <param name="status">As stored.</param>
    /// <param name="message">Of a draft: whether it says something, and whether that can be sent.</param>
    /// <param name="isExtended">The caller knows words that the first clients did not.</param>
    public static string Of(CampaignStatus status, MessageState message, bool isExtended) =>
        status switch
        {
            CampaignStatus.Draft or CampaignStatus.Scheduled => message switch
            {
                MessageState.None => New,
                MessageState.Issues => MessageIssues,
                _ => MessageOk,
            },
            CampaignStatus.Paused => isExtended ? Paused : Sending,
            CampaignStatus.Finished => Sent,
            CampaignStatus.Cancelled => Cancelled,
            _ => Sending,
        };

    private static readonly Dictionary<DeliveryStatus, string> Mails = new()
    {
        [DeliveryStatus.Pending] = "unknown",
        [DeliveryStatus.Sending] = "sent",
        [DeliveryStatus.Sent] = "sent",
        [DeliveryStatus.Deferred] = "sent",
        [DeliveryStatus.InDoubt] = "sent",
        [DeliveryStatus.Delivered] = "delivered",
        [DeliveryStatus.SoftBounced] = "softbounced",
        [DeliveryStatus.Expired] = "softbounced",
        [DeliveryStatus.HardBounced] = "hardbounced",
        [DeliveryStatus.Rejected] = "hardbounced",
        [DeliveryStatus.Suppressed] = "unknown",
        [DeliveryStatus.Cancelled] = "unknown",
    };

    public static string Of(DeliveryStatus status) => Mails[status];

    /// <summary>The stored states behind a word; empty for a word that is none.</summary>
    public static IReadOnlyList<DeliveryStatus> MailsThatAre(string word) => [.. Mails.Where(m => m.Value == word).Select(m => m.Key)];

    public static IEnumerable<string> MailWords => Mails.Values.Distinct();
}

/// <summary>What a draft says.</summary>
internal enum MessageState
{
    None,
    Issues,
    Ok,
}
