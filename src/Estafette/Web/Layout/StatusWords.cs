using System.Text.Json;
using Estafette.Core.Automations;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts;
using Estafette.Core.Deliverability;
using Estafette.Core.Delivery;
using static Estafette.Web.Words;

namespace Estafette.Web.Layout;

/// <summary>Word, icon and colour of every status: the one table behind the status chip.</summary>
internal static class StatusWords
{
    /// <summary>The word of an enumeration's value: key + "-" + the value in kebab case.</summary>
    public static string Of<TEnum>(string key, TEnum value)
        where TEnum : struct, Enum => T($"{key}-{Kebab(value.ToString())}");

    public static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    public static (string Key, string Icon, string Colour) Chip(object status) =>
        status switch
        {
            DeliveryStatus delivery => Delivery(delivery),
            CampaignStatus campaign => Campaign(campaign),
            AutomationStatus.Draft => ("status.automation-draft", "pencil", "grey"),
            AutomationStatus.Running => ("status.automation-running", "player-play", "green"),
            AutomationStatus.Paused => ("status.automation-paused", "player-pause", "yellow"),
            AutomationStatus.Stopped => ("status.automation-stopped", "player-stop", "slate"),
            SubscriptionStatus.Unconfirmed => ("status.subscription-unconfirmed", "hourglass", "yellow"),
            SubscriptionStatus.Confirmed => ("status.subscription-confirmed", "circle-check", "green"),
            SubscriptionStatus.Unsubscribed => ("status.subscription-unsubscribed", "square-minus", "slate"),
            DomainStatus.Ok => ("status.domain-ok", "circle-check", "green"),
            DomainStatus.Ko => ("status.domain-ko", "x", "red"),
            DomainStatus.Bad => ("status.domain-bad", "alert-triangle", "orange"),
            DomainStatus.Pending => ("status.domain-pending", "clock", "grey"),
            _ => Named(status.ToString()!),
        };

    private static (string, string, string) Delivery(DeliveryStatus status) =>
        status switch
        {
            DeliveryStatus.Pending => ("status.delivery-pending", "clock", "grey"),
            DeliveryStatus.Sending => ("status.delivery-sending", "arrow-right", "blue"),
            DeliveryStatus.Sent => ("status.delivery-sent", "check", "azure"),
            DeliveryStatus.Deferred => ("status.delivery-deferred", "hourglass", "yellow"),
            DeliveryStatus.InDoubt => ("status.delivery-in-doubt", "help-circle", "purple"),
            DeliveryStatus.Delivered => ("status.delivery-delivered", "circle-check", "green"),
            DeliveryStatus.SoftBounced => ("status.delivery-soft-bounced", "corner-right-down", "orange"),
            DeliveryStatus.HardBounced => ("status.delivery-hard-bounced", "x", "red"),
            DeliveryStatus.Rejected => ("status.delivery-rejected", "x", "red"),
            DeliveryStatus.Expired => ("status.delivery-expired", "calendar-off", "brown"),
            DeliveryStatus.Suppressed => ("status.delivery-suppressed", "square-minus", "slate"),
            _ => ("status.delivery-cancelled", "square-minus", "slate"),
        };

    private static (string, string, string) Campaign(CampaignStatus status) =>
        status switch
        {
            CampaignStatus.Draft => ("status.campaign-draft", "pencil", "grey"),
            CampaignStatus.Scheduled => ("status.campaign-scheduled", "calendar", "purple"),
            CampaignStatus.Running => ("status.campaign-running", "arrow-right", "blue"),
            CampaignStatus.Paused => ("status.campaign-paused", "player-pause", "yellow"),
            CampaignStatus.Finished => ("status.campaign-finished", "circle-check", "green"),
            _ => ("status.campaign-cancelled", "square-minus", "slate"),
        };

    /// <summary>States that have no enumeration of their own.</summary>
    private static (string, string, string) Named(string name) =>
        name switch
        {
            "Ready" => ("status.on", "circle-check", "green"),
            "Off" => ("status.off", "square-minus", "slate"),
            "NeedsCheck" => ("status.to-check", "alert-triangle", "orange"),
            "Resting" => ("status.resting", "hourglass", "yellow"),
            "Exhausted" => ("status.exhausted", "clock", "purple"),
            "signed" => ("status.signed", "lock", "green"),
            "unsigned" => ("status.unsigned", "alert-triangle", "yellow"),
            "revoked" => ("status.revoked", "x", "slate"),
            "suspended" => ("status.suspended", "ban", "red"),
            "expired" => ("status.expired", "calendar-off", "brown"),
            "on" => ("status.on", "circle-check", "green"),
            "opened" => ("status.opened", "eye", "teal"),
            "clicked" => ("status.clicked", "pointer", "indigo"),
            "unsubscribed" => ("status.unsubscribed", "square-minus", "slate"),
            "complained" => ("status.complained", "flag", "darkred"),
            "Draft" => ("status.import-draft", "pencil", "grey"),
            "Waiting" => ("status.import-queued", "clock", "grey"),
            "Running" => ("status.import-running", "arrow-right", "blue"),
            "Finished" => ("status.import-finished", "circle-check", "green"),
            "Cancelled" => ("status.import-cancelled", "square-minus", "slate"),
            "Failed" => ("status.import-failed", "x", "red"),
            "Paused" => ("status.import-paused", "player-pause", "yellow"),
            "Undoing" => ("status.import-undoing", "hourglass", "orange"),
            "Undone" => ("status.import-undone", "square-minus", "slate"),
            _ => ("status.off", "square-minus", "slate"),
        };
}
