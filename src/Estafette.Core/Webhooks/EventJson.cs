using System.Text;
using System.Text.Json;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;

namespace Estafette.Core.Webhooks;

/// <summary>One event of a message: its name and its JSON object.</summary>
internal sealed record WebhookEvent(string Name, string Json);

/// <summary>
/// Makes the events of a fact, in SendGrid's words. A first try is <c>processed</c> and what became of it; a message that a mail server took is
/// <c>delivered</c>, one that a provider took only when the provider says so. The id of an event depends on nothing but the fact, so that a receiver knows
/// a repetition.
/// </summary>
internal sealed class EventJson(TrackingTokens tokens)
{
    private static readonly HashSet<string> Own = new(StringComparer.Ordinal)
    {
        "email",
        "timestamp",
        "event",
        "sg_event_id",
        "sg_message_id",
        "smtp-id",
        "category",
        "campaign_id",
        "reason",
        "status",
        "response",
        "attempt",
        "type",
        "url",
        "useragent",
        "ip",
        "sg_machine_open",
    };

    public IEnumerable<WebhookEvent> Of(FeedRow row)
    {
        // Tests and mails of the product itself are no messages of the customer.
        if (row.Address is null || row.SingleKind is SingleMessageKind.Test or SingleMessageKind.System)
            yield break;
        if (row is { Kind: FeedKind.Attempt, Number: 1, Phase: not SendPhase.Render })
            yield return Make(row, WebhookEventNames.Processed, row.StartedAt ?? row.At);
        if (NameOf(row) is { } name)
            yield return Make(row, name, row.At);
    }

    private static string? NameOf(FeedRow row) =>
        row.Kind switch
        {
            FeedKind.Attempt when row.Outcome == AttemptOutcome.Deferred => WebhookEventNames.Deferred,
            // A provider has only taken it: it tells us when it delivered.
            FeedKind.Attempt when row is { Outcome: AttemptOutcome.Accepted, Server: ServerKind.Smtp or ServerKind.Capture } =>
                WebhookEventNames.Delivered,
            FeedKind.Status => (DeliveryStatus)row.Number switch
            {
                DeliveryStatus.Delivered => WebhookEventNames.Delivered,
                DeliveryStatus.Suppressed => WebhookEventNames.Dropped,
                DeliveryStatus.Rejected when row.Phase is SendPhase.Render or SendPhase.None => WebhookEventNames.Dropped,
                _ => WebhookEventNames.Bounce,
            },
            FeedKind.Tracking => row.TrackingKind == TrackingEventKind.Click ? WebhookEventNames.Click : WebhookEventNames.Open,
            FeedKind.Unsubscribed => WebhookEventNames.Unsubscribe,
            FeedKind.Complained => WebhookEventNames.SpamReport,
            _ => null,
        };

    private WebhookEvent Make(FeedRow row, string name, DateTimeOffset at)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("email", row.Address);
            json.WriteNumber("timestamp", at.ToUnixTimeSeconds());
            json.WriteString("event", name);
            json.WriteString("sg_event_id", $"{row.Delivery}-{(short)row.Kind}-{row.Number}-{name}");
            json.WriteString("sg_message_id", $"{row.MessageId ?? $"c{row.Campaign}"}.{row.Delivery}");
            if (SmtpId(row) is { } id)
                json.WriteString("smtp-id", id);
            WriteDetails(json, row, name);
            if (row.Campaign is { } campaign)
                json.WriteNumber("campaign_id", campaign);
            if (row.Categories is { } categories)
            {
                json.WritePropertyName("category");
                json.WriteRawValue(categories);
            }
            WriteCustomArgs(json, row.CustomArgs);
            json.WriteEndObject();
        }
        return new(name, Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static void WriteDetails(Utf8JsonWriter json, FeedRow row, string name)
    {
        switch (name)
        {
            case WebhookEventNames.Deferred:
                Write(json, "response", row.Text);
                json.WriteString("attempt", $"{row.Attempt}");
                break;
            case WebhookEventNames.Delivered:
                Write(json, "response", row.Text);
                break;
            case WebhookEventNames.Bounce:
                Write(json, "reason", row.Text);
                Write(json, "status", row.Enhanced ?? (row.Code is { } code ? $"{code}" : null));
                json.WriteString("type", (DeliveryStatus)row.Number == DeliveryStatus.HardBounced ? "bounce" : "blocked");
                break;
            case WebhookEventNames.Dropped:
                json.WriteString("reason", WhyDropped(row));
                break;
            case WebhookEventNames.Open or WebhookEventNames.Click:
                Write(json, "useragent", row.UserAgent);
                Write(json, "ip", row.Ip);
                Write(json, "url", row.Url);
                if (name == WebhookEventNames.Open)
                    json.WriteBoolean("sg_machine_open", !row.Machine.IsPerson());
                break;
        }
    }

    private static string WhyDropped(FeedRow row) =>
        row.Reason switch
        {
            DeliveryReason.OptOut or DeliveryReason.Unsubscribed => "Unsubscribed Address",
            DeliveryReason.Bounced => "Bounced Address",
            DeliveryReason.Complained => "Spam Reporting Address",
            DeliveryReason.InvalidAddress => "Invalid",
            DeliveryReason.ManuallySuppressed => "Suppressed Address",
            _ => row.Text ?? "Not sent",
        };

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is { Length: > 0 })
            json.WriteString(name, value);
    }

    /// <summary>The caller's values beside ours; a value of ours is never replaced.</summary>
    private static void WriteCustomArgs(Utf8JsonWriter json, string? args)
    {
        if (args is null)
            return;
        using var parsed = JsonDocument.Parse(args);
        foreach (var arg in parsed.RootElement.EnumerateObject())
            if (!Own.Contains(arg.Name))
                arg.WriteTo(json);
    }

    /// <summary>The Message-ID field; a message that was handed over whole has the one of its author.</summary>
    private string? SmtpId(FeedRow row)
    {
        if (
            row.SingleKind == SingleMessageKind.Submitted
            || row.FromEmail is not { } from
            || from.LastIndexOf('@') is not (>= 0 and var at)
        )
            return null;
        Span<byte> token = stackalloc byte[TrackingToken.MaxChars + 8];
        return $"<{Encoding.ASCII.GetString(token[..tokens.WriteVerp(token, new DeliveryId(row.Delivery))])}@{from[(at + 1)..]}>";
    }
}
