using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Bounces;

/// <summary>Understands a message that came back to one of our addresses: bounce, complaint, opt-out, automatic reply, or nothing of that.</summary>
/// <remarks>
/// Order of judgment; the first that knows the message decides:
/// 1. feedback report (RFC 5965): abuse and fraud are complaints, other types ask for nothing;
/// 2. delivery status report (RFC 3464, RFC 6533): bounce when a recipient failed, else delayed, else delivered;
/// 3. read receipt (RFC 8098): an automatic reply;
/// 4. bounce of no standard form: two of three signs (sender, subject, opening words; bounce-signs.tsv), or one field that only bounces carry,
///    or a machine's sender with an SMTP refusal that is understood. Quoted lines do not count, nor does a subject that begins with "Re:":
///    a person who answers a bounce is a person;
/// 5. automatic reply that says so in its header or subject (RFC 3834 and the fields used before it);
/// 6. opt-out: a local part made for it, or a short message that asks for nothing else;
/// 7. automatic reply by its words;
/// 8. none.
/// Reports are looked for beside the text only, never inside an attached message: a forwarded bounce is a person's mail.
/// Nobody vouches for what is read here: a bounce is acted upon only when a token of ours is in <see cref="ReturnedMail.Tokens"/> or in
/// <see cref="ReturnedMail.Original"/>; that check is the caller's.
/// Input is hostile. Limits: the first megabyte, the limits of <see cref="MimeReader"/> (past them: kind none with the header fields),
/// 64 K characters of text, linear expressions only, 1,000 recipients.
/// </remarks>
public static class ReturnedMessage
{
    /// <summary>Bytes of a message that are looked at; the rest is ignored.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Most recipients read from one report.</summary>
    public const int MaxRecipients = 1000;

    /// <summary>Reads a message; never throws for what is in it.</summary>
    public static ReturnedMail Read(ReadOnlyMemory<byte> message)
    {
        message = WithoutMailboxLine(message[..Math.Min(message.Length, MaxBytes)]);
        if (!TryParse(message, out var root))
            return new IncomingMail(root).Describe(ReturnedKind.None);
        var mail = new IncomingMail(root);
        return FeedbackReport.Read(mail)
            ?? DeliveryStatusReport.Read(mail)
            ?? AutomaticReply.ReadReceipt(mail)
            ?? PlainBounce.Read(mail)
            ?? AutomaticReply.ReadMarked(mail)
            ?? OptOutMail.Read(mail)
            ?? AutomaticReply.ReadWords(mail)
            ?? mail.Describe(ReturnedKind.None);
    }

    /// <summary>False when the message passes a limit; then only its header is there.</summary>
    private static bool TryParse(ReadOnlyMemory<byte> message, out MimePart root)
    {
        try
        {
            root = MimeReader.Read(message);
            return true;
        }
        catch (MimeFormatException)
        {
            root = MimeReader.Read(Header(message));
            return false;
        }
    }

    private static ReadOnlyMemory<byte> Header(ReadOnlyMemory<byte> message)
    {
        var bytes = message.Span[..Math.Min(message.Length, MimeReader.MaxHeaderBytes / 2)];
        var end = bytes.IndexOf("\n\r\n"u8);
        var bare = bytes.IndexOf("\n\n"u8);
        end = end < 0 || (bare >= 0 && bare < end) ? bare : end;
        return message[..(end < 0 ? bytes.Length : end + 1)];
    }

    // A "From " line of an mbox file, and blank lines that some gateways leave in front.
    private static ReadOnlyMemory<byte> WithoutMailboxLine(ReadOnlyMemory<byte> message)
    {
        while (message.Length > 0 && message.Span[0] is (byte)'\r' or (byte)'\n')
            message = message[1..];
        if (!message.Span.StartsWith("From "u8))
            return message;
        var end = message.Span.IndexOf((byte)'\n');
        return end < 0 ? message : message[(end + 1)..];
    }
}
