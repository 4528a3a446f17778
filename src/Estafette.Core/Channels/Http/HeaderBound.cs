using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Channels.Http;

/// <summary>Checks the parts of a message that a provider will put into header fields: none may start a header of its own.</summary>
internal static class HeaderBound
{
    // Fields a provider writes itself, or that would change whom the message goes to.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "From",
        "Sender",
        "To",
        "Cc",
        "Bcc",
        "Subject",
        "Reply-To",
        "Date",
        "Message-ID",
        "Return-Path",
        "Received",
        "DKIM-Signature",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    };

    /// <summary>What is wrong with the message, in a sentence; null when it may go.</summary>
    public static string? Find(OutgoingMessage message)
    {
        if (EmailAddress.Check(message.Recipient, out _) != EmailAddressError.None)
            return $"The recipient address cannot be sent to: {EmailAddress.Describe(EmailAddress.Check(message.Recipient, out _))}";
        if (EmailAddress.Check(message.FromEmail, out _) != EmailAddressError.None)
            return $"The sender address cannot be used: {EmailAddress.Describe(EmailAddress.Check(message.FromEmail, out _))}";
        if (message.ReplyTo is { } reply && EmailAddress.Check(reply, out _) != EmailAddressError.None)
            return $"The reply address cannot be used: {EmailAddress.Describe(EmailAddress.Check(reply, out _))}";
        return Find("subject", message.Subject)
            ?? Find("sender name", message.FromName)
            ?? Find("recipient name", message.RecipientName)
            ?? Find("Message-ID", message.MessageId)
            ?? message
                .Headers.Select(h => MimeHeaders.IsFieldName(h.Key) ? Find(h.Key, h.Value) : "A header has a name that is not allowed.")
                .FirstOrDefault(f => f is not null);
    }

    /// <summary>The further headers that a provider is given.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Headers(OutgoingMessage message) =>
        message.Headers.Where(h => !Reserved.Contains(h.Key));

    private static string? Find(string field, string? value) =>
        value is null || MimeHeaders.TryValidateHeaderValue(value, out var error) ? null : $"The {field} cannot be sent: {error}";
}
