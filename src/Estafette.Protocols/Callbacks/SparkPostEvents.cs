using static Estafette.Protocols.Callbacks.CallbackEventKind;

namespace Estafette.Protocols.Callbacks;

/// <summary>
/// SparkPost's webhooks: an array of <c>{"msys":{"message_event":{…}}}</c>, the inner name telling the family. An empty <c>msys</c> is
/// the provider's trial call. Bounces carry a class number; the classes of a late bounce (out_of_band) mean the same.
/// </summary>
internal static class SparkPostEvents
{
    private static readonly EventTable _meanings = new()
    {
        ["injection"] = Queued,
        ["delivery"] = Delivered,
        ["delay"] = Deferred,
        ["bounce"] = SoftBounced,
        ["bounce/1"] = SoftBounced, // Undetermined.
        ["bounce/10"] = HardBounced, // Invalid recipient.
        ["bounce/20"] = SoftBounced, // Soft bounce.
        ["bounce/21"] = SoftBounced, // DNS failure.
        ["bounce/22"] = SoftBounced, // Mailbox full.
        ["bounce/23"] = SoftBounced, // Too large.
        ["bounce/24"] = SoftBounced, // Timeout.
        ["bounce/25"] = Rejected, // Administrative failure.
        ["bounce/30"] = HardBounced, // No RCPT.
        ["bounce/40"] = SoftBounced, // Generic.
        ["bounce/50"] = Rejected, // Mail block.
        ["bounce/51"] = Rejected, // Spam block.
        ["bounce/52"] = Rejected, // Spam content.
        ["bounce/53"] = Rejected, // Prohibited attachment.
        ["bounce/54"] = Rejected, // Relaying denied.
        ["bounce/60"] = Ignored, // Automatic reply.
        ["bounce/70"] = SoftBounced, // Transient failure.
        ["bounce/80"] = Ignored, // Subscribe.
        ["bounce/90"] = HardBounced, // Unsubscribe.
        ["bounce/100"] = Ignored, // Challenge and response.
        ["policy_rejection"] = Rejected,
        ["generation_failure"] = Rejected,
        ["generation_rejection"] = Rejected,
        ["spam_complaint"] = new(Complained, CallbackListing.Complaint),
        ["open"] = Open,
        ["initial_open"] = Open,
        ["amp_open"] = Open,
        ["amp_initial_open"] = Open,
        ["click"] = Click,
        ["amp_click"] = Click,
        ["list_unsubscribe"] = new(Unsubscribed, CallbackListing.OptOut),
        ["link_unsubscribe"] = new(Unsubscribed, CallbackListing.OptOut),
        ["sms_status"] = Ignored,
        ["relay_injection"] = Ignored,
        ["relay_rejection"] = Ignored,
        ["relay_delivery"] = Ignored,
        ["relay_tempfail"] = Ignored,
        ["relay_permfail"] = Ignored,
        ["ab_test_completed"] = Ignored,
        ["ab_test_cancelled"] = Ignored,
        ["ingest_success"] = Ignored,
        ["ingest_error"] = Ignored,
    };

    public static string? Read(CallbackCall call, CallbackEventList events) =>
        events.ReadEach(
            call.Json,
            item =>
            {
                if (!item["msys"].IsObject)
                    return "has no 'msys'";
                foreach (var (_, inner) in item["msys"].Fields)
                {
                    if (Read(inner, events) is { } fault)
                        return fault;
                }
                return null;
            }
        );

    private static string? Read(JsonTree item, CallbackEventList events)
    {
        if (item["type"].Text is not { } word)
            return "has no 'type'";
        var bounceClass = word is "bounce" or "out_of_band" ? item["bounce_class"].Text : null;
        var name = CallbackText.Name(word, bounceClass);
        var meaning = _meanings[word is "out_of_band" ? CallbackText.Name("bounce", bounceClass) : name];
        var reason = item.FirstText("raw_reason", "reason", "fbtype");
        var (code, status) = CallbackText.ReplyCodes(reason);
        var agent = item["user_agent_parsed"];
        events.Add(
            new CallbackEvent
            {
                Event = meaning.Kind,
                Name = name,
                ProviderEventId = item["event_id"].Text ?? CallbackText.Fingerprint(item),
                Recipient = item.FirstText("raw_rcpt_to", "rcpt_to"),
                Timestamp = CallbackText.Time(item["timestamp"].Text),
                // The id that was answered at hand-over names the transmission; mail taken over SMTP has only its own.
                MessageId = item["transmission_id"].Text is { } transmission and not "0" ? transmission : item["message_id"].Text,
                Reason = reason,
                Code = item["error_code"].Text ?? code,
                Status = status,
                Url = item["target_link_url"].Text,
                UserAgent = item["user_agent"].Text,
                Ip = meaning.Kind is Open or Click ? item["ip_address"].Text : null,
                Automatic = agent["is_prefetched"].IsTrue || agent["is_proxy"].IsTrue,
                Listing = meaning.Listing,
                Metadata = CallbackText.Metadata(item["rcpt_meta"]),
                Tags = item["rcpt_tags"].Texts,
            }
        );
        return null;
    }
}
