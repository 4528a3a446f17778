using static Estafette.Protocols.Callbacks.CallbackEventKind;

namespace Estafette.Protocols.Callbacks;

/// <summary>SendGrid's event webhook: an array of flat objects in which our custom arguments stand beside the fields of the provider.</summary>
internal static class SendGridEvents
{
    private static readonly EventTable _meanings = new()
    {
        ["processed"] = Queued,
        ["deferred"] = Deferred,
        ["delivered"] = Delivered,
        ["bounce"] = HardBounced,
        ["bounce/bounce"] = HardBounced,
        ["bounce/blocked"] = SoftBounced,
        ["blocked"] = SoftBounced,
        ["dropped"] = Rejected,
        ["dropped/Unsubscribed Address"] = new(Suppressed, CallbackListing.OptOut),
        ["dropped/Bounced Address"] = new(Suppressed, CallbackListing.HardBounce),
        ["dropped/Spam Reporting Address"] = new(Suppressed, CallbackListing.Complaint),
        ["dropped/Invalid"] = Rejected,
        ["dropped/Invalid SMTPAPI header"] = Rejected,
        ["dropped/Spam Content"] = Rejected,
        ["dropped/Recipient List over Package Quota"] = Rejected,
        ["open"] = Open,
        ["click"] = Click,
        ["spamreport"] = new(Complained, CallbackListing.Complaint),
        ["unsubscribe"] = new(Unsubscribed, CallbackListing.OptOut),
        ["group_unsubscribe"] = new(Unsubscribed, CallbackListing.OptOut),
        ["group_resubscribe"] = Ignored,
        ["account_status_change"] = Ignored,
    };

    // What the provider itself sends; every other field is a custom argument of ours.
    private static readonly HashSet<string> _ownFields = new(StringComparer.Ordinal)
    {
        "email",
        "timestamp",
        "event",
        "sg_event_id",
        "sg_message_id",
        "smtp-id",
        "reason",
        "status",
        "type",
        "response",
        "attempt",
        "url",
        "url_offset",
        "useragent",
        "ip",
        "category",
        "asm_group_id",
        "tls",
        "cert_err",
        "bounce_classification",
        "sg_machine_open",
        "sg_content_type",
        "sg_template_id",
        "sg_template_name",
        "sg_user_id",
        "send_at",
        "pool",
        "newsletter",
        "marketing_campaign_id",
        "marketing_campaign_name",
        "marketing_campaign_version",
        "marketing_campaign_split_id",
        "singlesend_id",
        "singlesend_name",
        "template_id",
        "template_hash",
        "phase_id",
        "mc_stats",
        "mc_pod_id",
        "unique_args",
        "custom_args",
    };

    public static string? Read(CallbackCall call, CallbackEventList events) => events.ReadEach(call.Json, item => Read(item, events));

    private static string? Read(JsonTree item, CallbackEventList events)
    {
        if (item["event"].Text is not { } word)
            return "has no 'event'";
        var detail = word.ToLowerInvariant() switch
        {
            "bounce" => item["type"].Text,
            "dropped" => item["reason"].Text,
            _ => null,
        };
        var name = CallbackText.Name(word, detail);
        var meaning = _meanings[name];
        var reason = item.FirstText("reason", "response");
        var (code, status) = CallbackText.ReplyCodes(reason);
        events.Add(
            new CallbackEvent
            {
                Event = meaning.Kind,
                Name = name,
                ProviderEventId = item["sg_event_id"].Text ?? CallbackText.Fingerprint(item),
                Recipient = item["email"].Text,
                Timestamp = CallbackText.Time(item["timestamp"].Text),
                MessageId = MessageId(item["sg_message_id"].Text),
                Reason = reason,
                Code = code,
                Status = CallbackText.EnhancedStatus(item["status"].Text) ?? status,
                Url = item["url"].Text,
                UserAgent = item["useragent"].Text,
                Ip = item["ip"].Text,
                Automatic = item["sg_machine_open"].IsTrue,
                Listing = meaning.Listing,
                Metadata = Metadata(item),
                Tags = item["category"].Texts,
            }
        );
        return null;
    }

    /// <summary>What X-Message-Id said at hand-over: the event's id without the names of the machines it went through.</summary>
    /// <remarks>Old ids have dots of their own, so the cut is before the first part that names a machine, else at the first dot.</remarks>
    private static string? MessageId(string? id)
    {
        if (id is null)
            return null;
        var machine = new[] { ".filter", ".recv" }.Select(m => id.IndexOf(m, StringComparison.Ordinal)).Where(at => at > 0).ToList();
        var cut = machine.Count > 0 ? machine.Min() : id.IndexOf('.', StringComparison.Ordinal);
        return CallbackText.BareId(cut > 0 ? id[..cut] : id);
    }

    private static Dictionary<string, string> Metadata(JsonTree item)
    {
        var metadata = CallbackText.Metadata(item["unique_args"]);
        foreach (var (name, value) in item["custom_args"].Fields.Concat(item.Fields.Where(f => !_ownFields.Contains(f.Key))))
            metadata[name] = CallbackText.MetadataValue(value);
        return metadata;
    }
}
