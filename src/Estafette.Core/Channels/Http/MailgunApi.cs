using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Channels.Http;

/// <summary>Mailgun v3 messages (interfaces §4.2): a form in parts (RFC 7578).</summary>
internal sealed class MailgunApi(string? key) : IMailApi
{
    // 128 random bits: no message holds it but by a chance of nothing.
    private readonly string _boundary = $"estafette-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
    private readonly string _authorization = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"api:{key}"))}";

    public string ContentType => $"multipart/form-data; boundary={_boundary}";

    public void WriteHeaders(OutgoingMessage message, HttpRequestHeaders headers) =>
        headers.TryAddWithoutValidation("Authorization", _authorization);

    public void WriteBody(OutgoingMessage message, IBufferWriter<byte> body)
    {
        Field(body, "from", Mailbox(message.FromName, message.FromEmail));
        Field(body, "to", Mailbox(message.RecipientName, message.Recipient));
        Field(body, "subject", message.Subject);
        Field(body, "text", message.Text);
        Field(body, "html", message.Html);
        Field(body, "h:Reply-To", message.ReplyTo);
        Field(body, "h:Message-Id", $"<{message.MessageId}>");
        foreach (var (name, value) in HeaderBound.Headers(message))
            Field(body, "h:" + name, value);
        Field(body, "v:estafette_id", message.Delivery.Value.ToString(CultureInfo.InvariantCulture));
        Field(body, "o:tracking", "no");
        Field(body, "o:tracking-clicks", "no");
        Field(body, "o:tracking-opens", "no");
        foreach (var file in message.Attachments)
            File(body, file);
        Write(body, $"--{_boundary}--\r\n");
    }

    public SendResult Judge(HttpAnswer answer) =>
        answer.Status == 200 ? HttpStatusTable.Accepted(answer, answer.At("/id"))
        : answer.IsSuccess ? HttpStatusTable.InDoubt(answer, $"answered {answer.Status} instead of 200. {answer.Text}")
        : HttpStatusTable.Judge(answer, answer.At("/message"));

    private void Field(IBufferWriter<byte> body, string name, string? value)
    {
        if (value is null)
            return;
        // RFC 7578 §4.2 (as browsers do it): quotes in a name as %22. Names hold no line break: they were checked as field names.
        Write(
            body,
            $"--{_boundary}\r\nContent-Disposition: form-data; name=\"{name.Replace("\"", "%22", StringComparison.Ordinal)}\"\r\n\r\n"
        );
        Write(body, value);
        Write(body, "\r\n");
    }

    private void File(IBufferWriter<byte> body, MimeAttachment file)
    {
        // A file that the HTML shows is found by its name: "cid:" and the name.
        var name = string.Concat((file.ContentId ?? file.FileName).Where(c => !char.IsControl(c)))
            .Replace("\"", "%22", StringComparison.Ordinal);
        Write(
            body,
            $"--{_boundary}\r\nContent-Disposition: form-data; name=\"{(file.ContentId is null ? "attachment" : "inline")}\"; filename=\"{name}\"\r\n"
        );
        Write(body, $"Content-Type: {file.ContentType}\r\n\r\n");
        body.Write(file.Content.Span);
        Write(body, "\r\n");
    }

    private static void Write(IBufferWriter<byte> body, string text) => Encoding.UTF8.GetBytes(text, body);

    private static string Mailbox(string? name, string address) =>
        EmailAddress.TryParse(address, out var parsed, out _) ? new DisplayMailbox(name, parsed).ToString() : address;
}
