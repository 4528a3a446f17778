using static Estafette.Protocols.Callbacks.CallbackEventKind;

namespace Estafette.Protocols.Callbacks;

/// <summary>Postmark's webhooks: one object, its kind in <c>RecordType</c>, a bounce's kind in <c>Type</c>.</summary>
internal static class PostmarkEvents
{
    private static readonly EventTable _meanings = new()
    {
        ["Delivery"] = Delivered,
        ["Bounce"] = SoftBounced,
        ["Bounce/HardBounce"] = HardBounced,
        ["Bounce/BadEmailAddress"] = HardBounced,
        ["Bounce/Transient"] = Deferred,
        ["Bounce/DnsError"] = Deferred,
        ["Bounce/SoftBounce"] = SoftBounced,
        ["Bounce/Unknown"] = SoftBounced,
        ["Bounce/Blocked"] = Rejected,
        ["Bounce/DMARCPolicy"] = Rejected,
        ["Bounce/VirusNotification"] = Rejected,
        ["Bounce/SMTPApiError"] = Rejected,
        ["Bounce/TemplateRenderingFailed"] = Rejected,
        ["Bounce/Unconfirmed"] = Rejected,
        ["Bounce/ManuallyDeactivated"] = Suppressed,
        ["Bounce/SpamNotification"] = new(Complained, CallbackListing.Complaint),
        ["Bounce/SpamComplaint"] = new(Complained, CallbackListing.Complaint),
        ["Bounce/Unsubscribe"] = new(Unsubscribed, CallbackListing.OptOut),
        ["Bounce/Subscribe"] = Ignored,
        ["Bounce/AutoResponder"] = Ignored,
        ["Bounce/AddressChange"] = Ignored,
        ["Bounce/OpenRelayTest"] = Ignored,
        ["Bounce/ChallengeVerification"] = Ignored,
        ["Bounce/InboundError"] = Ignored,
        ["SpamComplaint"] = new(Complained, CallbackListing.Complaint),
        ["Open"] = Open,
        ["Click"] = Click,
        ["SubscriptionChange"] = new(Unsubscribed, CallbackListing.OptOut),
        ["SubscriptionChange/ManualSuppression"] = new(Unsubscribed, CallbackListing.OptOut),
        ["SubscriptionChange/SpamComplaint"] = new(Complained, CallbackListing.Complaint),
        ["SubscriptionChange/HardBounce"] = new(HardBounced, CallbackListing.HardBounce),
        ["SubscriptionChange/Reactivated"] = Ignored,
        ["Inbound"] = Ignored,
        ["SMTP API Error"] = Rejected,
    };

    public static string? Read(CallbackCall call, CallbackEventList events) => events.ReadEach(call.Json, item => Read(item, events));

    private static string? Read(JsonTree item, CallbackEventList events)
    {
        // Only an inbound message has no RecordType.
        var word = item["RecordType"].Text ?? (item["FromFull"].IsObject ? "Inbound" : null);
        if (word is null)
            return "has no 'RecordType'";
        var name = CallbackText.Name(word, Detail(word, item));
        var meaning = _meanings[name];
        var reason = item.FirstText("Details", "Description");
        var (code, status) = CallbackText.ReplyCodes(reason);
        events.Add(
            new CallbackEvent
            {
                Event = meaning.Kind,
                Name = name,
                ProviderEventId = item["ID"].Text is { } id and not "0" ? $"{word}:{id}" : CallbackText.Fingerprint(item),
                Recipient = item.FirstText("Recipient", "Email"),
                Timestamp = CallbackText.Time(item.FirstText("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")),
                MessageId = CallbackText.BareId(item["MessageID"].Text),
                Reason = reason ?? item["SuppressionReason"].Text,
                Code = code,
                Status = status,
                Url = item["OriginalLink"].Text,
                UserAgent = item["UserAgent"].Text,
                Ip = item["Geo"]["IP"].Text,
                Listing = meaning.Listing,
                Metadata = CallbackText.Metadata(item["Metadata"]),
                Tags = item["Tag"].Texts,
            }
        );
        return null;
    }

    private static string? Detail(string word, JsonTree item) =>
        word switch
        {
            "Bounce" => item["Type"].Text,
            "SubscriptionChange" => item["SuppressSending"].IsTrue ? item["SuppressionReason"].Text : "Reactivated",
            _ => null,
        };
}
