using System.Globalization;
using static Estafette.Protocols.Callbacks.CallbackEventKind;

namespace Estafette.Protocols.Callbacks;

/// <summary>Mailgun's webhooks: one object with <c>signature</c> and <c>event-data</c>.</summary>
internal static class MailgunEvents
{
    private static readonly EventTable _meanings = new()
    {
        ["accepted"] = Queued,
        ["delivered"] = Delivered,
        ["failed/temporary"] = Deferred,
        ["failed/permanent"] = HardBounced,
        ["failed/permanent/suppress"] = Suppressed,
        ["failed/permanent/suppress/bounce"] = new(Suppressed, CallbackListing.HardBounce),
        ["failed/permanent/suppress/complaint"] = new(Suppressed, CallbackListing.Complaint),
        ["failed/permanent/suppress/unsubscribe"] = new(Suppressed, CallbackListing.OptOut),
        ["rejected"] = Rejected,
        ["opened"] = Open,
        ["clicked"] = Click,
        ["complained"] = new(Complained, CallbackListing.Complaint),
        ["unsubscribed"] = new(Unsubscribed, CallbackListing.OptOut),
        ["stored"] = Ignored,
        ["list_member_uploaded"] = Ignored,
        ["list_member_upload_error"] = Ignored,
        ["list_uploaded"] = Ignored,
    };

    public static string? Read(CallbackCall call, CallbackEventList events) =>
        events.ReadEach(call.Json, item => Read(item["event-data"], events));

    private static string? Read(JsonTree data, CallbackEventList events)
    {
        if (!data.IsObject)
            return "has no 'event-data'";
        if (data["event"].Text is not { } word)
            return "has no 'event'";
        var status = data["delivery-status"];
        var name = word.Equals("failed", StringComparison.OrdinalIgnoreCase)
            ? CallbackText.Name(word, Severity(data), SuppressReason(data["reason"].Text))
            : CallbackText.Name(word);
        var meaning = _meanings[name];
        var reason = status.FirstText("message", "description") ?? data["reject"].FirstText("reason", "description") ?? data["reason"].Text;
        var client = data["client-info"];
        events.Add(
            new CallbackEvent
            {
                Event = meaning.Kind,
                Name = name,
                ProviderEventId = data["id"].Text ?? CallbackText.Fingerprint(data),
                Recipient = data["recipient"].Text,
                Timestamp = CallbackText.Time(data["timestamp"].Text),
                MessageId = CallbackText.BareId(data["message"]["headers"]["message-id"].Text),
                Reason = reason,
                Code = status["code"].Text,
                Status = CallbackText.EnhancedStatus(status["enhanced-code"].Text) ?? CallbackText.EnhancedStatus(reason),
                Url = data["url"].Text,
                UserAgent = client["user-agent"].Text,
                Ip = data["ip"].Text,
                Automatic = client["bot"].Text is not null,
                Listing = meaning.Listing,
                Metadata = CallbackText.Metadata(data["user-variables"]),
                Tags = data["tags"].Texts,
            }
        );
        return null;
    }

    /// <summary>As said, else by the reply code: 5xx is permanent.</summary>
    private static string Severity(JsonTree data)
    {
        const int firstPermanent = 500;
        if (data["severity"].Text is { } said)
            return said;
        var hasCode = int.TryParse(data["delivery-status"]["code"].Text, NumberStyles.None, CultureInfo.InvariantCulture, out var code);
        return hasCode && code >= firstPermanent ? "permanent" : "temporary";
    }

    /// <summary><c>suppress-bounce</c> as <c>suppress/bounce</c>, so that a list we do not know is still one; null for other reasons.</summary>
    private static string? SuppressReason(string? reason) =>
        reason?.StartsWith("suppress-", StringComparison.OrdinalIgnoreCase) == true ? reason.Replace('-', '/') : null;
}
