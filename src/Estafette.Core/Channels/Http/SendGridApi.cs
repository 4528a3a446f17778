using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Estafette.Core.Channels.Http;

/// <summary>SendGrid v3 mail/send (interfaces §4.3).</summary>
internal sealed class SendGridApi(string? key) : IMailApi
{
    public string ContentType => "application/json";

    public void WriteHeaders(OutgoingMessage message, HttpRequestHeaders headers) =>
        headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");

    public void WriteBody(OutgoingMessage message, IBufferWriter<byte> body) => Write(message, body);

    /// <summary>The SendGrid shape, also the default body of a generic server.</summary>
    public static void Write(OutgoingMessage message, IBufferWriter<byte> body)
    {
        using var json = JsonText.Writer(body);
        json.WriteStartObject();
        json.WriteStartArray("personalizations"u8);
        json.WriteStartObject();
        json.WriteStartArray("to"u8);
        WriteMailbox(json, message.Recipient, message.RecipientName);
        json.WriteEndArray();
        json.WriteStartObject("custom_args"u8);
        json.WriteString("estafette_id"u8, message.Delivery.Value.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WritePropertyName("headers"u8);
        json.HeaderObject(HeaderBound.Headers(message).Prepend(new("Message-ID", $"<{message.MessageId}>")));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WritePropertyName("from"u8);
        WriteMailbox(json, message.FromEmail, message.FromName);
        if (message.ReplyTo is { } reply)
        {
            json.WritePropertyName("reply_to"u8);
            WriteMailbox(json, reply, null);
        }
        json.Property("subject"u8, message.Subject);
        json.WriteStartArray("content"u8);
        WriteContent(json, "text/plain", message.Text); // text must stand before HTML
        WriteContent(json, "text/html", message.Html);
        json.WriteEndArray();
        json.Attachments("attachments"u8, message.Attachments, new("filename", "type", "content", "content_id", "", "disposition"));
        json.WriteStartObject("tracking_settings"u8);
        WriteOff(json, "click_tracking"u8);
        WriteOff(json, "open_tracking"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public SendResult Judge(HttpAnswer answer)
    {
        if (answer.Status is 202 or 201)
            return HttpStatusTable.Accepted(answer, answer.Header("X-Message-Id"));
        if (answer.IsSuccess)
            return HttpStatusTable.InDoubt(
                answer,
                $"answered {answer.Status} instead of 202; SendGrid does so only for sandbox requests. {answer.Text}"
            );
        var words = answer.At("/errors/0/message");
        // "Maximum credits exceeded" comes as 401: the account is right, its credit is used up.
        return words?.Contains("credits exceeded", StringComparison.OrdinalIgnoreCase) == true
            ? HttpStatusTable.Refused(answer, Blame.Server, words)
            : HttpStatusTable.Judge(answer, words);
    }

    private static void WriteMailbox(Utf8JsonWriter json, string email, string? name)
    {
        json.WriteStartObject();
        json.Property("email"u8, email);
        json.Property("name"u8, string.IsNullOrWhiteSpace(name) ? null : name);
        json.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter json, string type, string? value)
    {
        // SendGrid refuses an empty value.
        if (string.IsNullOrEmpty(value))
            return;
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.Property("value"u8, value);
        json.WriteEndObject();
    }

    private static void WriteOff(Utf8JsonWriter json, ReadOnlySpan<byte> name)
    {
        json.WriteStartObject(name);
        json.WriteBoolean("enable"u8, false);
        json.WriteEndObject();
    }
}
