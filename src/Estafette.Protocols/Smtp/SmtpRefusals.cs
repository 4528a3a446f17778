namespace Estafette.Protocols.Smtp;

/// <summary>Refusals found here, before the server is asked; each has the reply that a server would have given.</summary>
internal static class SmtpRefusals
{
    /// <summary>Checks an envelope against what the server offers; Outcome None when it may be sent.</summary>
    public static SmtpSendResult Find(SmtpEnvelope envelope, int length, SmtpCapabilities server)
    {
        if (envelope.RequiresSmtpUtf8 && !server.SmtpUtf8)
        {
            // RFC 6531 §3.5: X.6.7.
            return Refuse(553, "5.6.7 The server does not offer SMTPUTF8, which this address or header needs");
        }

        if (SmtpEnvelope.FindFault(envelope.RcptTo, envelope.RequiresSmtpUtf8) is { } recipient)
        {
            return Refuse(553, $"5.1.3 The recipient address {recipient}");
        }

        if (envelope.RcptTo.Length == 0)
        {
            return Refuse(553, "5.1.3 There is no recipient address");
        }

        if (SmtpEnvelope.FindFault(envelope.MailFrom, envelope.RequiresSmtpUtf8) is { } sender)
        {
            return Refuse(553, $"5.1.7 The sender address {sender}");
        }

        if (envelope.Is8Bit && !server.EightBitMime)
        {
            // RFC 6152 §3: convert or return; the body was rendered long before, so it is returned.
            return Refuse(554, "5.6.3 The server does not offer 8BITMIME, which this body needs");
        }

        var size = Math.Max(envelope.Size, length);
        return server.MaxSize > 0 && size > server.MaxSize
            ? Refuse(552, $"5.3.4 The message has {size} octets, the server takes {server.MaxSize}")
            : default;
    }

    /// <summary>Checks the text; Outcome None when it may be sent.</summary>
    public static SmtpSendResult Find(ReadOnlySpan<byte> message, out bool hasLeadingDot) =>
        SmtpMessageText.Inspect(message, out var at, out hasLeadingDot) switch
        {
            SmtpTextFault.None => default,
            SmtpTextFault.Empty => Refuse(554, "5.6.0 The message is empty"),
            SmtpTextFault.Nul => Refuse(554, $"5.6.0 The message holds a NUL at octet {at}"),
            SmtpTextFault.BareCr => Refuse(554, $"5.6.0 The message holds a CR without LF at octet {at}"),
            _ => Refuse(554, $"5.6.0 The message holds an LF without CR at octet {at}"),
        };

    private static SmtpSendResult Refuse(int code, string text) =>
        new()
        {
            Outcome = SmtpOutcome.Refused,
            Phase =
                code == 554 ? SmtpPhase.Data
                : text.StartsWith("5.1.3", StringComparison.Ordinal) ? SmtpPhase.Rcpt
                : SmtpPhase.Mail,
            Reply = new SmtpReply(code, text),
            IsLocal = true,
        };
}
