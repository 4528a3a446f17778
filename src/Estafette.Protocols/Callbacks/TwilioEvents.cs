using System.Globalization;
using static Estafette.Protocols.Callbacks.CallbackEventKind;

namespace Estafette.Protocols.Callbacks;

/// <summary>Twilio's calls: status of a message, status of a telephone call, and messages from people. Form parameters, rarely JSON.</summary>
/// <remarks>
/// Message callbacks have neither an event time nor a number in their sequence, so the key of an event is message, status and error code;
/// calls have both. The query of the address, where our own id is, becomes <see cref="CallbackEvent.Metadata"/>.
/// </remarks>
internal static class TwilioEvents
{
    private const int MaxMedia = 100;
    private const int HeardAfterSeconds = 3;

    private static readonly EventTable _meanings = new()
    {
        ["accepted"] = Queued,
        ["scheduled"] = Pending,
        ["queued"] = Queued,
        ["sending"] = Sending,
        ["sent"] = Sent,
        ["delivered"] = Delivered,
        ["partially_delivered"] = Delivered,
        ["read"] = CallbackEventKind.Read,
        // With a code that we know, the code decides.
        ["undelivered"] = SoftBounced,
        ["failed"] = Rejected,
        ["canceled"] = Cancelled,
        ["receiving"] = Ignored,
        ["received"] = Received,
        ["call/queued"] = Sending,
        ["call/initiated"] = Sending,
        ["call/ringing"] = Sending,
        ["call/in-progress"] = Sent,
        ["call/answered"] = Sent,
        ["call/completed"] = Delivered,
        ["call/completed/unheard"] = SoftBounced,
        ["call/busy"] = new(Deferred, Transient: true),
        ["call/no-answer"] = new(Deferred, Transient: true),
        ["call/failed"] = SoftBounced,
        ["call/failed/404"] = HardBounced,
        ["call/failed/484"] = HardBounced,
        ["call/failed/604"] = HardBounced,
        ["call/canceled"] = Cancelled,
    };

    public static string? Read(CallbackCall call, CallbackEventList events)
    {
        // A call by GET has its parameters in the address.
        var form = call.Json.IsObject ? FormBody.From(call.Json) : call.Form;
        if (form.Parameters.Count == 0)
            form = call.Request.Query;
        var read = form["CallSid"] is { } callSid ? OfCall(form, callSid) : OfMessage(form);
        if (read is null)
            return "The call names neither a message nor a telephone call with its status.";
        events.Add(read with { Metadata = Metadata(call.Request.Query) });
        return null;
    }

    private static CallbackEvent? OfMessage(FormBody form)
    {
        var sid = form["MessageSid"] ?? form["SmsSid"] ?? form["SmsMessageSid"];
        var status = form["MessageStatus"] ?? form["SmsStatus"];
        if (sid is null || status is null)
            return null;
        var name = CallbackText.Name(status);
        var kind = _meanings[name].Kind;
        var code = form["ErrorCode"] is { } said and not "0" ? said : null;
        var error = code is not null && kind is SoftBounced or Rejected ? TwilioErrors.Find(code) : null;
        var (channel, recipient) = Address(kind == Received ? form["From"] : form["To"]);
        return new CallbackEvent
        {
            Event = error?.Event ?? kind,
            Name = name,
            ProviderEventId = code is null ? $"{sid}:{status}" : $"{sid}:{status}:{code}",
            Recipient = recipient,
            Channel = channel ?? "sms",
            MessageId = sid,
            Reason = form["ErrorMessage"] ?? form["ChannelStatusMessage"] ?? error?.Meaning,
            Code = code,
            Transient = error?.Transient ?? false,
            Listing = error?.Listing ?? CallbackListing.None,
            Inbound = kind == Received ? Inbound(form) : null,
        };
    }

    private static CallbackEvent? OfCall(FormBody form, string sid)
    {
        if (form["CallStatus"] is not { } status)
            return null;
        var name = CallbackText.Name("call", status, CallDetail(status, form));
        var meaning = _meanings[name];
        var answeredBy = form["AnsweredBy"];
        return new CallbackEvent
        {
            Event = meaning.Kind,
            Name = name,
            ProviderEventId = $"{sid}:{status}:{form["SequenceNumber"]}",
            Recipient = Address(form["To"]).Address,
            Channel = "voice",
            Timestamp = CallbackText.Time(form["Timestamp"]),
            MessageId = sid,
            Reason = form["ErrorMessage"] ?? (answeredBy is null ? null : $"Answered by {answeredBy}"),
            Code = form["SipResponseCode"] ?? form["ErrorCode"],
            Automatic = answeredBy is not null && IsMachine(answeredBy),
            Transient = meaning.Transient,
        };
    }

    /// <summary>
    /// An end that nobody heard: the call was cut within three seconds, or a machine had not reached its signal when it was detected.
    /// A failed call goes by its SIP code (RFC 3261 §21).
    /// </summary>
    private static string? CallDetail(string status, FormBody form)
    {
        if (status == "failed")
            return form["SipResponseCode"];
        if (status != "completed")
            return null;
        var hasDuration = int.TryParse(form["CallDuration"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds);
        var leftNothing = form["AnsweredBy"] is "machine_start" or "fax";
        return leftNothing || (hasDuration && seconds < HeardAfterSeconds) ? "unheard" : null;
    }

    private static bool IsMachine(string answeredBy) => answeredBy.StartsWith("machine", StringComparison.Ordinal) || answeredBy == "fax";

    private static CallbackInboundMessage Inbound(FormBody form)
    {
        var fields = form.ToDictionary();
        var media = new List<CallbackMedia>();
        for (var i = 0; i < MaxMedia && fields.TryGetValue($"MediaUrl{i}", out var url); i++)
            media.Add(new CallbackMedia(url, fields.GetValueOrDefault($"MediaContentType{i}")));
        return new CallbackInboundMessage(
            Address(form["From"]).Address ?? "",
            Address(form["To"]).Address ?? "",
            form["Body"] ?? "",
            media,
            fields
        );
    }

    /// <summary><c>whatsapp:+33…</c> as channel and number; a number alone has no channel.</summary>
    private static (string? Channel, string? Address) Address(string? text)
    {
        if (text is null)
            return (null, null);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && text.AsSpan(0, colon).IndexOfAnyExceptInRange('a', 'z') < 0
            ? (text[..colon], text[(colon + 1)..])
            : (null, text);
    }

    private static Dictionary<string, string> Metadata(FormBody query)
    {
        var metadata = query.ToDictionary();
        metadata.Remove("bodySHA256");
        return metadata;
    }
}
