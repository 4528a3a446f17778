using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Estafette.Core.Channels.Http;

/// <summary>Brevo v3 smtp/email (interfaces §4.2).</summary>
internal sealed class BrevoApi(string? key) : IMailApi
{
    public string ContentType => "application/json";

    public bool TakesInlineFiles => false;

    public void WriteHeaders(OutgoingMessage message, HttpRequestHeaders headers) => headers.TryAddWithoutValidation("api-key", key);

    public void WriteBody(OutgoingMessage message, IBufferWriter<byte> body)
    {
        using var json = JsonText.Writer(body);
        json.WriteStartObject();
        WriteMailbox(json, "sender"u8, message.FromEmail, message.FromName);
        json.WriteStartArray("to"u8);
        WriteMailbox(json, default, message.Recipient, message.RecipientName);
        json.WriteEndArray();
        if (message.ReplyTo is { } reply)
            WriteMailbox(json, "replyTo"u8, reply, null);
        json.Property("subject"u8, message.Subject);
        json.Property("htmlContent"u8, message.Html);
        json.Property("textContent"u8, message.Text);
        json.Attachments("attachment"u8, message.Attachments, new("name", null, "content"));
        json.WritePropertyName("headers"u8);
        var id = message.Delivery.Value.ToString(CultureInfo.InvariantCulture);
        json.HeaderObject(HeaderBound.Headers(message).Prepend(new("X-Mailin-custom", $"estafette_id:{id}")));
        json.WriteEndObject();
    }

    public SendResult Judge(HttpAnswer answer)
    {
        if (answer.Status is 201 or 202 or 200)
            return HttpStatusTable.Accepted(answer, answer.At("/messageId"));
        var words = answer.At("/message");
        return answer.At("/code") switch
        {
            "not_enough_credits" or "account_under_validation" => HttpStatusTable.Refused(answer, Blame.Server, words),
            "unauthorized" or "permission_denied" => HttpStatusTable.Refused(answer, Blame.Configuration, words),
            _ => HttpStatusTable.Judge(answer, words),
        };
    }

    private static void WriteMailbox(Utf8JsonWriter json, ReadOnlySpan<byte> property, string email, string? name)
    {
        if (property.IsEmpty)
            json.WriteStartObject();
        else
            json.WriteStartObject(property);
        json.Property("email"u8, email);
        json.Property("name"u8, string.IsNullOrWhiteSpace(name) ? null : name);
        json.WriteEndObject();
    }
}
