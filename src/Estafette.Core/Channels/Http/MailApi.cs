using System.Buffers;
using System.Net.Http.Headers;

namespace Estafette.Core.Channels.Http;

/// <summary>How one provider wants a message and what its answers mean.</summary>
internal interface IMailApi
{
    /// <summary>Content type of the body.</summary>
    string ContentType { get; }

    /// <summary>Its bodies have a place for files.</summary>
    bool TakesAttachments => true;

    /// <summary>Its bodies have a place for files that the HTML shows.</summary>
    bool TakesInlineFiles => true;

    /// <summary>Adds the key and whatever else belongs in the header.</summary>
    void WriteHeaders(OutgoingMessage message, HttpRequestHeaders headers);

    /// <summary>Writes the body of one message.</summary>
    void WriteBody(OutgoingMessage message, IBufferWriter<byte> body);

    /// <summary>What the answer says about the message; the shared table is <see cref="HttpStatusTable"/>.</summary>
    SendResult Judge(HttpAnswer answer);
}

/// <summary>Makes the API of a server.</summary>
internal static class MailApis
{
    public static IMailApi Create(HttpSettings settings, ServerSecret? secret) =>
        settings switch
        {
            SendGridSettings => new SendGridApi(secret?.Key),
            MailgunSettings => new MailgunApi(secret?.Key),
            BrevoSettings => new BrevoApi(secret?.Key),
            MailjetSettings => new MailjetApi(secret?.Key, secret?.Second),
            PostmarkSettings postmark => new PostmarkApi(postmark, secret?.Key),
            JsonPostSettings generic => new JsonPostApi(generic, secret?.Key),
            _ => throw new ArgumentOutOfRangeException(nameof(settings), settings, "Making the API of a server: unknown kind."),
        };
}
