using static Estafette.Protocols.Callbacks.CallbackEventKind;

namespace Estafette.Protocols.Callbacks;

/// <summary>Mailjet's event callbacks: one object, or an array of them when grouped.</summary>
internal static class MailjetEvents
{
    private static readonly EventTable _meanings = new()
    {
        ["sent"] = Delivered, // It means: the far server took it.
        ["bounce/hard"] = HardBounced,
        ["bounce/soft"] = SoftBounced,
        ["bounce/greylisted"] = Deferred,
        ["blocked"] = Rejected,
        ["blocked/greylisted"] = Deferred,
        ["open"] = Open,
        ["click"] = Click,
        ["spam"] = new(Complained, CallbackListing.Complaint),
        ["unsub"] = new(Unsubscribed, CallbackListing.OptOut),
    };

    public static string? Read(CallbackCall call, CallbackEventList events) => events.ReadEach(call.Json, item => Read(item, events));

    private static string? Read(JsonTree item, CallbackEventList events)
    {
        if (item["event"].Text is not { } word)
            return "has no 'event'";
        var name = CallbackText.Name(word, Detail(word, item));
        var meaning = _meanings[name];
        var reason = Reason(item);
        var (code, status) = CallbackText.ReplyCodes(reason);
        events.Add(
            new CallbackEvent
            {
                Event = meaning.Kind,
                Name = name,
                ProviderEventId = CallbackText.Fingerprint(item),
                Recipient = item["email"].Text,
                Timestamp = CallbackText.Time(item["time"].Text),
                MessageId = item.FirstText("MessageID", "mj_message_id") is { } id and not "0" ? id : null,
                Reason = reason,
                Code = code,
                Status = status,
                Url = item["url"].Text,
                UserAgent = item["agent"].Text,
                Ip = item["ip"].Text,
                Listing = meaning.Listing,
                Metadata = Metadata(item),
                Tags = item["customcampaign"].Texts,
            }
        );
        return null;
    }

    private static string? Detail(string word, JsonTree item)
    {
        var error = item["error"].Text;
        return word switch
        {
            "bounce" or "blocked" when string.Equals(error, "greylisted", StringComparison.OrdinalIgnoreCase) => "greylisted",
            "bounce" => item["hard_bounce"].IsTrue ? "hard" : "soft",
            "blocked" => error,
            _ => null,
        };
    }

    /// <summary>The far server's words when there are any, else the provider's classification.</summary>
    private static string? Reason(JsonTree item)
    {
        if (item.FirstText("smtp_reply", "comment") is { } raw)
            return raw;
        var classes = new[] { item["error_related_to"].Text, item["error"].Text, item["source"].Text }.OfType<string>().ToList();
        return classes.Count == 0 ? null : string.Join(": ", classes);
    }

    /// <summary>CustomID and EventPayload as they were given, and the fields of a payload that is a JSON object.</summary>
    private static Dictionary<string, string> Metadata(JsonTree item)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (item["CustomID"].Text is { } customId)
            metadata["CustomID"] = customId;
        if (item.FirstText("Payload", "EventPayload") is not { } payload)
            return metadata;
        metadata["EventPayload"] = payload;
        foreach (var (name, value) in CallbackText.EmbeddedFields(payload))
            metadata.TryAdd(name, value);
        return metadata;
    }
}
