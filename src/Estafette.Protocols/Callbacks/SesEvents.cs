using System.Text;
using static Estafette.Protocols.Callbacks.CallbackEventKind;

namespace Estafette.Protocols.Callbacks;

/// <summary>
/// Amazon SES events (<c>eventType</c>) and feedback notifications (<c>notificationType</c>), inside an SNS message or by raw delivery.
/// One event may name several recipients: each becomes an event of its own.
/// </summary>
internal static class SesEvents
{
    private static readonly EventTable _meanings = new()
    {
        ["Send"] = Sent,
        ["Delivery"] = Delivered,
        ["Bounce"] = SoftBounced,
        ["Bounce/Permanent"] = HardBounced,
        ["Bounce/Transient"] = SoftBounced,
        ["Bounce/Undetermined"] = SoftBounced,
        // Nothing was sent in these: the address stood on a list.
        ["Bounce/Permanent/Suppressed"] = new(Suppressed, CallbackListing.HardBounce),
        ["Bounce/Permanent/OnAccountSuppressionList"] = new(Suppressed, CallbackListing.HardBounce),
        ["Bounce/Permanent/UnsubscribedRecipient"] = new(Suppressed, CallbackListing.OptOut),
        ["Complaint"] = new(Complained, CallbackListing.Complaint),
        ["Complaint/OnAccountSuppressionList"] = new(Suppressed, CallbackListing.Complaint),
        ["Complaint/not-spam"] = Ignored, // RFC 5965 §7.3: the person says it is no spam.
        ["Reject"] = Rejected,
        ["DeliveryDelay"] = Deferred,
        ["Open"] = Open,
        ["Click"] = Click,
        ["Rendering Failure"] = Rejected,
        ["Subscription"] = Ignored,
        ["Subscription/all"] = new(Unsubscribed, CallbackListing.OptOut),
        ["Received"] = Ignored,
        ["AmazonSnsSubscriptionSucceeded"] = Ignored,
    };

    public static string? Read(CallbackCall call, CallbackEventList events) => SnsContent.Read(call, events, item => Read(item, events));

    private static string? Read(JsonTree item, CallbackEventList events)
    {
        if (item.FirstText("eventType", "notificationType") is not { } word)
            return "has neither 'eventType' nor 'notificationType'";
        var mail = item["mail"];
        var detail = item[DetailName(word)];
        var name = Name(word, detail);
        var key = detail["feedbackId"].Text ?? CallbackText.Fingerprint(item);
        var meaning = _meanings[name];
        var metadata = Metadata(mail["tags"]);
        var recipients = Recipients(detail, mail);
        if (recipients.Count > CallbackReader.MaxEvents)
            return $"names more than {CallbackReader.MaxEvents} recipients";
        foreach (var recipient in recipients)
        {
            var reason =
                recipient["diagnosticCode"].Text
                ?? detail.FirstText("smtpResponse", "reason", "errorMessage", "complaintFeedbackType", "delayType");
            var (code, status) = CallbackText.ReplyCodes(reason);
            var address = recipient["emailAddress"].Text ?? recipient.Text;
            events.Add(
                new CallbackEvent
                {
                    Event = meaning.Kind,
                    Name = name,
                    ProviderEventId = $"{key}:{address}",
                    Recipient = address,
                    Timestamp = CallbackText.Time(detail["timestamp"].Text, mail["timestamp"].Text),
                    MessageId = CallbackText.BareId(mail["messageId"].Text),
                    Reason = reason,
                    Code = code,
                    Status = CallbackText.EnhancedStatus(recipient["status"].Text) ?? status,
                    Url = detail["link"].Text,
                    UserAgent = word is "Open" or "Click" ? detail["userAgent"].Text : null,
                    Ip = detail["ipAddress"].Text,
                    Listing = meaning.Listing,
                    Metadata = metadata,
                }
            );
        }
        return null;
    }

    /// <summary>The object beside <c>mail</c> has the event's name in lower camel case; one differs.</summary>
    private static string DetailName(string word) => word is "Rendering Failure" ? "failure" : char.ToLowerInvariant(word[0]) + word[1..];

    private static string Name(string word, JsonTree detail) =>
        word switch
        {
            "Bounce" => CallbackText.Name(word, detail["bounceType"].Text, detail["bounceSubType"].Text),
            "Complaint" => CallbackText.Name(word, detail.FirstText("complaintSubType", "complaintFeedbackType")),
            "Subscription" => CallbackText.Name(word, detail["newTopicPreferences"]["unsubscribeAll"].IsTrue ? "all" : null),
            _ => CallbackText.Name(word),
        };

    /// <summary>Whom the event names, else whom the mail went to, else nobody: the event is kept all the same.</summary>
    private static IReadOnlyList<JsonTree> Recipients(JsonTree detail, JsonTree mail)
    {
        foreach (var name in new[] { "bouncedRecipients", "complainedRecipients", "delayedRecipients", "recipients" })
        {
            if (detail[name].Items is { Count: > 0 } named)
                return named;
        }
        return mail["destination"].Items is { Count: > 0 } all ? all : [JsonTree.Missing];
    }

    /// <summary>The tags of the message; each may have several values.</summary>
    private static Dictionary<string, string> Metadata(JsonTree tags)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in tags.Fields)
            metadata[name] = string.Join(',', values.Texts);
        return metadata;
    }
}

/// <summary>The event inside a topic's message, or the body itself where the topic delivers raw.</summary>
internal static class SnsContent
{
    public static string? Read(CallbackCall call, CallbackEventList events, Func<JsonTree, string?> read)
    {
        if (SnsMessage.In(call.Json) is not { } message)
            return events.ReadEach(call.Json, read);
        if (message.IsSubscription)
            return null;
        var text = message.Envelope["Message"].Text ?? "";
        if (text.AsSpan().TrimStart() is ['{' or '[', ..])
        {
            var content = JsonTree.Parse(Encoding.UTF8.GetBytes(text), out var fault);
            return fault is null ? events.ReadEach(content, read) : $"The message of the topic cannot be read. {fault}";
        }
        // Plain words, as when SES tries a topic for the first time.
        events.Add(
            new CallbackEvent
            {
                Event = Ignored,
                Name = "text",
                ProviderEventId = message.Envelope["MessageId"].Text ?? CallbackText.Fingerprint(message.Envelope),
                Timestamp = CallbackText.Time(message.Envelope["Timestamp"].Text),
                Reason = text,
            }
        );
        return null;
    }
}
