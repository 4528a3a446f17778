using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Channels.Http;

/// <summary>Postmark email (interfaces §4.2).</summary>
internal sealed class PostmarkApi(PostmarkSettings settings, string? key) : IMailApi
{
    public string ContentType => "application/json";

    public void WriteHeaders(OutgoingMessage message, HttpRequestHeaders headers)
    {
        headers.TryAddWithoutValidation("X-Postmark-Server-Token", key);
        headers.TryAddWithoutValidation("Accept", "application/json");
    }

    public void WriteBody(OutgoingMessage message, IBufferWriter<byte> body)
    {
        using var json = JsonText.Writer(body);
        json.WriteStartObject();
        json.Property("From"u8, Mailbox(message.FromName, message.FromEmail));
        json.Property("To"u8, Mailbox(message.RecipientName, message.Recipient));
        json.Property("ReplyTo"u8, message.ReplyTo);
        json.Property("Subject"u8, message.Subject);
        json.Property("HtmlBody"u8, message.Html);
        json.Property("TextBody"u8, message.Text);
        json.Property("MessageStream"u8, string.IsNullOrWhiteSpace(settings.MessageStream) ? null : settings.MessageStream);
        json.WriteBoolean("TrackOpens"u8, false);
        json.WriteString("TrackLinks"u8, "None");
        json.Attachments("Attachments"u8, message.Attachments, new("Name", "ContentType", "Content", "ContentID", "cid:"));
        json.WriteStartObject("Metadata"u8);
        json.WriteString("estafette_id"u8, message.Delivery.Value.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteStartArray("Headers"u8);
        // Postmark keeps our Message-ID only when it is told to.
        KeyValuePair<string, string>[] own = [new("Message-ID", $"<{message.MessageId}>"), new("X-PM-KeepID", "true")];
        foreach (var (name, value) in own.Concat(HeaderBound.Headers(message)))
        {
            json.WriteStartObject();
            json.Property("Name"u8, name);
            json.Property("Value"u8, value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public SendResult Judge(HttpAnswer answer)
    {
        var code = answer.At("/ErrorCode");
        var words = answer.At("/Message");
        if (answer.IsSuccess && code is null)
            return HttpStatusTable.InDoubt(answer, $"answered {answer.Status} without an ErrorCode. {answer.Text}");
        if (answer.IsSuccess && code == "0")
            return HttpStatusTable.Accepted(answer, answer.At("/MessageID"));
        return code switch
        {
            // Token, sender signature, stream or account not in order.
            "10" or "400" or "401" or "412" or "413" or "1235" => HttpStatusTable.Refused(answer, Blame.Configuration, words),
            // Out of credit; too many requests.
            "405" or "429" => HttpStatusTable.Refused(answer, Blame.Server, words),
            _ when answer.IsSuccess => HttpStatusTable.Refused(answer, Blame.Message, words),
            _ => HttpStatusTable.Judge(answer, words),
        };
    }

    private static string Mailbox(string? name, string address) =>
        EmailAddress.TryParse(address, out var parsed, out _) ? new DisplayMailbox(name, parsed).ToString() : address;
}
