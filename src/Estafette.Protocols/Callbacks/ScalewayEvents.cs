using static Estafette.Protocols.Callbacks.CallbackEventKind;

namespace Estafette.Protocols.Callbacks;

/// <summary>Scaleway Transactional Email, inside a topic's message or raw.</summary>
/// <remarks>The names of fields are from memory, so each is looked for under the spellings that its API uses elsewhere.</remarks>
internal static class ScalewayEvents
{
    private static readonly EventTable _meanings = new()
    {
        ["email_queued"] = Queued,
        ["email_sent"] = Sent,
        ["email_dropped"] = HardBounced,
        ["email_deferred"] = Deferred,
        ["email_delivered"] = Delivered,
        ["email_spam"] = new(Complained, CallbackListing.Complaint),
        ["email_mailbox_not_found"] = HardBounced,
        ["email_blocklisted"] = new(Suppressed, CallbackListing.HardBounce),
        ["blocklist_created"] = Ignored,
    };

    public static string? Read(CallbackCall call, CallbackEventList events) => SnsContent.Read(call, events, item => Read(item, events));

    private static string? Read(JsonTree item, CallbackEventList events)
    {
        if (item.FirstText("type", "event_type", "event") is not { } word)
            return "has no 'type'";
        var name = CallbackText.Name(word);
        var meaning = _meanings[name];
        var email = item["email"];
        var reason = item.FirstText("email_response_message", "response_message", "email_error", "smtp_message", "reason");
        var (code, status) = CallbackText.ReplyCodes(reason);
        events.Add(
            new CallbackEvent
            {
                Event = meaning.Kind,
                Name = name,
                ProviderEventId = item["event_id"].Text ?? CallbackText.Fingerprint(item),
                Recipient =
                    item.FirstText("email_rcpt_to", "rcpt_to", "email_to", "mail_rcpt", "email") ?? email.FirstText("rcpt_to", "mail_rcpt"),
                Timestamp = CallbackText.Time(item.FirstText("event_at", "created_at", "timestamp", "updated_at", "date")),
                MessageId = CallbackText.BareId(item["email_id"].Text ?? email["id"].Text),
                Reason = reason,
                Code = item.FirstText("email_response_code", "response_code", "smtp_code") ?? code,
                Status = status,
                Listing = meaning.Listing,
                Metadata = Headers(item.FirstOf("email_headers", "additional_headers", "headers")),
                Tags = item.FirstOf("email_tags", "tags").Texts,
            }
        );
        return null;
    }

    /// <summary>Our own header fields: an object, or a list of <c>key</c> and <c>value</c>.</summary>
    private static Dictionary<string, string> Headers(JsonTree headers)
    {
        var metadata = CallbackText.Metadata(headers);
        foreach (var header in headers.Items)
        {
            if (header.FirstText("key", "name") is { } key)
                metadata[key] = CallbackText.MetadataValue(header["value"]);
        }
        return metadata;
    }
}
