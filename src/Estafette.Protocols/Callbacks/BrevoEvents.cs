using static Estafette.Protocols.Callbacks.CallbackEventKind;

namespace Estafette.Protocols.Callbacks;

/// <summary>Brevo's webhooks, transactional and marketing: one flat object, or an array of them when batched.</summary>
internal static class BrevoEvents
{
    private const string CustomHeader = "X-Mailin-custom";

    private static readonly EventTable _meanings = new()
    {
        ["request"] = Queued,
        ["requests"] = Queued,
        ["sent"] = Queued,
        ["delivered"] = Delivered,
        ["hard_bounce"] = HardBounced,
        ["hardBounce"] = HardBounced,
        ["soft_bounce"] = SoftBounced,
        ["softBounce"] = SoftBounced,
        ["deferred"] = Deferred,
        ["blocked"] = Rejected,
        ["invalid_email"] = HardBounced,
        ["invalid"] = HardBounced,
        ["error"] = Rejected,
        ["spam"] = new(Complained, CallbackListing.Complaint),
        ["complaint"] = new(Complained, CallbackListing.Complaint),
        ["unique_opened"] = Open,
        ["uniqueOpened"] = Open,
        ["opened"] = Open,
        ["unique_proxy_open"] = new(Open, Automatic: true),
        ["uniqueProxyOpen"] = new(Open, Automatic: true),
        ["proxy_open"] = new(Open, Automatic: true),
        ["proxyOpen"] = new(Open, Automatic: true),
        ["click"] = Click,
        ["unsubscribe"] = new(Unsubscribed, CallbackListing.OptOut),
        ["unsubscribed"] = new(Unsubscribed, CallbackListing.OptOut),
        ["list_addition"] = Ignored,
        ["contact_updated"] = Ignored,
        ["contact_deleted"] = Ignored,
        ["inbound_email_processed"] = Ignored,
    };

    public static string? Read(CallbackCall call, CallbackEventList events) => events.ReadEach(call.Json, item => Read(item, events));

    private static string? Read(JsonTree item, CallbackEventList events)
    {
        if (item["event"].Text is not { } word)
            return "has no 'event'";
        var name = CallbackText.Name(word);
        var meaning = _meanings[name];
        var reason = item["reason"].Text;
        var (code, status) = CallbackText.ReplyCodes(reason);
        events.Add(
            new CallbackEvent
            {
                Event = meaning.Kind,
                Name = name,
                ProviderEventId = CallbackText.Fingerprint(item), // "id" is the webhook's, the same in every call.
                Recipient = item["email"].Text,
                // "date" is local time of the account, without zone: no use.
                Timestamp = CallbackText.Time(item["ts_epoch"].Text, item["ts_event"].Text, item["ts"].Text, item["ts_sent"].Text),
                MessageId = CallbackText.BareId(item.FirstText("message-id", "message_id", "messageId")),
                Reason = reason,
                Code = code,
                Status = status,
                Url = item.FirstText("link", "URL", "url"),
                UserAgent = item["user_agent"].Text,
                Ip = item["ip"].Text,
                Automatic = meaning.Automatic,
                Listing = meaning.Listing,
                Metadata = Metadata(item[CustomHeader]),
                Tags = item["tags"].Texts is { Count: > 0 } tags ? tags : item["tag"].Texts,
            }
        );
        return null;
    }

    /// <summary>The header as it was, and what it holds when it is a JSON object or <c>name:value|name:value</c>.</summary>
    private static Dictionary<string, string> Metadata(JsonTree header)
    {
        if (header.Text is not { } text)
            return CallbackText.Metadata(header);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [CustomHeader] = text };
        var fields = text.StartsWith('{') ? CallbackText.EmbeddedFields(text) : Pairs(text);
        foreach (var (name, value) in fields)
            metadata.TryAdd(name, value);
        return metadata;
    }

    private static Dictionary<string, string> Pairs(string text) =>
        text[..Math.Min(text.Length, CallbackText.MaxEmbedded)]
            .Split('|')
            .Select(p => p.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(p => p is [{ Length: > 0 }, _])
            .DistinctBy(p => p[0], StringComparer.Ordinal)
            .ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
}
