using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Estafette.Core.Channels.Http;

/// <summary>Mailjet v3.1 send (interfaces §4.2): the status of the message stands inside the answer.</summary>
internal sealed class MailjetApi(string? key, string? secret) : IMailApi
{
    private readonly string _authorization = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{key}:{secret}"))}";

    public string ContentType => "application/json";

    public void WriteHeaders(OutgoingMessage message, HttpRequestHeaders headers) =>
        headers.TryAddWithoutValidation("Authorization", _authorization);

    public void WriteBody(OutgoingMessage message, IBufferWriter<byte> body)
    {
        using var json = JsonText.Writer(body);
        json.WriteStartObject();
        json.WriteStartArray("Messages"u8);
        json.WriteStartObject();
        json.WritePropertyName("From"u8);
        WriteMailbox(json, message.FromEmail, message.FromName);
        json.WriteStartArray("To"u8);
        WriteMailbox(json, message.Recipient, message.RecipientName);
        json.WriteEndArray();
        if (message.ReplyTo is { } reply)
        {
            json.WritePropertyName("ReplyTo"u8);
            WriteMailbox(json, reply, null);
        }
        json.Property("Subject"u8, message.Subject);
        json.Property("TextPart"u8, message.Text);
        json.Property("HTMLPart"u8, message.Html);
        var fields = new FileFields("Filename", "ContentType", "Base64Content", "ContentID");
        json.Attachments("Attachments"u8, message.Attachments.Where(f => f.ContentId is null), fields);
        json.Attachments("InlinedAttachments"u8, message.Attachments.Where(f => f.ContentId is not null), fields);
        json.WriteString("CustomID"u8, message.Delivery.Value.ToString(CultureInfo.InvariantCulture));
        json.WriteString("TrackOpens"u8, "disabled");
        json.WriteString("TrackClicks"u8, "disabled");
        json.WritePropertyName("Headers"u8);
        json.HeaderObject(HeaderBound.Headers(message));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public SendResult Judge(HttpAnswer answer)
    {
        var status = answer.At("/Messages/0/Status");
        if (answer.IsSuccess && status == "success")
            return HttpStatusTable.Accepted(answer, answer.At("/Messages/0/To/0/MessageID"));
        var words = answer.At("/Messages/0/Errors/0/ErrorMessage") ?? answer.At("/ErrorMessage");
        if (answer.IsSuccess && status is null)
            return HttpStatusTable.InDoubt(answer, $"answered {answer.Status} without a message status. {answer.Text}");
        // Mailjet sends the real status of a refused message beside the error: 400, 401, 403 and so on.
        return int.TryParse(answer.At("/Messages/0/Errors/0/StatusCode"), out var code) && code is >= 400 and < 500
                ? HttpStatusTable.Judge(answer with { Status = code }, words)
            : answer.IsSuccess ? HttpStatusTable.Refused(answer, Blame.Message, words)
            : HttpStatusTable.Judge(answer, words);
    }

    private static void WriteMailbox(Utf8JsonWriter json, string email, string? name)
    {
        json.WriteStartObject();
        json.Property("Email"u8, email);
        json.Property("Name"u8, string.IsNullOrWhiteSpace(name) ? null : name);
        json.WriteEndObject();
    }
}
